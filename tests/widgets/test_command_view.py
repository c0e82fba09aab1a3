"""`mazetrack view` up to the window: what it refuses, and in which order it opens."""

from unittest.mock import MagicMock

import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli import command_view
from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError


@pytest.fixture
def opened(monkeypatch):
    files = []
    monkeypatch.setattr(command_view, "open_napari", files.extend)
    monkeypatch.setenv("DISPLAY", ":0")
    return files


def test_films_are_opened(opened, make_film):
    path = make_film()
    assert CliRunner().invoke(app, ["view", str(path)]).exit_code == 0
    assert opened == [path]


@pytest.mark.parametrize("name", ["missing.mp4", "missing.tracks.nc", "text.mp4", "text.tracks.csv"])
def test_what_cannot_be_read_is_told_before_a_window_opens(opened, tmp_path, name):
    if name.startswith("text"):
        (tmp_path / name).write_text("this is a text")
    result = CliRunner().invoke(app, ["view", str(tmp_path / name)])
    assert isinstance(result.exception, MazetrackError)
    assert name in str(result.exception)
    assert opened == []


def test_without_a_screen_it_says_so(opened, make_film, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command_view.sys, "platform", "linux")
    result = CliRunner().invoke(app, ["view", str(make_film())])
    assert "no screen" in str(result.exception)
    assert opened == []


def test_films_open_before_tracks_so_that_these_find_them(monkeypatch, tmp_path):
    viewer = MagicMock()
    monkeypatch.setattr("napari.Viewer", lambda: viewer)
    monkeypatch.setattr("napari.run", lambda: None)
    command_view.open_napari([tmp_path / "pool.tracks.nc", tmp_path / "pool.mp4"])
    assert [call.args[0].name for call in viewer.open.call_args_list] == ["pool.mp4", "pool.tracks.nc"]
    viewer.window.add_plugin_dock_widget.assert_called_once_with("napari-mazetrack", "Track")
