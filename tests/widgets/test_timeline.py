"""The timeline on a viewer without a window."""

import pytest
from napari.components import ViewerModel

from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.timeline import NO_TRACK, Timeline


@pytest.fixture
def timeline(qtbot):
    timeline = Timeline(ViewerModel(), Session())
    qtbot.addWidget(timeline)
    return timeline


def titles(timeline):
    return [title.text for title in timeline._titles]


def test_without_a_track_it_says_what_is_missing(timeline, make_track):
    assert titles(timeline) == [NO_TRACK, "", ""]
    timeline._session.track = make_track()
    assert titles(timeline)[0] == "speed, px/s"
    timeline._session.track = None
    assert titles(timeline) == [NO_TRACK, "", ""]
