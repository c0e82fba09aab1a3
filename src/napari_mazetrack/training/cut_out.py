"""Animals cut out of their pictures, so that a hundred labelled frames of one floor are animals for every floor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.training.pictures import TrainingPicture

#: Room round the labelled points in which the animal is looked for, in body lengths.
ROOM = 0.5
#: Grey levels by which an animal must differ from the floor round it, or its outline is a guess.
LEAST_CONTRAST = 30.0
#: Shares of the room that an animal's outline may fill.
AREA_LIMITS = (0.03, 0.35)
#: An outline that holds more than this share of the room's frame goes on outside of it.
LARGEST_FRAME_SHARE = 0.03
#: Labelled points lie in the outline or this near to it, pixels.
REACH_PX = 4
#: Width of the soft edge, pixels.
EDGE_PX = 1.0


def cut_out(picture: TrainingPicture, animal: int) -> NDArray[np.float32] | None:
    """Find the outline of a labelled animal.

    The animal is what differs from the floor, which is the median of the frame of the room round it, by more than
    Otsu's threshold (1979, doi:10.1109/TSMC.1979.4310076) and hangs together with its points.

    Parameters
    ----------
    picture : TrainingPicture
        Where it is.
    animal : int
        Which of its animals.

    Returns
    -------
    float32 [H, W] or None
        1 on the animal, 0 elsewhere, with a soft edge; None where there is no clear outline that holds all points.
    """
    points = picture.keypoints_xy[animal]
    box = box_from_keypoints(points, ROOM)
    if box is None or not np.isfinite(points).all():
        return None
    height, width = picture.luma.shape
    left, top = np.clip(np.floor(box[:2]).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(box[2:]).astype(int) + 1, 1, (width, height))
    outline = _find_outline(picture.luma[top:bottom, left:right].astype(np.float32), points - (left, top))
    if outline is None:
        return None
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = ndimage.gaussian_filter(outline.astype(np.float32), EDGE_PX)
    return alpha


def _find_outline(room: NDArray[np.float32], points_xy: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    if min(room.shape) < 8:
        return None
    floor = np.median(_frame(room))
    difference = np.abs(ndimage.gaussian_filter(room, 1.0) - floor)
    threshold = max(float(threshold_otsu(difference)), LEAST_CONTRAST)
    parts, _ = ndimage.label(ndimage.binary_closing(difference > threshold, iterations=1))
    distance, (rows, columns) = ndimage.distance_transform_edt(parts == 0, return_indices=True)
    at = np.clip(np.rint(points_xy).astype(int), 0, np.array(room.shape[::-1]) - 1)
    x, y = at.T
    named = parts[rows[y, x], columns[y, x]]
    outline = ndimage.binary_fill_holes(parts == named[0]) if (named == named[0]).all() and named[0] else None
    if outline is None or (distance[y, x] > REACH_PX).any():
        return None
    low, high = AREA_LIMITS
    is_animal = low < outline.mean() < high and _frame(outline.astype(np.float32)).mean() <= LARGEST_FRAME_SHARE
    return np.asarray(outline) if is_animal else None


def _frame(room: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels along the four sides."""
    return np.concatenate([room[0], room[-1], room[:, 0], room[:, -1]])
