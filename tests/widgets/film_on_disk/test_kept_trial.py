"""Platform and release of a film's trial are kept in the film's project and come back with the film."""

from dataclasses import replace

from film_panel import ARENA, settled
from napari.layers import Layer

from napari_mazetrack.maze.arena import Platform
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.project import Project
from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
from napari_mazetrack.widgets.track.measuring import WHICH_PLATFORM
from napari_mazetrack.widgets.track.trial_choice import TrialChoice


def kept_trial(film):
    with Project.open(film.with_suffix(".mazetrack"), read_only=True) as project:
        (trial,) = project.trials
    return trial.kind, trial.limit_s, trial.platform


def summaries(path):
    with Project.open(path, read_only=True) as project:
        return [revision.summary for revision in project.history()]


def measured(panel):
    return {row.name: row.value for row in panel.table.value()}


def test_the_platform_of_a_trial_is_chosen_where_an_arena_has_several(qtbot, open_panel, film, nc):
    panel = open_panel(film)
    qtbot.waitUntil(lambda: panel.session.track is not None)
    panel.trial.set_value(TrialChoice(TrialKind.REVERSAL))
    panel._arena_control.take(ARENA)
    assert panel.trial._platform_row.isHidden()
    two = replace(ARENA, platforms={**ARENA.platforms, "NE": Platform("circle", 58, 22, 4)})
    panel._arena_control.take(two)
    assert not panel.trial._platform_row.isHidden()
    assert panel.hint.text() == WHICH_PLATFORM
    assert not panel.session.measures
    panel.trial._platform.setCurrentIndex(1)
    panel.trial._platform.activated.emit(1)
    assert panel.session.platform == "NE"
    qtbot.waitUntil(lambda: bool(panel.session.measures))

    panel = open_panel(film)
    assert panel.trial.value() == TrialChoice(TrialKind.REVERSAL, platform="NE")
    assert (panel.session.platform, panel.trial._platform.currentText()) == ("NE", "NE")


def test_a_platform_that_the_films_arena_has_not_is_not_kept(qtbot, open_panel, film, nc, write_blob_film):
    panel = open_panel(film)
    panel._arena_control.take(replace(ARENA, platforms={**ARENA.platforms, "NE": Platform("circle", 58, 22, 4)}))
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, None, 60.0, "NE"))
    assert kept_trial(film) == (TrialKind.HIDDEN, 60.0, "NE")
    other = write_blob_film(film.with_name("other.mp4"), 20)
    panel._viewer.add_layer(Layer.create(*film_layer_from_path(other)))
    panel._arena_control.take(ARENA)
    panel.trial.set_value(replace(panel.trial.value(), limit_s=90.0))
    assert kept_trial(other) == (TrialKind.HIDDEN, 90.0, "")


def test_a_trial_that_names_no_platform_of_its_arena_is_shown_without_an_edit(open_panel, film, project_path):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    with Project.open(project_path) as project:
        (trial,) = project.trials
        project.trials.put(replace(trial, platform="NE"))
    before = project_path.read_bytes()
    panel = open_panel(film)
    assert panel.trial.value().platform == "NE"
    assert panel.session.platform == ""
    assert project_path.read_bytes() == before


def test_a_release_that_is_typed_comes_back_with_its_film(qtbot, open_panel, film, nc, project_path, write_blob_film):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, 0.2, 60.0))
    assert summaries(project_path)[:2] == ["Events of the trial of pool.mp4", "Trial of pool.mp4: hidden"]
    n_edits = len(summaries(project_path))
    viewer = panel._viewer
    viewer.add_layer(Layer.create(*film_layer_from_path(write_blob_film(film.with_name("other.mp4"), 20))))
    assert panel.trial.value().release_s is None
    assert not film.with_name("other.mazetrack").exists()
    panel.film.set_value(viewer.layers["pool"])
    for shown in (panel, open_panel(film)):
        settled(qtbot, shown)
        assert shown.trial.value() == TrialChoice(TrialKind.HIDDEN, 0.2, 60.0)
        assert measured(shown)["trial_duration_s"] == "0.96"  # 29/25 s without the first 0.2 s
    assert len(summaries(project_path)) == n_edits  # showing is no edit

    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, None, 60.0))
    panel = open_panel(film)
    assert panel.trial.value().release_s is None
    panel.correct.toggle.click()
    settled(qtbot, panel)
    panel.correct.undo()
    assert panel.trial.value().release_s == 0.2


def test_a_release_that_is_typed_while_correcting_is_kept_once(qtbot, open_panel, film, nc, project_path):
    panel = open_panel(film)
    panel._arena_control.take(ARENA)
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    panel.correct.toggle.click()
    settled(qtbot, panel)
    before = len(summaries(project_path))
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN, 0.2))
    settled(qtbot, panel)
    assert summaries(project_path)[: -before or None] == ["Release at 0.20 s"]
    panel.correct.stop()
    panel.trial.set_value(TrialChoice(TrialKind.HIDDEN))
    assert open_panel(film).trial.value().release_s is None
