"""Where the files of the film that is chosen lie, or will: its track, its project, the projects with a model for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from napari.components import ViewerModel

from napari_mazetrack.video import Timing
from napari_mazetrack.widgets.films.film_layer import PROJECT_PATH, TRACK_PATH, path_of
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.films.sample_films import default_out_dir
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.session import FilmRef, Session
from napari_mazetrack.workflows.track import OutputPaths


class FilmPlaces:
    """Knows the folder of the results of each film of a viewer, and what stands in it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Its layers say from which track or project they were opened.
    session : Session
        Its film is meant.
    folder : callable
        The folder that is chosen for the session's film; None where none is.
    timing : callable
        Times in place of the film's own; None where there are none.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        folder: Callable[[], Path | None],
        timing: Callable[[], Timing | None],
    ) -> None:
        self._viewer = viewer
        self._session = session
        self._folder = folder
        self._timing = timing
        self._chosen: dict[str, Path | None] = {}

    def folder_of(self, film: FilmRef) -> Path | None:
        """Return the folder that was chosen for a film before, else that of the track that was opened, else its own."""
        opened = path_of(self._viewer.layers, film.film_id, TRACK_PATH)
        default = default_out_dir(film.path) if opened is None else opened.parent
        return self._chosen.get(film.film_id, default)

    def remember(self) -> None:
        """Let the folder that is chosen now be the film's, also when the film is chosen again."""
        if self._session.film is not None:
            self._chosen[self._session.film.film_id] = self._folder()

    def track(self) -> Path | None:
        """Return the ``.nc`` file of the film's track; None without a film or a folder."""
        film, folder = self._session.film, self._folder()
        return None if film is None or folder is None else OutputPaths.of(film.path, folder).nc

    def home(self) -> FilmProject | None:
        """Return the film's project: the one that it was opened from, else the one beside its track."""
        film, track = self._session.film, self.track()
        if film is None or track is None:
            return None
        opened = path_of(self._viewer.layers, film.film_id, PROJECT_PATH)
        beside = track.with_name(f"{film.path.stem}.mazetrack")
        return FilmProject(opened or beside, film, self._timing())

    def projects(self) -> tuple[Path, ...]:
        """Return where a model of the film's own is looked for first: its project, then those that are open here."""
        home, film = self.home(), self._session.film
        first = () if home is None else (home.path,)
        return tuple(dict.fromkeys((*first, *(() if film is None else OPEN_PROJECTS.holding(film.film_id)))))
