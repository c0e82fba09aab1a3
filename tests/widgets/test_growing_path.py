"""The path that grows while a film is tracked, in a viewer without a screen."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.films.film_layer import FILM_ID, FILM_PATH
from napari_mazetrack.widgets.track.growing_path import GrowingPath
from napari_mazetrack.workflows.track_progress import TrackProgress


def film_image(name):
    metadata = {FILM_PATH: f"{name}.mp4", FILM_ID: name}
    return Image(np.zeros((20, 240, 320), np.uint8), name=name, metadata=metadata)


def report(xy, film_id="pool"):
    path = None if xy is None else np.array(xy, float).reshape(-1, 2)
    return TrackProgress("Tracking", 1, 20, film_id=film_id, path_xy=path)


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_layer(film_image("pool"))
    return viewer


@pytest.fixture
def path(viewer):
    return GrowingPath(viewer)


def test_it_grows_on_its_film_and_the_film_stays_the_layer_that_is_worked_on(viewer, path):
    path.show(report([(10, 20)]))
    layer = viewer.layers["pool path so far"]
    sizes = set(layer.size)
    path.show(report([(10, 20), (11, 22), (12, 24)]))
    assert viewer.layers["pool path so far"] is layer
    np.testing.assert_array_equal(layer.data, [[20, 10], [22, 11], [24, 12]])
    assert set(layer.size) == sizes
    assert viewer.layers.selection.active is viewer.layers["pool"]


def test_it_goes_without_a_trace(viewer, path):
    path.show(report([(10, 20)]))
    path.clear()
    path.clear()
    assert [layer.name for layer in viewer.layers] == ["pool"]


@pytest.mark.parametrize(
    "empty", [report(None), report([]), Progress("Smoothing", 0)], ids=["not due", "none", "other"]
)
def test_a_report_without_positions_leaves_what_is_drawn(viewer, path, empty):
    path.show(empty)
    assert len(viewer.layers) == 1
    path.show(report([(10, 20)]))
    path.show(empty)
    assert len(viewer.layers["pool path so far"].data) == 1


def test_it_is_never_drawn_on_another_film(viewer, path):
    path.show(report([(1, 2)], "other"))
    assert len(viewer.layers) == 1
    path.show(report([(10, 20)]))
    path.show(report([(1, 2)], "other"))
    assert [layer.name for layer in viewer.layers] == ["pool"]
    viewer.add_layer(film_image("other"))
    path.show(report([(1, 2)], "other"))
    assert viewer.layers[-1].name == "other path so far"


def test_a_film_or_a_path_that_a_person_takes_away_is_no_trouble(viewer, path):
    path.show(report([(10, 20)]))
    viewer.layers.remove("pool path so far")
    path.show(report([(10, 20)]))
    viewer.layers.remove("pool")
    path.show(report([(10, 20)]))
    assert len(viewer.layers) == 0
