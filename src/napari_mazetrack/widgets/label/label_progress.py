"""How far the labelling of a project's films is; neither Qt nor napari.

Only films that a revision touches are counted anew, so that a click costs the same in a project of a hundred films.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from napari_mazetrack.project import Change, FilmRecord, Project
from napari_mazetrack.project.records import Kind, split_second_name
from napari_mazetrack.widgets.label.label_edits import asks_for
from napari_mazetrack.widgets.label.label_session import picked_frames

#: So many films are named.
N_NAMED = 3


@dataclass(frozen=True)
class FilmProgress:
    """How far one film is.

    Attributes
    ----------
    film : FilmRecord
        The film.
    n_labelled : int
        Frames with a label.
    waiting : tuple of int
        Frames that were picked and are not labelled to the end.
    """

    film: FilmRecord
    n_labelled: int
    waiting: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the film's file, without its ending."""
        return PurePosixPath(self.film.paths[0]).stem if self.film.paths else self.film.film_id

    @property
    def is_begun(self) -> bool:
        """Whether frames were picked or labelled."""
        return bool(self.n_labelled or self.waiting)


class ProjectProgress:
    """How far all films of a project are, as its newest revision has it.

    Parameters
    ----------
    project : Project
        The project.
    second : str
        The second annotator whose pass is counted; empty: the labels that count.
    """

    def __init__(self, project: Project, second: str = "") -> None:
        self._project = project
        self._second = second
        self._seen = 0
        self._known: dict[str, FilmProgress] = {}

    def films(self) -> list[FilmProgress]:
        """Return the progress of each film, in the order of their names."""
        newest = self._project.newest_number
        if newest != self._seen:
            self._forget(self._project.changes_since(self._seen) if self._known else ())
            for film in self._project.films:
                if film.film_id not in self._known:
                    self._known[film.film_id] = self._count(film)
            self._seen = newest
        return sorted(self._known.values(), key=lambda film: (film.name, film.film.film_id))

    def _forget(self, changes: Sequence[Change]) -> None:
        """Forget the films that changes touch: a label's name begins with its film, that of a setting ends with it."""
        for change in changes:
            name = change.key.name
            is_setting = change.key.kind == Kind.SETTING
            self._known.pop(name.rpartition("/")[2] if is_setting else split_second_name(name)[0], None)

    def next_film(self, film_id: str) -> FilmProgress | None:
        """Return the film behind `film_id`, after the last one the first, in which something is left to label.

        That is a frame that was picked, or a film in which nobody has picked or labelled any yet.
        """
        films = self.films()
        at = next((i for i, film in enumerate(films) if film.film.film_id == film_id), -1)
        others = films[at + 1 :] + films[: max(at, 0)]
        return next((film for film in others if film.waiting or not film.is_begun), None)

    def _count(self, film: FilmRecord) -> FilmProgress:
        project = self._project
        store = project.second_labels(self._second) if self._second else project.labels
        labelled = set(store.frames(film.film_id))
        picked = picked_frames(project, film, self._second)
        found = (label for frame in picked if frame in labelled and (label := store.get(film.film_id, frame)))
        done = {label.frame_index for label in found if not any(asks_for(animal).any() for animal in label.instances)}
        waiting = [frame for frame in picked if frame not in done]
        return FilmProgress(film, len(labelled), tuple(waiting))


def describe_progress(films: Sequence[FilmProgress], *, with_names: bool) -> str:
    """Say how far the films of a project are; empty for a single one."""
    if len(films) < 2:
        return ""
    n_labelled = sum(film.n_labelled for film in films)
    left = [film for film in films if film.waiting]
    new = sum(not film.is_begun for film in films)
    said = f"All {len(films)} films: {n_labelled} frame{'' if n_labelled == 1 else 's'} labelled, "
    said += f"{sum(len(film.waiting) for film in left) or 'none'} left"
    if left and with_names:
        named = ", ".join(f"{film.name} {len(film.waiting)}" for film in left[:N_NAMED])
        said += f" ({named}{f', {len(left) - N_NAMED} more films' if len(left) > N_NAMED else ''})"
    elif left:
        said += f" in {len(left)} film{'' if len(left) == 1 else 's'}"
    return f"{said}. {new} not begun." if new else f"{said}."
