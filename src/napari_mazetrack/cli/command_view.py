"""`mazetrack view`: napari on films, tracks and projects."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING

PLUGIN = "napari-mazetrack"
WIDGET = "Track"
TRACK_ENDINGS = (".tracks.nc", ".tracks.csv")


def view(
    files: Annotated[
        list[Path], typer.Argument(help="Films, tracks (.tracks.nc, .tracks.csv) of them, and projects (.mazetrack).")
    ],
) -> None:
    """Open napari on films, tracks and projects, with the Track panel beside them.

    Tracks are drawn on their film when it is named too, or lies beside them. Of a project the films that were worked
    on last are opened, with their newest tracks.

    Example: mazetrack view pool.mp4 pool.tracks.nc
    """
    for path in files:
        check_file(path)
    check_screen()
    open_napari(files)


def check_file(path: Path) -> None:
    """Raise a `MazetrackError` where `path` is no film, no track, and no project with a film that is to be found."""
    if path.suffix.lower() == PROJECT_ENDING:
        from napari_mazetrack.workflows.project_films import films_of_project

        films_of_project(path)
    elif is_track(path):
        from napari_mazetrack.tracking.track_files import load_track

        load_track(path)
    else:
        from napari_mazetrack.video import open_film

        open_film(path).close()


def is_track(path: Path) -> bool:
    """Whether the name is that of one of our tracks."""
    return path.name.lower().endswith(TRACK_ENDINGS)


def check_screen() -> None:
    """Raise a `MazetrackError` where no window can be opened (Qt would end the program without a word)."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise MazetrackError(
            "There is no screen to open napari on. Run this at a desktop, or use mazetrack track and measure, "
            "which need none."
        )


def open_napari(files: list[Path]) -> None:
    """Open a window on `files`, films first so that tracks find them, and stay until it is closed."""
    try:
        import napari
        from qtpy import QtWidgets  # noqa: F401 - only with a Qt binding
    except ImportError as error:
        raise MazetrackError(
            f"napari cannot open a window ({error}). Install it with a Qt binding: pip install 'napari[pyqt6]'."
        ) from error
    viewer = napari.Viewer()
    for path in sorted(files, key=is_track):
        viewer.open(path, plugin=PLUGIN)
    viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    napari.run()


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("view")(view)
