"""Paths drawn on their arenas."""

from __future__ import annotations

import filecmp

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.trajectory_figure import TrajectoryPanel, draw_trajectory, save_trajectory_figure
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform

ARENA = Arena(Ellipse(200, 150, 120, 110), platforms={"p": Platform("circle", 240, 120, 12)})


def panel() -> TrajectoryPanel:
    time_s = np.arange(50) / 10
    path = np.stack([150 + 2.0 * np.arange(50), np.full(50, 150.0)], axis=1)
    path[20:25] = np.nan
    return TrajectoryPanel("Hidden <platform>", ARENA, path, time_s)


def test_no_line_is_drawn_across_a_gap():
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    draw_trajectory(axes, panel())
    (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert len(lines.get_segments()) == 49 - 6


def test_the_picture_looks_as_the_film_does_with_y_down():
    figure = Figure()
    axes = figure.subplots()
    draw_trajectory(axes, panel())
    bottom, top = axes.get_ylim()
    assert bottom > top


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_saving_gives_the_kind_of_file_its_name_says(tmp_path, ending):
    target = tmp_path / f"paths.{ending}"
    save_trajectory_figure([panel(), panel()], target)
    start = target.read_bytes()[:8]
    assert start.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending])
    with pytest.raises(MazetrackError, match="--force"):
        save_trajectory_figure([panel()], target)


def test_the_same_panels_give_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        save_trajectory_figure([panel()], tmp_path / name)
    assert filecmp.cmp(tmp_path / "a.svg", tmp_path / "b.svg", shallow=False)
