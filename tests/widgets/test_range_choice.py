"""Which part of a film is tracked, as it is typed."""

import pytest

from napari_mazetrack.tracking.time_range import TimeRange
from napari_mazetrack.widgets.track.range_choice import RangeChoice


@pytest.fixture
def editor(qtbot):
    editor = RangeChoice()
    qtbot.addWidget(editor)
    return editor


@pytest.mark.parametrize("chosen", [TimeRange(10.0, 70.5), TimeRange(2.5, None), TimeRange(None, 30.0)])
def test_it_gives_back_what_it_was_set_to_and_tells_it_once(editor, chosen):
    told = []
    editor.value_changed.connect(lambda: told.append(editor.value()))
    assert editor.value() is None
    for _ in range(2):
        editor.set_value(chosen)
    assert told == [chosen]
    editor.set_value(None)
    assert told == [chosen, None]
    assert (editor.begin.text(), editor.end.text()) == ("start", "end")


def test_it_never_runs_backwards(editor):
    editor.set_value(TimeRange(10.0, 20.0))
    editor.begin.setValue(25.0)
    assert editor.value() == TimeRange(25.0, None)
    editor.end.setValue(5.0)
    assert editor.value() == TimeRange(None, 5.0)
