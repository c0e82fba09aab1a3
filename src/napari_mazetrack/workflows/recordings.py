"""Recordings of animals from anyone's files: ours, DeepLabCut's, other programs' exports, or any table of positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.maze.tables import read_text
from napari_mazetrack.safe_hdf5 import refuse_foreign_links
from napari_mazetrack.tracking.draws import draw_paths
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.workflows.deeplabcut_hdf5 import find_table, read_deeplabcut_hdf5
from napari_mazetrack.workflows.deeplabcut_tables import read_deeplabcut
from napari_mazetrack.workflows.exported_tables import read_exported_table
from napari_mazetrack.workflows.predicted_points import PredictedPoints, need_rate, recordings_of_points
from napari_mazetrack.workflows.recording import Draws, Recording, film_stem
from napari_mazetrack.workflows.sleap_tracks import is_analysis, read_analysis, read_slp

TEXT_ENDINGS = (".csv", ".txt", ".tsv")
HDF5_ENDINGS = (".h5", ".hdf5")
SLEAP_ENDING = ".slp"
MAX_FILE_BYTES = 2 << 30
#: Code page of the exports that are neither UTF-8 nor UTF-16; every byte is a letter of it.
CODE_PAGE = "latin-1"
#: Files of other programs that hold tracks but are no text, and what to do about them.
NO_TEXT = {
    ".xlsx": "an Excel workbook. Save its sheet as CSV, or export the track as text",
    ".xls": "an Excel workbook. Save its sheet as CSV, or export the track as text",
    ".hvs": "HVS Image's own kind of file, which is not documented. Export the positions as text with columns x and y",
    ".wet": "HVS Image's own kind of file, which is not documented. Export the positions as text with columns x and y",
}


def load_recordings(path: Path, *, fps: float | None = None, point: str | None = None) -> list[Recording]:
    """Read a track file; one recording for each animal in it.

    Parameters
    ----------
    path : Path
        A project (its films' tracks, with its corrections), our ``.nc`` or ``.csv``, a DeepLabCut table (``.csv``,
        ``.h5``), SLEAP's predictions (``.slp``, ``.analysis.h5``), an export of EthoVision or ANY-maze, or any CSV with
        ``time_s, x, y``.
    fps : float or None
        Frames a second: for DeepLabCut's and SLEAP's files and others that have no times.
    point : str or None
        The point whose path is measured, in files that have several.

    Raises
    ------
    MazetrackError
        The file is none of these, or damaged.
    """
    if path.suffix.lower() == PROJECT_ENDING:
        _refuse_choices(path, fps, point)
        return _recordings_of_project(path)
    if path.suffix.lower() in NO_TEXT:
        raise MazetrackError(f"{path} is {NO_TEXT[path.suffix.lower()]}.")
    if path.suffix.lower() in (*HDF5_ENDINGS, SLEAP_ENDING):
        return _recordings_of_predictions(path, fps, point)
    if path.suffix.lower() not in TEXT_ENDINGS:
        return _recordings_of_our_track(path, fps, point)
    lines = read_text(path, "track file", code_page=CODE_PAGE).splitlines()
    first = lines[0] if lines else ""
    if first.startswith("frame_index,time_s,animal"):
        return _recordings_of_our_track(path, fps, point)
    if first.startswith("scorer"):
        rate = need_rate(path, fps, "a DeepLabCut table")
        return recordings_of_points(path, read_deeplabcut(path, lines), rate, point)
    return [read_exported_table(path, lines, fps)]


def _recordings_of_our_track(path: Path, fps: float | None, point: str | None) -> list[Recording]:
    track = load_track(path)
    _refuse_choices(path, fps, point)
    return recordings_of_track(track, film_stem(path))


def _refuse_choices(path: Path, fps: float | None, point: str | None) -> None:
    """Refuse what is for other programs' files; it would change nothing here."""
    if fps is not None:
        raise MazetrackError(
            f"{path} has times of its own. Leave out --fps; `mazetrack track` corrects a film's wrong rate."
        )
    if point is not None:
        raise MazetrackError(
            f"In {path} the body's path is measured. Leave out --point: it is for other programs' files."
        )


def _recordings_of_predictions(path: Path, fps: float | None, point: str | None) -> list[Recording]:
    """Return the recordings of a file that DeepLabCut or SLEAP wrote as HDF5."""
    if not path.is_file():
        raise MazetrackError(f"The track file {path} does not exist.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise MazetrackError(f"{path} is larger than {MAX_FILE_BYTES >> 30} GiB. Export its films one by one.")
    rate = need_rate(path, fps, "a file of DeepLabCut or SLEAP")
    films = read_slp(path) if path.suffix.lower() == SLEAP_ENDING else [_read_hdf5(path)]
    return [one for film in films for one in recordings_of_points(path, film, rate, point)]


def _read_hdf5(path: Path) -> PredictedPoints:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            refuse_foreign_links(file)
            if is_analysis(file):
                return read_analysis(path, file)
            table = find_table(file)
            if table is None:
                raise ValueError("it has neither a pandas table nor SLEAP's tracks")
            return read_deeplabcut_hdf5(path, file, table)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, StopIteration, IndexError) as error:
        # What h5py raises for damaged files, and what does not fit together in a foreign one.
        raise MazetrackError(
            f"{path} is no DeepLabCut table or SLEAP analysis file, or it is damaged ({error}). Export it again, or as "
            "CSV."
        ) from error


def _recordings_of_project(path: Path) -> list[Recording]:
    """Return the recordings of a project's films, corrected, with what was said of their events."""
    from napari_mazetrack.workflows.correct import load_marks, tracks_of_project

    return [
        replace(recording, said_events=load_marks(path, str(track.attributes["film_id"])))
        for track in tracks_of_project(path)
        for recording in recordings_of_track(track, path.stem)
    ]


def recordings_of_track(track: Track, stem: str) -> list[Recording]:
    """Return one recording for each animal of a track; where a part of the film was tracked, it ends with that."""
    attributes, upto = track.attributes, slice(track.tracked_frames.stop)
    size = (int(attributes.get("film_height") or 0), int(attributes.get("film_width") or 0))
    name = str(attributes.get("film_name") or "")
    model = " ".join(str(attributes[key])[:12] for key in ("model_name", "model_hash") if attributes.get(key))
    return [
        Recording(
            stem=Path(name).stem if name else stem,
            animal=animal,
            time_s=track.time_s[upto],
            xy=track.path_xy(i)[upto],
            head_xy=track.keypoints_xy[upto, i, track.skeleton.front],
            units="px",
            is_corrected=track.source[upto, i] == Source.CORRECTED,
            film_hw=size if min(size) > 0 else None,
            model=model,
            draw=_drawing(track, i),
            sigma=track.sigma_px[:, i, track.skeleton.centre],
            source=track.source[:, i],
        )
        for i, animal in enumerate(track.animals)
    ]


def _drawing(track: Track, animal: int) -> Callable[[int, int], Draws] | None:
    ends = [track.skeleton.centre, track.skeleton.front]
    if not np.isfinite(track.raw_keypoints_xy[:, animal, ends]).any(axis=(0, 2)).all():
        return None

    def draw(n: int, seed: int) -> Draws:
        upto = track.tracked_frames.stop
        body, head = (
            draw_paths(track, n, seed=2 * seed + i, animal=animal, keypoint=point)[:, :upto]
            for i, point in enumerate(ends)
        )
        return body, head

    return draw
