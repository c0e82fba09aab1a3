"""The mouse of the Label panel names the point that it is over, and holds no canvas."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_mazetrack.widgets.label import label_mouse
from napari_mazetrack.widgets.label.label_mouse import LabelMouse
from napari_mazetrack.widgets.window.canvas_turn import turn_of
from napari_mazetrack.widgets.window.point_mouse import PointMouse

POINTS = np.array([[10.0, 20.0], [np.nan, np.nan], [30.0, 20.0]])


def nothing(*_):
    pass


@pytest.fixture
def said(monkeypatch):
    """What the hint beside the mouse says, in order; None where it goes."""
    said = []
    hint = SimpleNamespace(showText=lambda _at, text: said.append(text), hideText=lambda: said.append(None))
    monkeypatch.setattr(label_mouse, "QToolTip", hint)
    return said


def test_the_point_under_the_mouse_is_named(qapp, said):
    viewer = ViewerModel()
    mouse = LabelMouse(viewer, lambda _: POINTS, 4.0, nothing, nothing, lambda frame, row: f"{frame}: {row}")
    for x, y in ((100, 100), (11, 21), (60, 20), (61, 20), (31, 20)):
        for callback in viewer.mouse_move_callbacks:
            callback(viewer, SimpleNamespace(position=(7, y, x)))
    assert said == ["7: 0", None, "7: 2"]
    mouse.disconnect()
    assert said[-1] is None
    assert viewer.mouse_move_callbacks == []


def test_a_tool_holds_the_canvas_until_it_is_switched_off_and_labelling_never():
    viewer = ViewerModel()
    turn, told = turn_of(viewer), []
    turn.changed.connect(lambda: told.append(turn.is_held))
    label = LabelMouse(viewer, lambda _: POINTS, 4.0, nothing, nothing, lambda *_: "")
    assert not turn.is_held
    tool = PointMouse(viewer, lambda _: POINTS, 4.0, nothing, nothing)
    assert turn_of(viewer).is_held
    assert not turn_of(ViewerModel()).is_held
    label.disconnect()
    tool.disconnect()
    tool.disconnect()
    assert told == [True, False]
