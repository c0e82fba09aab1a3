"""Does a model of another precision see what the FP32 model sees? Compared after NMS, in pixels of the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances, compute_iou
from napari_mazetrack.errors import MazetrackError

#: Overlap of boxes from which two instances are the same animal.
MATCH_IOU = 0.5
#: A score so near the threshold is on either side of it by chance; such animals are counted but refuse nothing.
SCORE_MARGIN = 0.1
#: With fewer animals a 95th percentile says nothing.
LEAST_ANIMALS = 20


@dataclass(frozen=True)
class ParityLimits:
    """What another precision may differ by.

    Attributes
    ----------
    median_px, p95_px : float
        Of the distance between the same keypoint of both models, film pixels.
    lost, extra : int
        Animals of which one model is sure and that the other does not find.
    """

    median_px: float = 0.5
    p95_px: float = 2.0
    lost: int = 0
    extra: int = 0

    def __str__(self) -> str:
        return (
            f"{self.median_px} px in the median, {self.p95_px} px at the 95th percentile, {self.lost} lost and "
            f"{self.extra} extra"
        )


@dataclass(frozen=True)
class ParityReport:
    """How a model compares with the FP32 model on the same frames.

    Attributes
    ----------
    n_frames : int
        Frames compared.
    n_animals : int
        Animals that the FP32 model finds.
    n_matched : int
        Of them, those that the other finds too.
    n_lost : int
        Of them, those that the other does not find although FP32 is sure of them (`SCORE_MARGIN` above the threshold).
    n_extra : int
        Animals that the other is sure of and FP32 does not find.
    median_px, p95_px, max_px : float
        Of the distances between matched keypoints, film pixels; NaN where nothing matched.
    """

    n_frames: int
    n_animals: int
    n_matched: int
    n_lost: int
    n_extra: int
    median_px: float
    p95_px: float
    max_px: float

    @property
    def tells_enough(self) -> bool:
        """Whether there are animals enough to compare with."""
        return self.n_animals >= LEAST_ANIMALS

    def is_within(self, limits: ParityLimits) -> bool:
        """Whether the other model may stand for the FP32 model."""
        return (
            self.median_px <= limits.median_px
            and self.p95_px <= limits.p95_px
            and self.n_lost <= limits.lost
            and self.n_extra <= limits.extra
        )

    def __str__(self) -> str:
        return (
            f"{self.n_matched} of {self.n_animals} animals matched in {self.n_frames} frames ({self.n_lost} lost, "
            f"{self.n_extra} extra), keypoints differ by {self.median_px:.2f} px in the median, "
            f"{self.p95_px:.2f} px at the 95th percentile, {self.max_px:.2f} px at most"
        )


def compare_instances(
    reference: Sequence[Instances], other: Sequence[Instances], *, score_threshold: float, n_animals: int = 1
) -> ParityReport:
    """Compare what two models find in the same frames.

    Parameters
    ----------
    reference, other : sequence of Instances
        One for each frame, film pixels, all instances above the threshold, best score first.
    score_threshold : float
        Of the model.
    n_animals : int
        Animals that a tracker looks for: only the best so many of each frame must be found by the other model.
    """
    sure = score_threshold + SCORE_MARGIN
    distances: list[NDArray[np.float64]] = []
    n_seen = n_lost = n_extra = 0
    for here, there in zip(reference, other, strict=True):
        partners = _find_partners(here, there, n_animals)
        n_seen += len(partners)
        n_lost += sum(score >= sure for score in here.score[: len(partners)][partners < 0])
        for i in np.flatnonzero(partners >= 0):
            offset = here.keypoints_xy[i].astype(np.float64) - there.keypoints_xy[partners[i]]
            distances.append(np.linalg.norm(offset, axis=1))
        backwards = _find_partners(there, here, n_animals)
        n_extra += sum(score >= sure for score in there.score[: len(backwards)][backwards < 0])
    all_px = np.concatenate(distances) if distances else np.array([np.nan])
    median, p95, largest = np.percentile(all_px, [50, 95, 100])
    return ParityReport(
        len(reference), n_seen, len(distances), n_lost, n_extra, float(median), float(p95), float(largest)
    )


def refuse_worse(report: ParityReport, what: str, limits: ParityLimits | None = None) -> None:
    """Let a model pass that stays within the limits.

    Parameters
    ----------
    report : ParityReport
        From `compare_instances`.
    what : str
        Which model on which engine, for the message.
    limits : ParityLimits, optional
        The default is the package's promise.

    Raises
    ------
    MazetrackError
        It differs by more, or the frames hold too few animals to tell.
    """
    limits = limits or ParityLimits()
    if not report.tells_enough:
        raise MazetrackError(
            f"The FP32 model finds only {report.n_animals} animals in {report.n_frames} frames; {LEAST_ANIMALS} are "
            "needed to compare with. Name films of the animals it was trained for with --calibrate."
        )
    if not report.is_within(limits):
        raise MazetrackError(
            f"{what} differs too much from the FP32 model: {report}; allowed are {limits}. "
            "Nothing was written. Calibrate on more of your own films, or stay with fp32."
        )


def _find_partners(here: Instances, there: Instances, n_animals: int) -> NDArray[np.intp]:
    """Give each of the best animals the other's instance that overlaps it most, each only once; -1 for none."""
    partners = np.full(min(n_animals, len(here)), -1, np.intp)
    is_free = np.ones(len(there), np.bool_)
    for i in range(len(partners)):
        iou = np.where(is_free, compute_iou(here.box_xyxy[i], there.box_xyxy), 0)
        if len(iou) and iou.max() >= MATCH_IOU:
            partners[i] = iou.argmax()
            is_free[partners[i]] = False
    return partners
