"""The layer of the labels shows what is stored, of a few labels and of thousands."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelRecord, Project
from napari_mazetrack.widgets.convert import napari_to_frame_xy
from napari_mazetrack.widgets.label.label_layer import N_SHOWN, LabelLayer
from napari_mazetrack.widgets.label.label_session import LabelSession

FILM = FilmRecord("f", (), 100_000, 640, 480)
STEP = 7


@pytest.fixture
def viewer() -> ViewerModel:
    viewer = ViewerModel()
    viewer.add_image(np.broadcast_to(np.zeros((1, 4, 4), np.uint8), (100_000, 4, 4)), contrast_limits=(0, 255))
    return viewer


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A session with 3,000 labelled frames, each seventh; x of the head is the frame."""
    with Project.create(tmp_path_factory.mktemp("many") / "p.mazetrack") as project:
        project.films.put(FILM)
        with project.edit("many"):
            for frame in range(0, 3000 * STEP, STEP):
                points = np.array([[frame, 1.0], [frame + 0.25, 2], [frame + 0.5, 3]])
                animal = LabelledInstance(points, np.full(3, 2, np.uint8))
                project.labels.put(LabelRecord("f", frame, (animal,)))
        yield LabelSession(project, FILM)


def shown_in(layer, frame):
    frames, xy = napari_to_frame_xy(layer.layer.data)
    return xy[frames == frame]


@pytest.mark.parametrize("frame", [0, STEP, 199 * STEP, 200 * STEP, 1500 * STEP, 2999 * STEP])
def test_wherever_one_goes_the_labels_are_shown(viewer, labelled, frame):
    layer = LabelLayer(viewer, labelled)
    for other in (1000 * STEP, 0, frame):
        viewer.dims.set_point(0, other)
        layer.follow()
        np.testing.assert_array_equal(shown_in(layer, other), labelled.points(other))
    assert len(layer.layer.data) <= 3 * N_SHOWN
    viewer.dims.set_point(0, 99_999)  # far behind the last label
    layer.follow()
    assert len(shown_in(layer, 99_999)) == 0


def test_all_steps_through_the_film_show_their_labels(viewer, labelled):
    layer = LabelLayer(viewer, labelled)
    for frame in range(0, 3000 * STEP, 13 * STEP):
        viewer.dims.set_point(0, frame)
        layer.follow()
        assert len(shown_in(layer, frame)) == 3


def test_a_layer_that_was_removed_does_not_come_back_with_the_next_frame(viewer, labelled):
    layer = LabelLayer(viewer, labelled)
    viewer.layers.remove(layer.layer)
    viewer.dims.set_point(0, 0)
    layer.follow()
    assert layer.layer not in viewer.layers


def test_a_drag_moves_one_point_alone(viewer, labelled):
    viewer.dims.set_point(0, STEP)
    layer = LabelLayer(viewer, labelled)
    before = layer.layer.data.copy()
    layer.preview(STEP, 1, (50.0, 60.0))
    (moved,) = np.flatnonzero((layer.layer.data != before).any(axis=1))
    assert layer.layer.data[moved].tolist() == [STEP, 60.0, 50.0]
    assert layer.layer.features["keypoint"][moved] == "body"
    assert not layer.layer.editable
    layer.refresh()
    np.testing.assert_array_equal(layer.layer.data, before)
