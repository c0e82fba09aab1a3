"""How far two people are apart who labelled the same frames: what no model can be told to be better than.

A distance between two people holds the error of both. A model's error against one person's labels holds the model's
and that person's: it is to be compared with this number as it is, and a model that reaches it labels like a second
person. A point that only one of them labelled has no distance; it is counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.pixel_errors import ErrorSummary, summarise_errors
from napari_mazetrack.labels.boxes import body_length
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.skeleton import Skeleton


@dataclass(frozen=True)
class TwoLabels:
    """One frame as two people saw it; no instances: without an animal."""

    first: tuple[LabelledInstance, ...]
    second: tuple[LabelledInstance, ...]


@dataclass(frozen=True)
class HumanError:
    """How far two people are apart.

    Attributes
    ----------
    n_frames : int
        Frames that both labelled.
    n_disputed : int
        Of these, frames in which only one of them saw an animal.
    keypoints : dict of str to ErrorSummary
        Distances between their points; `found_fraction` is the share of the first one's points that the second
        labelled too.
    """

    n_frames: int
    n_disputed: int
    keypoints: dict[str, ErrorSummary]

    def to_plain(self) -> dict[str, Any]:
        """Return n, mean, median and p95 in pixels of each keypoint for JSON; what is not defined is None."""
        return {
            "n_frames": self.n_frames,
            "n_disputed": self.n_disputed,
            "keypoints": {
                name: {"n": count_both(error), **{key: _or_none(asdict(error)[key]) for key in _PLAIN}}
                for name, error in self.keypoints.items()
            },
        }


_PLAIN = ("mean_px", "median_px", "p95_px")


def compute_human_error(frames: Sequence[TwoLabels], skeleton: Skeleton) -> HumanError:
    """Compare two people's labels of the same frames.

    Where a frame has several animals, each of the first person's is held against the nearest of the second's.
    """
    pairs = [
        (one.keypoints_xy, _nearest(one.keypoints_xy, frame.second))
        for frame in frames
        if frame.second
        for one in frame.first
    ]
    shape = (-1, skeleton.n_keypoints, 2)
    first = np.array([one for one, _ in pairs], np.float64).reshape(shape)
    second = np.array([other for _, other in pairs], np.float64).reshape(shape)
    lengths = np.array([body_length(points) for points in first], np.float64)
    return HumanError(
        n_frames=len(frames),
        n_disputed=sum(bool(frame.first) != bool(frame.second) for frame in frames),
        keypoints={
            name: summarise_errors(second[:, k], first[:, k], lengths) for k, name in enumerate(skeleton.keypoints)
        },
    )


def count_both(error: ErrorSummary) -> int:
    """Return how many points both people labelled."""
    return round(error.n * error.found_fraction) if error.n else 0


def describe_human_error(error: HumanError) -> str:
    """Say how far two people are apart; empty where nothing can be said."""
    parts = [
        f"{name} {summary.median_px:.1f} px (p95 {summary.p95_px:.1f}, n = {count_both(summary)})"
        for name, summary in error.keypoints.items()
        if count_both(summary)
    ]
    disputed = f"; in {error.n_disputed} of {error.n_frames} frames only one saw an animal" if error.n_disputed else ""
    return f"Two people differ by (median): {', '.join(parts)}{disputed}." if parts else ""


def _nearest(points: NDArray[np.float64], others: Sequence[LabelledInstance]) -> NDArray[np.float64]:
    """Return the points of the animal that is nearest on the mean of what both have."""
    distances = [np.linalg.norm(other.keypoints_xy - points, axis=1) for other in others]
    means = [float(np.nanmean(found)) if np.isfinite(found).any() else np.inf for found in distances]
    return others[int(np.argmin(means))].keypoints_xy


def _or_none(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
