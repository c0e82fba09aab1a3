"""Layers that napari's own tools cannot change, on a viewer without a screen."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers.points import _points_key_bindings as point_keys
from napari.layers.shapes import _shapes_key_bindings as shape_keys

from napari_mazetrack.widgets.overlay.locked import lock

TRIANGLE = np.array([[0, 0], [0, 5], [5, 5]])


@pytest.fixture
def points():
    layer = ViewerModel().add_points(np.arange(12).reshape(4, 3))
    layer.selected_data = {1}
    lock(layer)
    return layer


@pytest.fixture
def shapes():
    layer = ViewerModel().add_shapes([TRIANGLE], shape_type="polygon")
    lock(layer)
    return layer


def test_neither_mouse_nor_keys_change_points(points):
    before = points.data.copy()
    point_keys.delete_selected_points(points)  # what was selected before it was locked
    point_keys.select_all_data(points)
    point_keys.copy(points)
    point_keys.paste(points)
    point_keys.delete_selected_points(points)
    for activate, mode in point_keys.points_fun_to_mode:
        activate(points)
        assert points.mode == "pan_zoom", mode
    np.testing.assert_array_equal(points.data, before)


def test_neither_mouse_nor_keys_change_shapes(shapes):
    shape_keys.select_shapes_in_slice(shapes)
    shape_keys.delete_selected_shapes(shapes)
    for activate, mode in shape_keys.shapes_fun_to_mode:
        activate(shapes)
        assert shapes.mode == "pan_zoom", mode
    np.testing.assert_array_equal(shapes.data[0], TRIANGLE)


def test_a_layer_stays_locked_when_its_data_is_set_or_it_is_let_go(points, shapes):
    points.data = np.zeros((6, 3))
    shapes.data = [TRIANGLE + 1]
    points.editable = shapes.editable = True  # what napari's controls do when the picture is turned back to 2-D
    for layer in (points, shapes):
        assert not layer.editable
        layer.selected_data = {0}
        assert not layer.selected_data
