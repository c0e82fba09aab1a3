"""From what a person chose in the window to the workflows' requests; neither Qt nor napari."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.events import TrialEvents
from napari_mazetrack.maze.find_arena import FoundArena
from napari_mazetrack.maze.measures import Window
from napari_mazetrack.maze.measures.settings import MeasureSettings
from napari_mazetrack.maze.measures.variants import VARIANTS
from napari_mazetrack.maze.measures.view import maze_of_trial
from napari_mazetrack.maze.tables import write_table
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.review.event_marks import EventMark, found_marks
from napari_mazetrack.review.evidence import Evidence, evidence_of
from napari_mazetrack.review.lit_frames import find_lit_frames
from napari_mazetrack.review.meetings import find_meetings
from napari_mazetrack.review.moment import Moment
from napari_mazetrack.review.queue import make_queue
from napari_mazetrack.runtime.options import RunnerOptions
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.time_range import TimeRange
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.measure_rows import MeasureRow, measure_rows
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.workflows.measure import IDENTITY, MeasureTask, Row, measure_recording, row_of
from napari_mazetrack.workflows.measure_description import measures_in
from napari_mazetrack.workflows.recordings import recordings_of_track
from napari_mazetrack.workflows.track import TrackRequest


def track_request(
    film: FilmRef, choice: TrackerChoice, arena: Arena | None, out_dir: Path, time_range: TimeRange | None
) -> TrackRequest:
    """Return the request to track `film`, or a part of it, as chosen.

    Raises
    ------
    MazetrackError
        A choice is out of range.
    """
    return TrackRequest(
        film=film.path,
        model=choice.model,
        options=RunnerOptions(backend=choice.backend),
        settings=TrackSettings(n_animals=choice.n_animals),
        arena=arena,
        out_dir=out_dir,
        time_range=time_range,
        floor=choice.floor,
    )


def describe_track(track: Track) -> str:
    """Return in words in how many frames an animal was found, and whether the floor was taken out of them."""
    found = int((track.source != Source.MISSING).any(axis=1).sum())
    n_tracked = len(track.tracked_frames)
    said = f"An animal is in {found} of {n_tracked} frames ({100 * found / max(1, n_tracked):.1f} %)."
    is_flat = track.attributes.get("floor") == Floor.PATTERNED
    return f"{said} The floor's pattern was taken out of the pictures." if is_flat else said


@dataclass(frozen=True)
class Measured:
    """What was measured of a track.

    Attributes
    ----------
    rows : tuple of MeasureRow
        The measures as people read them.
    moments : tuple of Moment
        What could change them, most at stake first.
    marks : tuple of EventMark
        The events of the first animal's trial.
    table : tuple of dict
        The measures as files have them, a row for each animal.
    animals : dict of str to (Evidence, TrialEvents)
        What each animal was measured on, by name.
    """

    rows: tuple[MeasureRow, ...]
    moments: tuple[Moment, ...]
    marks: tuple[EventMark, ...]
    table: tuple[Row, ...]
    animals: dict[str, tuple[Evidence, TrialEvents]]

    def find_lit_frames(self, row: MeasureRow) -> NDArray[np.intp]:
        """Return the frames that a number comes from."""
        evidence, events = self.animals.get(row.animal) or next(iter(self.animals.values()))
        return np.flatnonzero(find_lit_frames(row.name, evidence, events, MeasureSettings()))


def measure_track(track: Track, arena: Arena, trial: Trial) -> Job[Measured]:
    """Measure each animal of a track over the whole trial, and find what should be looked at.

    Raises
    ------
    MazetrackError
        The arena has no diameter, lacks the platform or is not this film's, or an animal is never seen.
    """
    rows: list[MeasureRow] = []
    moments: list[Moment] = []
    table: list[Row] = []
    animals: dict[str, tuple[Evidence, TrialEvents]] = {}
    settings, maze = MeasureSettings(), maze_of_trial(arena, trial)
    recordings = recordings_of_track(track, trial.trial)
    for done, recording in enumerate(recordings):
        yield Progress("Measuring", done, len(recordings))
        of_animal = replace(trial, animal=recording.animal)
        (whole,) = measure_recording(recording, arena, of_animal, (Window(),))
        evidence = evidence_of(track, done, maze)
        animals[recording.animal] = evidence, whole.events
        values = {"end_reason": str(whole.events.end_reason), "missing_fraction": whole.missing_fraction}
        rows += measure_rows(values | whole.values, recording.animal if len(recordings) > 1 else "")
        table.append(row_of(MeasureTask(of_animal, recording, Path()), whole, VARIANTS["default"]))
        moments += make_queue(evidence, whole.events, settings.events.escape_dwell_s)
    moments += find_meetings([evidence for evidence, _ in animals.values()], list(animals))
    moments.sort(key=lambda moment: -moment.stake.weight)
    first_events = next(iter(animals.values()))[1]
    return Measured(tuple(rows), tuple(moments), found_marks(first_events), tuple(table), animals)


def save_measures(table: Sequence[Row], path: Path) -> None:
    """Write measures as ``mazetrack measure`` does, over what stands at `path`.

    Raises
    ------
    MazetrackError
        It cannot be written.
    """
    columns = (*IDENTITY, *(measure.name for measure in measures_in(table)))
    write_table(columns, list(table), path, overwrite=True)


def describe_found(found: FoundArena) -> str:
    """Return in words what was found, and how far it can be trusted."""
    parts = [f"Found the pool; its outline fits within {found.residual_px:.1f} px."]
    if not found.arena.platforms:
        parts.append(
            "No platform is to be seen: press Add platform for a hidden one, or choose an arena file that has it."
        )
    if found.arena.diameter_cm is None:
        parts.append("Enter the pool's diameter to get centimetres.")
    elif found.tilt_bound_cm:
        tilt = min(found.tilt_bound_cm)
        parts.append(f"A camera tilted by {tilt:.0f}° would hide an error of up to {found.tilt_bound_cm[tilt]:.1f} cm.")
    return " ".join(parts)
