"""Which model file a person's choice of a model means for a film; neither Qt nor napari.

Nobody gets another model than is said: what was chosen and cannot be had is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import default_model_of, find_default_model
from napari_mazetrack.resources import ModelChoice, ShippedModel
from napari_mazetrack.widgets.session import FilmRef

#: Among so many projects beside a film, the newest, that which holds it is looked for.
MAX_BESIDE = 20


@dataclass(frozen=True)
class OwnModel:
    """The model that a project uses.

    Attributes
    ----------
    project : Path
        The project.
    name : str
        What the project calls the model.
    """

    project: Path
    name: str

    @property
    def in_words(self) -> str:
        """Model and project as people read them."""
        return f"{Path(self.name).name} of {self.project.name}"


@dataclass(frozen=True)
class ChosenModel:
    """A model to track with: its file, or one that ships, and how people call it."""

    file: ModelChoice
    in_words: str


def choose_model(choice: ModelChoice | None, film: FilmRef, projects: Sequence[Path]) -> ChosenModel:
    """Return the model that a choice means.

    Parameters
    ----------
    choice : Path, ShippedModel or None
        A model file, a project, or a model that ships; None: that of the project that holds the film, else the fast
        one.
    film : FilmRef
        The film that is tracked.
    projects : sequence of Path
        Projects to look at first, as in `find_own_model`.

    Raises
    ------
    MazetrackError
        A project or its model cannot be read, or a project that was named has no model of its own.
    """
    if isinstance(choice, ShippedModel):
        return ChosenModel(choice, f"the model {choice}")
    if isinstance(choice, Path) and choice.suffix != PROJECT_ENDING:
        return ChosenModel(choice, choice.name)
    own = find_own_model(film, projects) if choice is None else _own_model_of(choice)
    if own is None and choice is not None:
        raise MazetrackError(
            f"{choice.name} has no model of its own. Press Use for the project in Train & Export, or choose another "
            "model."
        )
    if own is None:
        return ChosenModel(ShippedModel.FAST, f"the model {ShippedModel.FAST}")
    with Project.open(own.project, read_only=True) as project:
        file = find_default_model(project)
    if file is None:
        raise MazetrackError(f"{own.project.name} has lost its model meanwhile. Choose one again, then track.")
    return ChosenModel(file, own.in_words)


def find_own_model(film: FilmRef, projects: Sequence[Path]) -> OwnModel | None:
    """Return the model of the first project that holds a film and has one: of `projects`, then of those beside it.

    Raises
    ------
    MazetrackError
        One of `projects` cannot be read.
    """
    for path in projects:
        own = _own_model_of(path, film.film_id) if path.is_file() else None
        if own is not None:
            return own
    beside = [path for path in film.path.parent.glob(f"*{PROJECT_ENDING}") if path not in projects]
    beside.sort(key=lambda path: -path.stat().st_mtime)
    for path in beside[:MAX_BESIDE]:
        try:
            own = _own_model_of(path, film.film_id)
        except MazetrackError:  # one that cannot be read holds, as far as anybody can tell, other films
            continue
        if own is not None:
            return own
    return None


def _own_model_of(path: Path, film_id: str | None = None) -> OwnModel | None:
    """Return the model of a project; None where it has none, or does not hold the film that is named."""
    with Project.open(path, read_only=True) as project:
        model = default_model_of(project)
        holds_film = film_id is None or film_id in project.films
        return OwnModel(path, model.name) if model is not None and holds_film else None
