"""What is shown of a labelled frame: every animal's points, lines and box; near, and with more contrast, on request."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelRecord, Project
from napari_mazetrack.widgets.films.film_layer import FILM_ID
from napari_mazetrack.widgets.label.animal_view import AnimalView
from napari_mazetrack.widgets.label.label_scene import LabelScene
from napari_mazetrack.widgets.label.label_session import LabelSession

FILM = FilmRecord("f", ("a.mp4",), 20, 200, 100)
TWO = (
    LabelledInstance(np.array([[10.0, 10], [20, 10], [30, 10]]), np.full(3, 2, np.uint8), np.array([5.0, 5, 35, 15])),
    LabelledInstance(np.array([[110.0, 50], [np.nan] * 2, [130, 50]]), np.array([2, 1, 2], np.uint8)),
)


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    pictures = np.full((20, 100, 200, 3), 90, np.uint8)
    pictures[:, 5:15, 5:35] = 100
    viewer.add_image(pictures, rgb=True, metadata={FILM_ID: "f"})
    viewer.dims.set_point(0, 6)
    return viewer


@pytest.fixture
def scene(viewer, tmp_path):
    with Project.create(tmp_path / "p.mazetrack") as project:
        project.films.put(FILM)
        project.labels.put(LabelRecord("f", 6, TWO))
        scene = LabelScene(viewer, LabelSession(project, FILM), None)
        scene.follow()
        yield scene


def shapes(scene):
    return [
        (kind, data.tolist())
        for kind, data in zip(scene.outline.layer.shape_type, scene.outline.layer.data, strict=True)
    ]


def test_each_animal_has_its_points_its_lines_and_its_box(viewer, scene):
    assert len(scene.labels.layer.data) == 5
    assert list(scene.labels.layer.features["keypoint"]) == ["head", "body", "tail", "head", "tail"]
    kinds = [kind for kind, _ in shapes(scene)]
    assert kinds == ["line", "line", "rectangle", "rectangle"]
    assert shapes(scene)[0][1] == [[10, 10], [10, 20]]
    assert shapes(scene)[2][1][0] == [5, 5]  # as it was drawn
    assert shapes(scene)[3][1][0] == [46, 106]  # a fifth of its length round the points
    assert not scene.outline.layer.editable
    assert set(scene.outline.layer.edge_width) == {scene.outline._width}
    viewer.dims.set_point(0, 7)
    scene.follow()
    assert shapes(scene) == []


def test_lines_go_along_with_a_point_that_is_dragged(scene):
    scene.preview(6, 3, (112.0, 60.0))
    assert [60.0, 112.0] in scene.labels.layer.data[:, 1:].tolist()
    scene.preview(6, 1, (20.0, 14.0))
    assert shapes(scene)[0][1] == [[10, 10], [14, 20]]
    scene.refresh()
    assert shapes(scene)[0][1] == [[10, 10], [10, 20]]


def test_contrast_is_that_round_the_animal_and_goes_with_the_layers(viewer, scene):
    film = viewer.layers[0]
    scene.show_contrast(film)
    patch = viewer.layers[1]
    assert patch.contrast_limits == [90, 100]
    assert patch.translate.tolist() == [0, 0]
    viewer.dims.set_point(0, 7)
    scene.show_contrast(film)
    assert patch.data.shape == (100, 200)
    scene.remove()
    assert list(viewer.layers) == [film]


def test_the_camera_goes_along_at_the_zoom_that_was_chosen():
    viewer = ViewerModel()
    viewer.add_image(np.zeros((20, 100, 200), np.uint8))
    camera, view = viewer.scene.camera, AnimalView(viewer)
    whole = (camera.center, camera.zoom)
    points = np.array([[50.0, 40], [np.nan] * 2, [70, 40]])
    view.look_at(points)
    assert camera.center[1:] == (40, 60)
    assert camera.zoom > whole[1]
    camera.zoom = 33.0
    view.look_at(points + 10)
    assert (camera.center[1:], camera.zoom) == ((50, 70), 33.0)
    view.look_at(np.full((3, 2), np.nan))
    assert (camera.center, camera.zoom) == whole
    view.look_at(points)
    assert camera.zoom == 33.0


def test_beyond_the_end_of_the_film_there_is_nothing_to_look_at(viewer, scene):
    viewer.add_image(np.zeros((50, 100, 200), np.uint8))
    film = viewer.layers[0]
    scene.show_contrast(film)
    viewer.dims.set_point(0, 30)
    scene.follow()
    scene.show_contrast(film)
    assert "contrast" not in viewer.layers
    viewer.dims.set_point(0, 6)
    scene.show_contrast(film)
    assert "contrast" in viewer.layers


def test_a_film_that_is_gone_is_not_looked_at(viewer, scene):
    film = viewer.layers.pop(0)
    scene.show_contrast(film)
    assert "contrast" not in viewer.layers
