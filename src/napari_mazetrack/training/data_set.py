"""Batches of crops: a crop depends on (seed, epoch, batch, place in the batch) alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.network.detector_network import HEAT_LEVELS
from napari_mazetrack.network.heat_maps import compute_heat_targets
from napari_mazetrack.network.matching import Truth, match_priors
from napari_mazetrack.network.targets import TargetBatch
from napari_mazetrack.training.augmentation import LookSettings, change_look
from napari_mazetrack.training.crops import cut_crop, draw_view, see_animals
from napari_mazetrack.training.paste import paste_animal
from napari_mazetrack.training.pictures import TrainingPicture

#: A table's share of the crops grows with this power of its pictures: thousands of simulated pictures must not drown
#: a hundred real ones, and thirty times as many count a bit more than twice as much.
TABLE_SHARE_POWER = 0.25
#: Share of the crops without an animal that get one of another picture. Never beside another animal: that would teach
#: that a dark thing near a swimmer, its reflection at the wall, is a second one.
PASTED_SHARE = 0.35


@dataclass(frozen=True)
class CropSet:
    """All crops that a training can see.

    Attributes
    ----------
    tables : sequence of sequence of TrainingPicture
        The pictures of each label table; its share of the crops follows `TABLE_SHARE_POWER`.
    priors : PriorSpec
        For the targets.
    seed : int
        Of all chance.
    look : LookSettings
        Changes of light and grain.
    """

    tables: Sequence[Sequence[TrainingPicture]]
    priors: PriorSpec
    seed: int
    look: LookSettings = field(default_factory=LookSettings)

    def crop(self, place: tuple[int, int, int], side_px: int) -> tuple[NDArray[np.uint8], Truth]:
        """Make the crop at a place (epoch, batch, position), uint8 [side, side], and the animals in it."""
        rng = np.random.default_rng((self.seed, *place))
        picture = self._draw_picture(rng)
        view = draw_view(picture, side_px, rng)
        crop, truth = cut_crop(picture.luma, view), see_animals(picture.keypoints_xy, view)
        if len(truth.box_xyxy) == 0 and rng.random() < PASTED_SHARE:
            crop, truth = paste_animal(crop, truth, self._draw_picture(rng), rng)
        return change_look(crop, truth.keypoints_xy, rng, self.look), truth

    def _draw_picture(self, rng: np.random.Generator) -> TrainingPicture:
        weights = np.array([len(table) for table in self.tables]) ** TABLE_SHARE_POWER
        table = self.tables[rng.choice(len(self.tables), p=weights / weights.sum())]
        return table[int(rng.integers(len(table)))]

    def batch(
        self, epoch: int, batch: int, shape: tuple[int, int], part: Sequence[int] | None = None
    ) -> tuple[Tensor, TargetBatch]:
        """Make a batch of `shape` (N crops, side S): luma uint8 [N, 1, S, S] and the targets of its priors.

        With `part`, only the crops at these places in it.
        """
        n_crops, side = shape
        priors = compute_priors((side, side), self.priors)
        crops = [self.crop((epoch, batch, i), side) for i in (range(n_crops) if part is None else part)]
        truths = [truth for _, truth in crops]
        targets = [match_priors(truth, priors, self.priors.variances) for truth in truths]
        n_keypoints = targets[0].keypoints.shape[1]
        return torch.from_numpy(np.stack([luma for luma, _ in crops])[:, None]), TargetBatch(
            kind=torch.from_numpy(np.stack([t.kind for t in targets])),
            box=torch.from_numpy(np.stack([t.box for t in targets])),
            keypoints=torch.from_numpy(np.stack([t.keypoints for t in targets])),
            labelled=torch.from_numpy(np.stack([t.labelled for t in targets])),
            prior_xy=torch.from_numpy(priors[:, :2].copy()),
            unit_px=torch.from_numpy(priors[:, 2] * self.priors.variances[0]),
            stride=self.priors.strides[0],
            heat=tuple(
                compute_heat_targets(truths, side, stride, n_keypoints) for stride in self.priors.strides[:HEAT_LEVELS]
            ),
        )
