"""The floor's pattern: what stands still in a film and would be taken for the animal, or hide it.

Tiles, gravel, painted lines and mirrored lamps can be as strong as an animal's own contrast, but where the camera
stands still they are the same in every frame. The median of frames spread over the film shows them without the animal;
what that picture has beyond slow changes of tone is taken out of each frame before the detector sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_mazetrack.detector.instances import Instances

#: Changes of tone over more than this share of the picture's height stay: light, shade, the pool's depth.
BLUR_SHARE = 0.05
#: Grain finer than this is noise, not a pattern, pixels.
GRAIN_PX = 1.0
#: A floor is patterned where one in twenty of its pixels stands out by this much, grey levels.
PATTERNED_FROM = 6.0
#: A pixel is known where so many frames show it without an animal.
LEAST_SEEN = 3
#: An animal hides what lies this share of its box's longer side around the box: tail, ripples, mirror image.
REACH = 0.5
#: Rows of which the median is taken at once: it needs several times the memory of the pictures.
BAND = 64


@dataclass(frozen=True)
class FloorPattern:
    """What stands still in the pictures of a film, beyond slow changes of tone.

    Attributes
    ----------
    lighter, darker : uint8 [H, W]
        By how many grey levels each pixel stands out of its surroundings; one of the two is 0.
    """

    lighter: NDArray[np.uint8]
    darker: NDArray[np.uint8]

    @classmethod
    def of_frames(cls, frames: Sequence[NDArray[np.uint8]], is_hidden: Sequence[NDArray[np.bool_]]) -> FloorPattern:
        """Return the pattern that T frames [H, W] share, 0 where animals hide it (`is_hidden`, T × [H, W]) in most."""
        still, is_known = _still_picture(frames, is_hidden)
        pattern = np.where(is_known, np.round(_stand_out(still, is_known)), 0)
        lighter, darker = (np.clip(part, 0, 255).astype(np.uint8) for part in (pattern, -pattern))
        return cls(lighter, darker)

    def take_out(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a picture [H, W] without the pattern."""
        flat = np.maximum(luma, self.lighter)  # bytes saturate so, in a fifth of the time of wider numbers
        flat -= self.lighter
        np.minimum(flat, 255 - self.darker, out=flat)
        flat += self.darker
        return flat


def is_patterned(luma: NDArray[np.uint8], is_floor: NDArray[np.bool_]) -> bool:
    """Tell from one picture [H, W] whether its floor (`is_floor` [H, W]) has a pattern that is worth taking out."""
    if not is_floor.any():
        return False
    smooth = ndimage.gaussian_filter(luma.astype(np.float32), GRAIN_PX)
    return bool(np.percentile(np.abs(_stand_out(smooth, is_floor)[is_floor]), 95) >= PATTERNED_FROM)


def hidden_by(instances: Instances, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of a picture [H, W] lie at or near one of the animals."""
    is_hidden = np.zeros(shape, bool)
    for box in instances.box_xyxy:
        reach = REACH * float(max(box[2:] - box[:2]))
        left, top = np.clip(np.floor(box[:2] - reach), 0, None).astype(int)
        right, bottom = np.clip(np.ceil(box[2:] + reach) + 1, 0, None).astype(int)
        is_hidden[top:bottom, left:right] = True
    return is_hidden


def _still_picture(
    frames: Sequence[NDArray[np.uint8]], is_hidden: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the median [H, W] of what frames show beside the animals, and where enough of them do."""
    still, is_known = np.empty(frames[0].shape, np.float32), np.empty(frames[0].shape, bool)
    for top in range(0, len(still), BAND):
        rows = slice(top, top + BAND)
        hidden = np.stack([one[rows] for one in is_hidden])
        n_seen = len(hidden) - np.count_nonzero(hidden, axis=0)
        still[rows] = _median(np.stack([frame[rows] for frame in frames]), hidden, n_seen)
        is_known[rows] = n_seen >= LEAST_SEEN
    return still, is_known


def _median(tones: NDArray[np.uint8], is_hidden: NDArray[np.bool_], n_seen: NDArray[np.intp]) -> NDArray[np.floating]:
    """Return the median [H, W] of the tones [T, H, W] that are not hidden, `n_seen` [H, W] of them."""
    ordered = np.sort(np.where(is_hidden, np.int16(256), tones.astype(np.int16)), axis=0)  # hidden ones come last
    middle = (np.maximum(n_seen - 1, 0) // 2, np.minimum(n_seen // 2, len(tones) - 1))
    low, high = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in middle)
    median: NDArray[np.floating] = (low + high) / 2
    return median


def _stand_out(picture: NDArray[np.float32], is_known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return by how much each pixel [H, W] stands out of the known ones around it."""
    blur_px = BLUR_SHARE * picture.shape[0]
    weight = ndimage.gaussian_filter(is_known.astype(np.float32), blur_px)
    around = ndimage.gaussian_filter(np.where(is_known, picture, np.float32(0)), blur_px)
    difference: NDArray[np.float32] = picture - around / np.maximum(weight, 1e-6)
    return difference
