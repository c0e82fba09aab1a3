"""A TIFF stack that napari opens is a film of the Track panel, once its rate is given."""

import numpy as np
import pytest
import tifffile
from film_panel import ARENA, settled, track
from napari.components import ViewerModel
from npe2 import PluginManager

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Project
from napari_mazetrack.widgets.films.film_layer import FILM_FPS, adopt_stack, note_film
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice


@pytest.fixture
def stack(tmp_path, blob_xy):
    """The film of the spot as a TIFF stack, which holds no times; napari can open it."""
    PluginManager.instance().discover()
    y, x = np.mgrid[:64, :96]
    spots = [np.hypot(x - cx, y - cy) <= 5 for cx, cy in map(blob_xy, range(30))]
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.where(spots, 60, 200).astype(np.uint8))
    return path


def test_a_stack_that_napari_opens_is_tracked_at_the_rate_that_a_person_gives(qtbot, open_panel, stack, blob_model):
    panel = open_panel(None)
    assert panel.rate.isHidden()
    panel._viewer.open(stack, plugin="napari")
    assert panel.session.film.path == stack
    assert not panel.rate.isHidden()
    panel._arena_control.take(ARENA)
    for request in (panel.run_panel.run_requested, panel.arena.find_requested):
        request.emit()
        assert "say under Rate" in panel.run_panel.line
    panel.rate.set_value(25.0)
    track(qtbot, panel, TrackerChoice(blob_model))
    np.testing.assert_allclose(panel.session.track.time_s, np.arange(30) / 25)

    panel = open_panel(None)
    panel._viewer.open(stack, plugin="napari")
    settled(qtbot, panel)
    assert panel.rate.value() == 25.0
    assert panel.session.track is not None
    assert panel.session.arena == ARENA


@pytest.mark.parametrize("pictures", [np.zeros((40, 50), np.uint8), np.zeros((3, 4, 40, 50), np.float32)])
def test_a_tiff_that_is_no_film_is_left_alone(open_panel, stack, tmp_path, pictures):
    tifffile.imwrite(tmp_path / "other.tif", pictures, photometric="minisblack")
    panel = open_panel(None)
    panel._viewer.open(tmp_path / "other.tif", plugin="napari")
    assert panel.session.film is None
    assert "film_id" not in panel._viewer.layers[0].metadata


def test_a_stack_goes_into_a_project_with_its_rate_only(stack, tmp_path):
    viewer = ViewerModel()
    (layer,) = viewer.open(stack, plugin="napari")
    adopt_stack(layer)
    with Project.create(tmp_path / "study.mazetrack") as project:
        with pytest.raises(MazetrackError, match="under Rate"):
            note_film(project, layer)
        layer.metadata[FILM_FPS] = 12.5
        assert note_film(project, layer).timing == {"fps": 12.5}
