"""A labelled animal pasted into a crop of another picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.network.matching import Truth
from napari_mazetrack.training.crops import cut_crop, draw_view, see_animals
from napari_mazetrack.training.cut_out import cut_out
from napari_mazetrack.training.pictures import TrainingPicture

#: Water over the animal: its outline is this opaque, at least.
LEAST_OPACITY = 0.55
#: Grey levels by which the pasted animal must differ from what it covers.
LEAST_CONTRAST = 25.0
#: Coats: factor and shift of the animal's grey levels.
COAT_FACTOR, COAT_SHIFT = (0.6, 1.6), (-15.0, 60.0)


def paste_animal(
    crop: NDArray[np.float32], empty: Truth, donor: TrainingPicture, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Truth]:
    """Paste an animal of another picture into a crop that has none.

    Parameters
    ----------
    crop : float32 [S, S]
        Luma, 0–255.
    empty : Truth
        Its animals: none.
    donor : TrainingPicture
        Where the new animal comes from; it is turned, scaled and coated at random.
    rng : numpy Generator
        Source of all chance.

    Returns
    -------
    float32 [S, S], Truth
        The crop with its new animal; as they were where the donor has no clear outline, or the animal would lie
        outside, or not be seen against what it covers.
    """
    alpha = cut_out(donor, int(rng.integers(len(donor.keypoints_xy)))) if len(donor.keypoints_xy) else None
    if alpha is None:
        return crop, empty
    view = draw_view(donor, crop.shape[0], rng)
    seen = see_animals(donor.keypoints_xy, view)
    if len(seen.box_xyxy) != 1 or seen.ignored[0]:
        return crop, empty
    opacity = rng.uniform(LEAST_OPACITY, 1) if rng.random() < 0.3 else 1.0
    cover = cut_crop((255 * alpha).astype(np.uint8), view) / np.float32(255) * np.float32(opacity)
    coat = cut_crop(donor.luma, view) * np.float32(rng.uniform(*COAT_FACTOR)) + np.float32(rng.uniform(*COAT_SHIFT))
    pasted = crop * (1 - cover) + np.clip(coat, 0, 255) * cover
    hidden = cover > 0.5 * opacity
    if not hidden.any() or abs(float(pasted[hidden].mean() - crop[hidden].mean())) < LEAST_CONTRAST:
        return crop, empty
    return pasted, seen
