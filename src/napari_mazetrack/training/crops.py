"""Where a training crop lies in its picture: a random view, and the animals seen in it.

Every animal can appear at every heading, size and place. Points are turned first and boxes made from them, since a box
round a turned box would be too large. Head and tail keep their names in a mirrored view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from napari_mazetrack.labels.boxes import body_length, box_from_keypoints
from napari_mazetrack.network.matching import Truth
from napari_mazetrack.training.pictures import TrainingPicture

#: Lengths that animals are given, pixels of the crop; swimmers are small, mice near the camera large.
TARGET_LENGTH_PX = (18.0, 170.0)
#: … but not more than this share of the crop.
LARGEST_SHARE = 0.8
#: Crop pixels per picture pixel.
SCALE_LIMITS = (0.3, 1.7)
#: How much a view is stretched along one axis, at most.
STRETCH = 1.12
#: Share of the views that look anywhere, not at an animal: at the busiest of some places, where cues and edges are.
ANYWHERE = 0.3
N_PLACES = 4
#: Half the side of the square that tells how busy a place is, picture pixels.
BUSY_REACH_PX = 24
#: Where an animal of unknown size lies, this share of a crop is left out of the loss.
UNKNOWN_SIZE_FRACTION = 0.25

Affine = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """A crop's place: ``picture_xy = matrix @ crop_xy + offset``.

    Attributes
    ----------
    matrix : float64 [2, 2]
        Turn, scale, stretch and mirror.
    offset : float64 [2]
        Picture pixels.
    size_px : int
        Side of the crop.
    repeat_border : bool
        Outside of the picture stands its border; black otherwise, as in the model's letterbox.
    """

    matrix: Affine
    offset: Affine
    size_px: int
    repeat_border: bool = False

    def to_crop(self, picture_xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map picture coordinates [..., 2] into the crop."""
        inside: NDArray[np.float64] = (picture_xy - self.offset) @ np.linalg.inv(self.matrix).T
        return inside

    @property
    def pixels_per_crop_pixel(self) -> float:
        """Picture pixels per crop pixel, the mean of both axes."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))


def draw_view(picture: TrainingPicture, size_px: int, rng: np.random.Generator) -> View:
    """Draw a random view of a picture: any heading, mirrored or not, at a random scale and place."""
    lengths = [body_length(points) for points in picture.keypoints_xy]
    chosen = int(rng.integers(len(lengths))) if lengths else None
    scale = _draw_scale(lengths[chosen] if chosen is not None else np.nan, size_px, rng)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.exp(rng.uniform(-1, 1, 2) * np.log(STRETCH) / 2)
    mirror = np.array([rng.choice([-1.0, 1.0]), 1.0])
    matrix = turn @ np.diag(stretch * mirror / scale)
    height, width = picture.luma.shape
    if chosen is None or rng.random() < ANYWHERE:
        places = rng.uniform(0, 1, (N_PLACES, 2)) * (width - 1, height - 1)
        look_at, place = max(places, key=lambda xy: _busyness(picture.luma, xy)), np.full(2, (size_px - 1) / 2)
    else:
        look_at, place = np.nanmean(picture.keypoints_xy[chosen], axis=0), rng.uniform(0.06, 0.94, 2) * size_px
    return View(matrix, look_at - matrix @ place, size_px, repeat_border=bool(rng.random() < 0.5))


def _busyness(luma: NDArray[np.uint8], xy: NDArray[np.float64]) -> float:
    """Return the grey levels' standard deviation round a place."""
    low = np.maximum(xy.astype(int) - BUSY_REACH_PX, 0)
    high = low + 2 * BUSY_REACH_PX
    return float(luma[low[1] : high[1] : 2, low[0] : high[0] : 2].std())


def _draw_scale(length_px: float, size_px: int, rng: np.random.Generator) -> float:
    if not length_px > 0:
        return float(np.exp(rng.uniform(*np.log(SCALE_LIMITS))))
    low, high = TARGET_LENGTH_PX
    target = np.exp(rng.uniform(np.log(low), np.log(min(high, LARGEST_SHARE * size_px))))
    return float(np.clip(target / length_px, *SCALE_LIMITS))


def cut_crop(luma: NDArray[np.uint8], view: View) -> NDArray[np.float32]:
    """Sample a view of a picture [H, W], averaging where it shrinks; float32 [size, size] on the 0–255 scale."""
    size = view.size_px
    corners = np.array([[0, 0], [size - 1, 0], [0, size - 1], [size - 1, size - 1]]) @ view.matrix.T + view.offset
    limit = np.array(luma.shape[::-1])
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, limit - 1)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 3, low + 1, limit)
    region = torch.from_numpy(np.ascontiguousarray(luma[low[1] : high[1], low[0] : high[0]]))[None, None].float()
    shrink = max(1, min(round(view.pixels_per_crop_pixel), *region.shape[2:]))
    if shrink > 1:
        region = F.avg_pool2d(region, shrink, ceil_mode=True, count_include_pad=False)
    height, width = region.shape[2:]
    # Pixel centres are integers here and ((2 i + 1) / n - 1) for grid_sample; a shrunk pixel covers `shrink` of them.
    scale = 2 / (np.array([width, height]) * shrink)
    matrix = view.matrix * scale[:, None]
    offset = (view.offset - low + 0.5) * scale - 1
    steps = torch.arange(size, dtype=torch.float64)
    m, o = torch.from_numpy(matrix), torch.from_numpy(offset)
    grid = steps[None, :, None] * m[:, 0] + steps[:, None, None] * m[:, 1] + o
    padding = "border" if view.repeat_border else "zeros"
    crop = F.grid_sample(region, grid.float()[None], padding_mode=padding, align_corners=False)
    sampled: NDArray[np.float32] = crop[0, 0].numpy()
    return sampled


def see_animals(keypoints_xy: NDArray[np.float64], view: View) -> Truth:
    """Return the animals [M, n, 2] of a picture as they lie in a view; those out of sight are left out."""
    size, n_keypoints = view.size_px, keypoints_xy.shape[1]
    boxes, points, ignored = [], [], []
    for animal in view.to_crop(keypoints_xy):
        box = box_from_keypoints(animal)
        known = box is not None
        if box is None:
            if np.isnan(animal).all():
                continue
            half = UNKNOWN_SIZE_FRACTION * size / 2
            box = np.concatenate([np.nanmean(animal, axis=0) - half, np.nanmean(animal, axis=0) + half])
        if (box[2:] < 0).any() or (box[:2] > size - 1).any():
            continue
        centre = (box[:2] + box[2:]) / 2
        inside = ((centre >= 0) & (centre <= size - 1)).all()
        boxes.append(box)
        points.append(animal)
        ignored.append(not (known and inside))
    keypoints = np.array(points, np.float32).reshape(-1, n_keypoints, 2)
    with np.errstate(invalid="ignore"):
        labelled = np.logical_and(keypoints >= -0.5, keypoints <= size - 0.5).all(axis=2)
    box_xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Truth(box_xyxy, keypoints, np.asarray(labelled), np.array(ignored, np.bool_))
