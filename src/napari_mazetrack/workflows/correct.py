"""A track that is corrected: computed anew from detections, settings and all corrections, over the whole film.

Beside it, what a person said of the trial's events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import CorrectionRecord, Project, RunRecord
from napari_mazetrack.project.path_hints import candidates
from napari_mazetrack.review.event_marks import EventMark, marks_from_plain, marks_to_plain
from napari_mazetrack.tracking.corrections import (
    Correction,
    are_of_track,
    correction_from_json,
    correction_to_json,
)
from napari_mazetrack.tracking.detections import RawDetections
from napari_mazetrack.tracking.pipeline import compute_track
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_files import load_detections_nc, load_track, save_track_csv, save_track_nc

#: Name of the setting of a project that holds what was said of the events of a film's trial.
EVENTS_SETTING = "trial_events/{}"


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


def with_corrections(track: Track, path: Path, corrections: Sequence[Correction]) -> Track:
    """Return the track saved at `path` as it is with these corrections: its files may be behind them.

    Raises
    ------
    MazetrackError
        It has to be computed anew, and cannot be.
    """
    return track if are_of_track(corrections, track.attributes) else load_correctable(path).compute(corrections)


def corrections_of(project: Project, film_id: str) -> tuple[Correction, ...]:
    """Return the corrections of a film in their order; `MazetrackError` where one cannot be read."""
    return tuple(_correction(record) for record in project.corrections.of_film(film_id))


def append_correction(project: Project, film_id: str, correction: Correction) -> None:
    """Add a correction behind the others of its film, on the disk when this returns."""
    value = json.loads(correction_to_json(correction))
    project.corrections.append(film_id, value.pop("kind"), value)


def marks_of(project: Project, film_id: str) -> tuple[EventMark, ...]:
    """Return what was said of the events of a film's trial."""
    return marks_from_plain(project.settings.get(EVENTS_SETTING.format(film_id)))


def put_marks(project: Project, film_id: str, marks: Sequence[EventMark], summary: str) -> None:
    """Keep what is said of the events of a film's trial, as one revision that says `summary`."""
    with project.edit(summary):
        project.settings.put(EVENTS_SETTING.format(film_id), marks_to_plain(marks))


def load_marks(path: Path, film_id: str) -> tuple[EventMark, ...]:
    """Read what was said of the events of a film's trial from a project that may not be there; none then.

    Raises
    ------
    MazetrackError
        The project cannot be read.
    """
    if not path.is_file():
        return ()
    with Project.open(path, read_only=True) as project:
        return marks_of(project, film_id)


def run_of(track: Track, paths: Sequence[Path]) -> RunRecord:
    """Return the note that a project keeps of a tracking; tracking again with the same model gives the same run."""
    said = track.attributes
    film_id, model_sha256 = str(said["film_id"]), str(said["model_hash"])
    return RunRecord(
        run_id=f"track-{film_id[:16]}-{model_sha256[:8]}",
        verb="track",
        film_id=film_id,
        model_sha256=model_sha256,
        paths=tuple(path.absolute().as_posix() for path in paths),
        settings={
            "backend": str(said["backend"]),
            "precision": str(said["precision"]),
            "settings": json.loads(str(said["settings"])),
        },
    )


def tracks_of_project(path: Path) -> Iterator[Track]:
    """Yield the newest track of each film of a project, computed with the corrections that the project has.

    Raises
    ------
    MazetrackError
        The project or a track cannot be read, or no film of it was tracked.
    """
    with Project.open(path, read_only=True) as project:
        newest = newest_runs(project)
        if not newest:
            raise MazetrackError(f"No film of {path} was tracked. Run: mazetrack track FILM --project {path.name}")
        for run in newest.values():
            yield track_of_project(project, run)


def newest_runs(project: Project) -> dict[str, RunRecord]:
    """Return the newest tracking of each tracked film of a project by film_id."""
    return {run.film_id: run for run in project.runs if run.verb == "track"}


def saved_track(project: Project, run: RunRecord) -> Path:
    """Return the ``.nc`` that a tracking wrote, where it was or beside the project; `MazetrackError` if it is gone."""
    saved = next((path for path in candidates(run.paths, project.path.parent) if path.suffix == ".nc"), None)
    if saved is None:
        name = next((path for path in run.paths if path.endswith(".nc")), "of a film")
        raise MazetrackError(f"The track {name} of {project.path} is gone. Track the film again, with --project.")
    return saved


def track_of_project(project: Project, run: RunRecord) -> Track:
    """Return the track of one tracking of a project with the project's corrections.

    Raises
    ------
    MazetrackError
        It cannot be read, or the file that lies there now is of another film.
    """
    saved = saved_track(project, run)
    correctable = load_correctable(saved)
    if str(correctable.attributes["film_id"]) != run.film_id:
        raise MazetrackError(f"{saved} is the track of another film than {project.path} says. Track the film again.")
    return correctable.compute(corrections_of(project, run.film_id))


def _correction(record: CorrectionRecord) -> Correction:
    return correction_from_json(json.dumps({**record.value, "kind": record.kind}))
