"""The labelled animals that a model finds worst: as values, so that a window can list them and go there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from napari_mazetrack.detector.pixel_errors import match_instances
from napari_mazetrack.labels.boxes import body_length, box_from_keypoints
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.training.scoring import ScoredFrame

#: More than these nobody looks at.
N_LISTED = 50


@dataclass(frozen=True)
class WorstFrame:
    """A labelled frame, and how badly its animal was found.

    Attributes
    ----------
    source : str
        Path of the picture, or of the film, when it was read.
    frame_index : int or None
        Position in the film; None for a single picture.
    film_id : str
        Identity of the film; empty for a single picture.
    error : float or None
        Largest error of a point, body lengths; None where the animal was missed.
    """

    source: str
    frame_index: int | None
    film_id: str
    error: float | None

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> WorstFrame:
        """Read what `to_plain` gave; `KeyError`, `TypeError` or `ValueError` for anything else."""
        frame_index, error = plain["frame_index"], plain["error"]
        return cls(
            source=str(plain["source"]),
            frame_index=None if frame_index is None else int(frame_index),
            film_id=str(plain["film_id"]),
            error=None if error is None else float(error),
        )

    def to_plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def rank_frames(frames: Sequence[ScoredFrame], score_threshold: float) -> list[tuple[int, int, float]]:
    """Order the labelled animals by how badly they were found.

    Parameters
    ----------
    frames : sequence of ScoredFrame
        What was found.
    score_threshold : float
        Instances below it do not count.

    Returns
    -------
    list of (int, int, float)
        Frame, animal, and largest error of a point in body lengths; infinite where the animal was missed. Worst
        first.
    """
    ranked = []
    for i, frame in enumerate(frames):
        instances = frame.instances.take(np.flatnonzero(frame.instances.score >= score_threshold))
        for animal, points in enumerate(frame.keypoints_xy):
            box = box_from_keypoints(points)
            if box is None:
                continue
            (owner,) = match_instances(instances, box[None])
            error = np.inf if owner < 0 else np.nanmax(np.linalg.norm(instances.keypoints_xy[owner] - points, axis=1))
            ranked.append((i, animal, float(error / body_length(points))))
    return sorted(ranked, key=lambda row: -row[2])


def list_worst(
    scored: Sequence[ScoredFrame], labels: Sequence[LabelledFrame | None], score_threshold: float
) -> list[WorstFrame]:
    """Return the `N_LISTED` frames whose animals were found worst, each once.

    `labels` are those that were scored, in the same order; a picture without one cannot be gone to and is left out.
    """
    worst: dict[int, float] = {}
    for i, _, error in rank_frames(scored, score_threshold):
        worst.setdefault(i, error)
    listed = []
    for i, error in worst.items():
        label = labels[i]
        if label is not None:
            source = label.source.absolute().as_posix()
            said = None if np.isinf(error) else round(error, 4)
            listed.append(WorstFrame(source, label.frame_index, label.film_id, said))
    return listed[:N_LISTED]
