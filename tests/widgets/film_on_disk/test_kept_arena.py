"""The arena of a film, and with it the trial, is kept in the film's project and comes back with the film."""

from dataclasses import replace

from film_panel import ARENA, messages, settled, track
from napari.layers import Layer

from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.project import Project
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.widgets.track.trial_choice import TrialChoice


def test_arena_and_trial_come_back_with_their_film(qtbot, open_panel, film, project_path, write_blob_film):
    panel = open_panel(film)
    panel.trial.set_value(TrialChoice(TrialKind.PROBE, None, 60.0))
    assert not project_path.exists()
    panel._arena_control.take(ARENA)
    moved = replace(ARENA, pool=replace(ARENA.pool, cx=50.0))
    panel._arena_control.take(moved)
    panel.trial.set_value(TrialChoice(TrialKind.REVERSAL, None, 90.0))
    with Project.open(project_path, read_only=True) as project:
        assert [revision.summary for revision in project.history()] == [
            "Trial of pool.mp4: reversal",
            "Arena of pool.mp4",
            "Arena of pool.mp4",
            "Add the film pool.mp4",
        ]
    viewer = panel._viewer
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    panel.film.set_value(viewer.layers["other"])
    assert panel.session.arena is None
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    panel.film.set_value(viewer.layers["pool"])
    assert panel.session.arena == moved
    assert panel.trial.value() == TrialChoice(TrialKind.REVERSAL, None, 90.0)

    panel = open_panel(film)
    assert panel.session.arena == moved
    with Project.open(project_path, read_only=True) as project:
        assert len(project.history()) == 4  # showing is no edit


def test_what_was_chosen_before_is_kept_with_the_first_track(qtbot, open_panel, film, blob_model, project_path):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(film)
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    panel.trial.set_value(TrialChoice(TrialKind.PROBE, 0.2, 60.0))
    assert not project_path.exists()
    track(qtbot, panel, TrackerChoice(blob_model))
    panel = open_panel(film)
    assert panel.session.arena == ARENA
    assert panel.trial.value() == TrialChoice(TrialKind.PROBE, 0.2, 60.0)


def test_an_arena_is_undone_and_done_again_like_a_correction(qtbot, open_panel, film, nc):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel._arena_control.take(replace(ARENA, diameter_cm=150.0))
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.session.arena == ARENA
    panel.correct.redo()
    assert panel.session.arena.diameter_cm == 150.0
    assert panel.arena.value().diameter_cm == 150.0


def test_an_arena_that_is_cleared_goes_and_does_not_come_back(qtbot, open_panel, film, nc, project_path):
    save_arena(ARENA, film.with_name("arena.json"))
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.arena.set_value(ArenaChoice(film.with_name("arena.json")))
    panel.arena.move.setChecked(True)
    assert "pool pool" in panel._viewer.layers
    panel.arena.set_value(ArenaChoice(None, panel.arena.value().diameter_cm))
    assert not panel.arena.move.isChecked()
    assert sorted(layer.name for layer in panel._viewer.layers) == ["pool", "pool keypoints", "pool path"]
    with Project.open(project_path, read_only=True) as project:
        assert project.history()[0].summary == "No arena of pool.mp4"

    panel = open_panel(film)
    assert panel.session.arena is None
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.session.arena == ARENA
    assert "pool pool" in panel._viewer.layers
    panel.correct.redo()
    assert panel.session.arena is None
    assert "pool pool" not in panel._viewer.layers
    with Project.open(project_path, read_only=True) as project:
        assert len(project.arenas) == 0


def test_a_damaged_arena_file_leaves_the_kept_arena_in_the_project(open_panel, film, project_path):
    film.with_name("bad.json").write_text("{}")
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.arena.set_value(ArenaChoice(film.with_name("bad.json")))
    assert panel.session.arena is None
    with Project.open(project_path, read_only=True) as project:
        assert len(project.arenas) == 1


def test_an_arena_that_cannot_be_kept_is_told(qtbot, open_panel, film, project_path, monkeypatch):
    Project.create(project_path).close()
    other = Project.open(project_path)
    other._pid = -1
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    other._connection.close()
    assert "It is open for writing by" in messages()[0]
    assert panel.session.arena == ARENA
