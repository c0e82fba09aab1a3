"""A track that lies beside its film, or is opened as a file, is shown and worked on in the Track panel."""

import numpy as np
from film_panel import ARENA, correct, is_corrected, messages, settled
from napari.layers import Layer

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.widgets import reader
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.overlay.overlays import PATH, ROLE
from napari_mazetrack.widgets.track.trial_choice import TrialChoice


def test_a_track_on_the_disk_is_shown_and_measured_and_no_file_changes(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    film_id = panel.session.film.film_id
    panel._arena_control.take(ARENA)
    correct(project_path, film_id)
    files = {path: path.read_bytes() for path in film.parent.iterdir()}

    panel = open_panel(film)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    settled(qtbot, panel)
    assert is_corrected(panel.session.track)
    assert not is_corrected(load_track(nc))
    assert f"Read from {nc}" in panel.run_panel.line
    assert "pool path" in panel._viewer.layers
    assert panel.table.value()
    assert panel.session.moments
    del files[project_path]  # the trial's kind is kept there
    assert {path: path.read_bytes() for path in files} == files
    assert messages() == []


def test_another_films_track_in_the_folder_is_told(qtbot, open_panel, film, nc, write_blob_film):
    write_blob_film(film, 25)
    panel = open_panel(film)
    assert panel.session.track is None
    assert "was made from another film than pool.mp4" in messages()[0]


def test_a_track_that_is_opened_as_a_file_is_worked_on(qtbot, open_panel, film, nc, tmp_path):
    elsewhere = tmp_path / "results"
    elsewhere.mkdir()
    nc.rename(elsewhere / nc.name)
    panel = open_panel(film)
    assert panel.session.track is None
    for data in reader.read(str(elsewhere / nc.name)):
        panel._viewer.add_layer(Layer.create(*data))
    settled(qtbot, panel)
    assert panel.session.track is not None
    assert panel.out_dir.value() == elsewhere
    assert [layer.metadata.get(ROLE) for layer in panel._viewer.layers].count(PATH) == 1

    panel.correct.toggle.click()
    settled(qtbot, panel)
    assert panel.correct.corrections.project.path == (elsewhere / "pool.mazetrack").resolve()


def test_a_track_of_another_name_is_drawn_only(qtbot, open_panel, film, nc):
    (film.parent / "old.tracks.nc").write_bytes(nc.read_bytes())
    nc.unlink()
    panel = open_panel(film)
    for data in reader.read(str(film.parent / "old.tracks.nc")):
        panel._viewer.add_layer(Layer.create(*data))
    settled(qtbot, panel)
    assert "pool path" in panel._viewer.layers
    assert panel.session.track is None
    assert "drawn only" in panel.run_panel.line


def test_the_film_that_is_chosen_comes_to_the_front_and_nothing_is_lost(qtbot, open_panel, film, nc, write_blob_film):
    panel = open_panel(film)
    viewer = panel._viewer
    panel._arena_control.take(ARENA)
    viewer.add_points(np.zeros((1, 3)), name="mine")
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    assert panel.session.film.path.name == "other.mp4"
    viewer.layers["pool path"].visible = viewer.layers["pool"].visible = False
    before = {layer.name for layer in viewer.layers}
    panel.film._on_activated(panel.film.findText("pool"))
    settled(qtbot, panel)
    names = [layer.name for layer in viewer.layers]
    assert set(names) == before
    assert names.index("other") < min(names.index(name) for name in before - {"other"})
    assert names.index("pool") < names.index("mine")
    assert viewer.layers["pool"].visible
    assert not viewer.layers["pool path"].visible
    assert viewer.layers.selection.active.name == "pool"
    assert panel.session.arena == ARENA
