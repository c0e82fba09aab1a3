"""Goes to a frame of a film, and opens the film first where the window does not show it yet."""

from __future__ import annotations

from pathlib import Path

from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.training.worst_frames import WorstFrame
from napari_mazetrack.widgets.films.film_layer import (
    FILM_ID,
    LayerData,
    film_layer_from_path,
    film_of_layer,
    find_film_layer,
)
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob


class FrameOpener(QObject):
    """Shows frames in a viewer; a film is opened in the background.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._frame_index = 0
        self._opening = JobRunner(self)
        self._opening.ended.connect(self._on_opened)

    @property
    def is_running(self) -> bool:
        """Whether a film is being opened."""
        return self._opening.is_running

    def show_frame(self, frame: WorstFrame, project: Path | None) -> None:
        """Go to a frame; `project` knows where its film may lie by now."""
        self._frame_index = frame.frame_index or 0
        layer = self._layer_of(frame)
        if layer is None:
            name = Path(frame.source).name
            self._opening.start(NamedJob(f"Opening {name}", _open(frame, project)))
        else:
            self._opening.discard()
            self._go(layer)

    def discard(self) -> None:
        """Let go of a film that is being opened."""
        self._opening.discard()

    def _layer_of(self, frame: WorstFrame) -> Layer | None:
        if frame.film_id:
            return find_film_layer(self._viewer.layers, frame.film_id)
        films = ((layer, film_of_layer(layer)) for layer in self._viewer.layers)
        return next((layer for layer, film in films if film is not None and film.path == Path(frame.source)), None)

    def _on_opened(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            layer = Layer.create(*ending.result)
            self._viewer.layers.append(layer)
            self._go(layer)
        elif isinstance(ending, Failed):
            show_error(ending.message)

    def _go(self, layer: Layer) -> None:
        self._viewer.layers.selection.active = layer  # other panels follow it
        self._viewer.dims.set_point(0, self._frame_index)


def _open(frame: WorstFrame, project_path: Path | None) -> Job[LayerData]:
    """Open the film of a frame from where it was, or from where the project says that it is."""
    from napari_mazetrack.project import Project

    yield Progress("Opening the film", 0)
    places = [Path(frame.source)] if Path(frame.source).is_file() else []
    if project_path is not None:
        with Project.open(project_path, read_only=True) as project:
            places += [place for place in [project.find_film(frame.film_id)] if place is not None]
    for place in places:
        layer = film_layer_from_path(place)
        if frame.film_id in ("", layer[1]["metadata"][FILM_ID]):
            return layer
        layer[0].film.close()
    path = Path(frame.source)
    raise MazetrackError(f"{path.name} is not at {path.parent} any more. Open it from where it is, and click again.")
