"""Corrections of a film's project hold for its track: when it is tracked again, and where its files are older."""

import pytest
from film_panel import FRAME, XY, correct, is_corrected, settled, track

from napari_mazetrack.project import Project
from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.tracking.corrections import CORRECTIONS_DIGEST, SetKeypoint
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoice
from napari_mazetrack.workflows.correct import append_correction, load_correctable, save_corrected


def test_tracking_again_keeps_the_corrections_in_view_and_files(qtbot, open_panel, film, blob_model, project_path):
    panel = open_panel(film)
    track(qtbot, panel, TrackerChoice(blob_model))
    correct(project_path, panel.session.film.film_id)
    shared = OPEN_PROJECTS.open(project_path)  # as a Label panel that has the same project open for writing
    track(qtbot, panel, TrackerChoice(blob_model, Backend.ONNXRUNTIME))
    (run,) = shared.runs
    OPEN_PROJECTS.close(shared)
    assert run.settings["backend"] == "onnxruntime"
    for shown in (panel.session.track, load_track(film.with_name("pool.tracks.nc"))):
        assert is_corrected(shown)
        assert shown.attributes["n_corrections"] == 1
    assert is_corrected(load_track(film.with_name("pool.tracks.csv")))


def test_a_correction_of_an_animal_that_is_not_tracked_is_told_before_the_work(
    qtbot, open_panel, film, blob_model, project_path
):
    panel = open_panel(film)
    track(qtbot, panel, TrackerChoice(blob_model))
    with Project.open(project_path) as project:
        append_correction(project, panel.session.film.film_id, SetKeypoint(FRAME, 1, "body", *XY))
    with qtbot.waitSignal(panel._work.ended, timeout=60_000):
        panel.run_panel.run_requested.emit()
    assert "the track has 1 animal(s)" in panel.run_panel.line
    assert not film.with_name("pool.tracks.part").exists()


@pytest.mark.parametrize("way", ["taken back", "replaced", "taken back, older file"])
def test_files_with_other_corrections_than_the_project_are_not_trusted(qtbot, open_panel, film, nc, project_path, way):
    with open_film(film) as opened, Project.create(project_path) as project:
        film_id = project.add_film(opened).film_id
    correct(project_path, film_id)
    correctable = load_correctable(nc)
    track = correctable.compute([SetKeypoint(FRAME, 0, "body", *XY)])
    if way == "taken back, older file":
        del track.attributes[CORRECTIONS_DIGEST]
    save_corrected(track, correctable, nc)
    panel = open_panel(film)
    assert is_corrected(panel.session.track)

    with Project.open(project_path) as project:
        project.undo()
        if way == "replaced":
            append_correction(project, film_id, SetKeypoint(FRAME + 5, 0, "body", *XY))
    panel = open_panel(film)
    assert not is_corrected(panel.session.track)
    assert (panel.session.track.source[FRAME + 5, 0] == Source.CORRECTED) == (way == "replaced")
    assert is_corrected(load_track(nc))  # looking changes no file

    panel.correct.toggle.click()
    settled(qtbot, panel)
    qtbot.waitUntil(lambda: not panel.correct._saving.is_running, timeout=20_000)
    for path in (nc, nc.with_suffix(".csv")):
        assert not is_corrected(load_track(path))


def test_a_corrected_track_without_its_project_is_shown_as_it_is(qtbot, open_panel, film, nc, project_path):
    correctable = load_correctable(nc)
    save_corrected(correctable.compute([SetKeypoint(FRAME, 0, "body", *XY)]), correctable, nc)
    assert is_corrected(open_panel(film).session.track)
    Project.create(project_path).close()  # it does not know the film
    assert is_corrected(open_panel(film).session.track)
