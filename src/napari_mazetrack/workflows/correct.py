"""A track that is corrected: computed anew from detections, settings and all corrections, over the whole film."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.project import CorrectionRecord, Project
from napari_mazetrack.tracking.corrections import Correction, correction_from_json, correction_to_json
from napari_mazetrack.tracking.detections import RawDetections
from napari_mazetrack.tracking.pipeline import compute_track
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_files import load_detections_nc, load_track, save_track_csv, save_track_nc


@dataclass(frozen=True)
class Correctable:
    """What a film's track is computed from, whatever is corrected.

    Attributes
    ----------
    detections : RawDetections
        Everything the detector said.
    time_s : float64 [T]
        Time of each frame.
    settings : TrackSettings
        How instances become a track.
    attributes : dict
        What the track says about its making.
    """

    detections: RawDetections
    time_s: NDArray[np.float64]
    settings: TrackSettings
    attributes: dict[str, Any]

    def compute(self, corrections: Sequence[Correction]) -> Track:
        """Compute the track with these corrections; `MazetrackError` where one does not fit the film."""
        return compute_track(self.detections, self.time_s, self.settings, corrections, self.attributes)


def load_correctable(path: Path) -> Correctable:
    """Read what a saved track was computed from.

    Raises
    ------
    MazetrackError
        The file is no ``.nc`` track of ours, or lacks its detections.
    """
    track, detections = load_track(path), load_detections_nc(path)
    settings = TrackSettings.from_json(str(track.attributes["settings"]))
    return Correctable(detections, track.time_s, settings, dict(track.attributes))


def save_corrected(track: Track, correctable: Correctable, path: Path) -> None:
    """Write a corrected track over the ``.nc`` it came from, and the ``.csv`` beside it.

    Raises
    ------
    MazetrackError
        They cannot be written.
    """
    save_track_nc(track, path, detections=correctable.detections, overwrite=True)
    save_track_csv(track, path.with_suffix(".csv"), overwrite=True)


def corrections_of(project: Project, film_id: str) -> tuple[Correction, ...]:
    """Return the corrections of a film in their order; `MazetrackError` where one cannot be read."""
    return tuple(_correction(record) for record in project.corrections.of_film(film_id))


def append_correction(project: Project, film_id: str, correction: Correction) -> None:
    """Add a correction behind the others of its film, on the disk when this returns."""
    value = json.loads(correction_to_json(correction))
    project.corrections.append(film_id, value.pop("kind"), value)


def _correction(record: CorrectionRecord) -> Correction:
    return correction_from_json(json.dumps({**record.value, "kind": record.kind}))
