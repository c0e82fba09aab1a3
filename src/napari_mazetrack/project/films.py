"""What a project notes of an open film, and the times that it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.project.path_hints import joined_hints, posix_text
from napari_mazetrack.project.payload import Json, Reader
from napari_mazetrack.project.records import FilmRecord

if TYPE_CHECKING:
    from napari_mazetrack.video import Film, Timing


def film_record(film: Film, hints: tuple[str, ...], known: FilmRecord | None) -> FilmRecord:
    """Return the record of an open film that lies where `hints` say; what is `known` of it is kept."""
    if known is not None:
        record = replace(known, paths=joined_hints(hints, known.paths))
        return record if film.timing is None else replace(record, timing=_timing_to_json(film.timing))
    timing = {} if film.timing is None else _timing_to_json(film.timing)
    return FilmRecord(film.film_id, hints, film.n_frames, film.width, film.height, timing)


def identify(path: Path) -> str:
    """Return the film_id of a film file; `MazetrackError` where it is no film."""
    from napari_mazetrack.video import Timing, open_film

    # Its times do not matter here, but a TIFF stack cannot be opened without any.
    with open_film(path, timing=Timing(fps=1.0)) as film:
        return film.film_id


def timing_of(film: FilmRecord) -> Timing | None:
    """Return what replaces the film's own times; None: nothing does. `MazetrackError` where it is malformed."""
    from napari_mazetrack.video import Timing

    if not film.timing:
        return None
    read = Reader(film.timing, f"the times of film {film.film_id}")
    if "fps" in film.timing:
        return Timing(fps=read.number("fps"))
    if "duration_s" in film.timing:
        return Timing(duration_s=read.number("duration_s"))
    return Timing(times=Path(read.text("times")))


def _timing_to_json(timing: Timing) -> Mapping[str, Json]:
    if timing.times is not None:
        return {"times": posix_text(timing.times.absolute())}
    return {"fps": timing.fps} if timing.fps is not None else {"duration_s": timing.duration_s}
