"""One resize for training and inference: a frame scaled into the model's input, the rest padded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Grey level of the padding.
PAD_LUMA = 0


@dataclass(frozen=True)
class Letterbox:
    """How a frame lies in the model's input: scaled by `scale`, at the top left corner.

    Attributes
    ----------
    scale : float
        Input pixels per film pixel. The edges of pixels are mapped (x_input = x_film * scale in a coordinate
        system whose pixel *corners* are integers); in this package's coordinates, where pixel *centres* are
        integers, that is ``x_input = (x_film + 0.5) * scale - 0.5``; see `offset_px`.
    width, height : int
        Size of the scaled frame inside the input, pixels.
    """

    scale: float
    width: int
    height: int

    @property
    def offset_px(self) -> float:
        """Input-pixel offset of film coordinate 0 on both axes: ``x_input = x_film * scale + offset_px``."""
        return 0.5 * self.scale - 0.5


def compute_letterbox(film_hw: tuple[int, int], input_hw: tuple[int, int]) -> Letterbox:
    """Return the largest letterbox of a film frame (height, width) in an input (height, width)."""
    scale = min(input_hw[0] / film_hw[0], input_hw[1] / film_hw[1])
    width = min(input_hw[1], max(1, round(film_hw[1] * scale)))
    height = min(input_hw[0], max(1, round(film_hw[0] * scale)))
    return Letterbox(scale, width, height)


def letterbox_luma(luma: NDArray[np.uint8], box: Letterbox, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize one frame into its slot.

    Parameters
    ----------
    luma : uint8 [H, W]
        Full-range luma.
    box : Letterbox
        From `compute_letterbox`.
    out : uint8 [input height, input width]
        The slot; written whole.

    Returns
    -------
    uint8 [input height, input width]
        `out`.
    """
    if luma.shape == (box.height, box.width):
        out[: box.height, : box.width] = luma
    else:
        resized = Image.fromarray(luma).resize((box.width, box.height), Image.Resampling.BILINEAR)
        out[: box.height, : box.width] = np.asarray(resized)
    out[box.height :] = PAD_LUMA
    out[: box.height, box.width :] = PAD_LUMA
    return out
