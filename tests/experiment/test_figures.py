"""Figures: the numbers they show, nothing cut off, always the same bytes."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.experiment.drawn_swim import DrawnSwim, drawn_swim
from napari_mazetrack.experiment.figures.all_figures import FIGURES, draw_figures
from napari_mazetrack.experiment.figures.figure_data import FigureData
from napari_mazetrack.experiment.figures.occupancy import _group_map
from napari_mazetrack.experiment.figures.over_days import draw_exploration_time, draw_learning_curves
from napari_mazetrack.experiment.figures.paths import draw_contact_sheet, draw_paths_by_day, shown_animals
from napari_mazetrack.experiment.figures.pool_grid import PATH_COLOURS
from napari_mazetrack.experiment.figures.style import style
from napari_mazetrack.experiment.natural_order import counted
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.events import EndReason, TrialEvents
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind

ARENA = Arena(Ellipse(200, 100, 50, 50), diameter_cm=100, platforms={"p": Platform("circle", 230, 80, 5)})


def swim_to_draw(xy_px: np.ndarray, **trial: object) -> DrawnSwim:
    row = Trial(**{"trial": "t", "kind": TrialKind.HIDDEN, "animal": "m1", "group": "a", "day": 1} | trial)
    time_s = np.arange(len(xy_px)) / 5
    from napari_mazetrack.maze.calibration import maze_plane

    swim = make_swim(time_s, maze_plane(ARENA).cm(xy_px))
    events = TrialEvents(0.0, float(time_s[-1]), False, False, EndReason.LIMIT, None, None, ())
    return drawn_swim(swim, ARENA, row, events, 1.0)


def line(n: int = 20) -> np.ndarray:
    return np.stack([np.linspace(160, 240, n), np.full(n, 90.0)], axis=1)


def test_a_swim_is_drawn_in_pool_radii_with_up_as_on_the_screen():
    swim = swim_to_draw(line())
    np.testing.assert_allclose(swim.xy[[0, -1]], [[-0.8, 0.2], [0.8, 0.2]])
    np.testing.assert_allclose(swim.goal_outline.mean(axis=0), [0.6, 0.4], atol=1e-9)


def test_a_long_gap_is_not_drawn_over():
    xy = line()
    xy[5:15] = np.nan
    assert np.isnan(swim_to_draw(xy).xy).any()
    xy = line()
    xy[5:7] = np.nan
    assert np.isfinite(swim_to_draw(xy).xy).all()


def test_an_even_use_of_the_pool_gives_each_percent_of_its_area_a_hundredth_of_the_time():
    """40,000 samples at 5 Hz are 8,000 s; the second animal's two trials of half the time count as one of its own."""
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 40_000), np.sqrt(rng.uniform(0, 1, 40_000)) * 50
    xy = np.stack([200 + radius * np.cos(angle), 100 + radius * np.sin(angle)], axis=1)
    found = _group_map([swim_to_draw(xy)])
    inner = found[12:28, 12:28]
    assert inner.mean() == pytest.approx(80, rel=0.03)
    halves = [swim_to_draw(part, animal="m2", trial=f"half {i}") for i, part in enumerate((xy[::2], xy[1::2]))]
    both = _group_map([swim_to_draw(xy), *halves])
    assert both[12:28, 12:28].mean() == pytest.approx((80 + 40) / 2, rel=0.03)
    assert np.isnan(found[0, 0])


@pytest.fixture(scope="module")
def data(table) -> FigureData:
    swims = [
        swim_to_draw(line(), trial=f"{g}{i}_{d}", animal=f"{g}{i}", group=g, day=d)
        for g in ("a", "b") for i in (0, 1) for d in (1, 2)
    ]  # fmt: skip
    probes = [swim_to_draw(line(), trial=f"{g}p", kind=TrialKind.PROBE, animal=f"{g}0", group=g, day=3) for g in "ab"]
    return FigureData(table(n=3, days=2), [*swims, *probes], frozenset({"a1_1"}))


def test_every_figure_is_drawn_twice_with_the_same_bytes(data):
    first, second = list(draw_figures(data)), list(draw_figures(data))
    assert [figure.kind.name for figure in first] == [kind.name for kind in FIGURES]
    for one, other in zip(first, second, strict=True):
        assert set(one.files) == {".svg", ".pdf", ".png"}
        for ending, content in one.files.items():
            assert content == other.files[ending], (one.kind.name, ending)


@pytest.mark.parametrize("kind", FIGURES, ids=[kind.name for kind in FIGURES])
def test_nothing_is_cut_off(data, kind):
    with style():
        figure = kind.draw(data)
        figure.draw_without_rendering()
        inner = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert inner.x0 >= -0.01
    assert inner.y0 >= -0.01
    assert inner.x1 <= width + 0.01
    assert inner.y1 <= height + 0.01
    assert width <= 183 / 25.4 + 0.01


def test_only_what_there_is_is_drawn(table):
    frame = table(n=2, days=1)
    nothing = FigureData(frame[frame["kind"] == "none"])
    assert list(draw_figures(nothing)) == [None] * len(FIGURES)


def test_flagged_paths_are_on_the_contact_sheet_only(data):
    assert {s.trial.trial for s in data.swims} - {s.trial.trial for s in data.analysed_swims("hidden", "probe")} == {
        "a1_1"
    }
    with style():
        figure = draw_contact_sheet(data)
    dotted = [drawn for drawn in figure.axes[0].lines if drawn.get_linestyle() == ":"]
    assert len(dotted) == 1


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_few_animals_are_shown_by_name_and_one_stands_for_many(table):
    frame = table(n=4, days=2)
    swims = [swim_to_draw(line(), trial=f"{a}{d}", animal=a, group=a[0], day=d) for a in frame["animal"].unique()
             for d in (1, 2)]  # fmt: skip
    few = FigureData(frame[frame["animal"] != "a3"], swims)
    assert shown_animals(few, "a") == ["a0", "a1", "a2"]
    (typical,) = shown_animals(few, "b")
    paths = frame[(frame["group"] == "b") & (frame["kind"] == "hidden")].groupby("animal")["path_length_cm"].mean()
    assert sorted(paths, key=lambda path: abs(path - paths.median()))[0] == pytest.approx(paths[typical])
    with style():
        rows = [text for text in texts(draw_paths_by_day(few)) if "\n" in text]
        named, unnamed = draw_exploration_time(few).axes
    assert rows[:4] == ["a\na0", "a\na1", "a\na2", f"b\n{typical}"]
    assert [text.get_text() for text in named.get_legend().get_texts()] == ["a0", "a1", "a2", "a"]
    assert len({line.get_linestyle() for line in named.lines[:3]}) == 3
    assert unnamed.get_legend() is None


def test_names_are_sorted_as_people_count():
    assert sorted(["m10", "m2", "a", "2"], key=counted) == ["2", "a", "m2", "m10"]


def test_a_name_with_a_dollar_sign_is_no_formula(data):
    swim = swim_to_draw(line(), animal=r"$\frac{$", group="a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = list(draw_figures(FigureData(data.frame, [swim])))
    assert figures[-1] is not None


def test_a_group_whose_name_begins_with_an_underscore_stands_in_the_legend(table):
    frame = table(n=2, days=1)
    frame["group"] = frame["group"].replace("a", "_wt")
    with style():
        (legend,) = draw_learning_curves(FigureData(frame)).legends
    assert [text.get_text().strip() for text in legend.get_texts()] == ["_wt", "b"]


def test_a_doubtful_track_has_a_question_mark_in_the_colour_of_its_path(data):
    with style():
        figure = draw_contact_sheet(replace(data, doubtful=frozenset({"b1_1"})))
    (mark,) = [text for text in figure.axes[0].texts if text.get_text() == "?"]
    assert mark.get_color() == PATH_COLOURS[0]
