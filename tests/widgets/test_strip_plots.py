"""The strips of the timeline, without a window."""

import numpy as np
import pytest

from napari_mazetrack.widgets.timeline.strip_plots import DISTANCE, NUMBER_HEIGHT, QUADRANTS, SparseAxis, StripPlots
from napari_mazetrack.widgets.timeline.strips import strips_of


@pytest.mark.parametrize("size", [20, 45, 300])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.02, 47), (0.3, 0.61), (12, 3300)])
def test_numbers_never_stand_over_each_other(qapp, low, high, size):
    ((step, _),) = SparseAxis("left").tickSpacing(low, high, size)
    assert step * size / (high - low) >= NUMBER_HEIGHT
    assert step * size / (high - low) <= 2.5 * NUMBER_HEIGHT * max(1, 20 / size) * 1.01
    assert f"{step:.0e}"[0] in "125"


@pytest.mark.parametrize("same", [0.0, np.nan])
def test_an_axis_without_a_range_has_numbers_all_the_same(qapp, same):
    assert SparseAxis("left").tickSpacing(same, same, 40) == [(1.0, 0.0)]


def test_strips_that_are_not_known_leave_no_room(qtbot, make_track, arena):
    plots = StripPlots()
    qtbot.addWidget(plots)
    for known in (arena, None, arena):
        plots.show_strips(strips_of(make_track(missing=(4,)), known))
        assert [plots.plots[row].isVisible() for row in (QUADRANTS, DISTANCE)] == [known is not None] * 2
    assert len(plots.stretches) == 1
    assert [title.text.split("<")[0].strip() for title in plots.titles] == [
        "quadrant",
        "speed",
        "to platform",
        "σ of body",
    ]
