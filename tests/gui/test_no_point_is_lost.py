"""How people lose labels with other programs, told with ours through the real window: nothing is lost here."""

import shutil

import numpy as np
import pytest

from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.project.relinking import find_films
from napari_mazetrack.widgets.convert import napari_to_frame_xy

pytestmark = pytest.mark.gui
PLUGIN = "napari-mazetrack"
HW = (128, 160)


@pytest.fixture
def study(tmp_path, write_blob_film):
    """A folder with a film."""
    folder = tmp_path / "study"
    folder.mkdir()
    write_blob_film(folder / "spot.mp4", n_frames=20, hw=HW)
    return folder


@pytest.fixture
def click(viewer, drag):
    """Click on x, y of a frame."""

    def at(frame, *places):
        viewer.dims.set_point(0, frame)
        for xy in places:
            drag(viewer, xy, xy)

    return at


def shown(labelling):
    """Return what the layer of the labels shows: {frame: [(x, y), …]}."""
    frames, points = napari_to_frame_xy(labelling._scene.labels.layer.data)
    return {int(f): [tuple(xy) for xy in points[frames == f].tolist()] for f in np.unique(frames)}


def start_again(viewer, labelling):
    """Close project and films, as if napari had been left."""
    labelling.projects.path.set_value(None)
    viewer.layers.clear()


THREE = [(30.0, 40.0), (50.0, 40.0), (70.0, 40.0)]


def test_what_was_deleted_does_not_come_back(viewer, labelling, study, click):
    path = study / "mice.mazetrack"
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(path, new=True)
    for frame in (2, 5, 9):
        click(frame, *THREE)
    viewer.cursor.position = (9, 40, 50)
    labelling.delete_point()
    viewer.dims.set_point(0, 5)
    labelling.clear_frame()
    expected = {2: THREE, 9: [THREE[0], THREE[2]]}
    assert shown(labelling) == expected
    for film_first in (True, False):
        start_again(viewer, labelling)
        if film_first:
            viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
        labelling.open_project(path)
        if not film_first:
            viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
        assert shown(labelling) == expected
    labelling.undo()
    assert shown(labelling) == {2: THREE, 5: THREE, 9: [THREE[0], THREE[2]]}


def test_naparis_own_tools_cannot_change_the_picture_of_the_labels(viewer, labelling, study, click):
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(study / "mice.mazetrack", new=True)
    click(2, *THREE)
    layer = labelling._scene.labels.layer
    for mode in ("select", "add"):
        layer.mode = mode
        assert layer.mode == "pan_zoom"


def test_a_layer_that_is_thrown_away_is_no_label_lost(viewer, labelling, study, click):
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(study / "mice.mazetrack", new=True)
    click(2, *THREE)
    viewer.layers.remove(labelling._scene.labels.layer)
    click(4, THREE[0])
    assert shown(labelling) == {2: THREE, 4: [THREE[0]]}
    assert labelling._scene.labels.layer in viewer.layers


def test_a_folder_that_is_moved_and_renamed_keeps_films_and_labels(viewer, labelling, study, click, tmp_path):
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(study / "mice.mazetrack", new=True)
    click(2, *THREE)
    film_id = labelling.session.film.film_id
    start_again(viewer, labelling)
    moved = tmp_path / "archive" / "2026 study"
    moved.parent.mkdir()
    study.rename(moved)
    labelling.open_project(moved / "mice.mazetrack")
    assert labelling.project.find_film(film_id) == moved / "spot.mp4"
    viewer.open(str(moved / "spot.mp4"), plugin=PLUGIN)
    assert shown(labelling) == {2: THREE}


def test_two_peoples_projects_become_one(viewer, labelling, study, click, tmp_path):
    mine, theirs = study / "mice.mazetrack", tmp_path / "theirs.mazetrack"
    film = str(study / "spot.mp4")
    viewer.open(film, plugin=PLUGIN)
    labelling.open_project(mine, new=True)
    click(2, *THREE)
    start_again(viewer, labelling)
    shutil.copy(mine, theirs)
    for path, frame in ((mine, 4), (theirs, 6)):
        labelling.open_project(path)
        viewer.open(film, plugin=PLUGIN)
        click(frame, *THREE)
        start_again(viewer, labelling)
    with Project.open(mine, read_only=False) as project, Project.open(theirs, read_only=True) as other:
        assert project.preview_merge(other).conflicts == ()
        project.merge(other)
    labelling.open_project(mine)
    viewer.open(film, plugin=PLUGIN)
    assert shown(labelling) == {2: THREE, 4: THREE, 6: THREE}
    labelling.undo()  # the merge, in one step
    assert shown(labelling) == {2: THREE, 4: THREE}


def test_two_films_of_one_name_do_not_mix(viewer, labelling, study, click, write_blob_film, tmp_path):
    other = tmp_path / "other day" / "spot.mp4"
    other.parent.mkdir()
    write_blob_film(other, n_frames=15, hw=HW)
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(study / "mice.mazetrack", new=True)
    click(2, *THREE)
    viewer.open(str(other), plugin=PLUGIN)
    assert shown(labelling) == {}
    click(3, THREE[1])
    assert shown(labelling) == {3: [THREE[1]]}
    labelling.film.set_value(viewer.layers["spot"])
    assert shown(labelling) == {2: THREE}
    assert len(labelling.project.films) == 2
    start_again(viewer, labelling)
    viewer.open(str(other), plugin=PLUGIN)
    labelling.open_project(study / "mice.mazetrack")
    assert shown(labelling) == {3: [THREE[1]]}


def test_paths_of_windows_and_of_posix_lead_to_one_film(viewer, labelling, study, click):
    path = study / "mice.mazetrack"
    viewer.open(str(study / "spot.mp4"), plugin=PLUGIN)
    labelling.open_project(path, new=True)
    click(2, *THREE)
    film = labelling.session.film
    start_again(viewer, labelling)
    hints = ("C:/Users/Ada/films/spot.mp4", "//lab-server/films/spot.mp4", "/mnt/lab/films/gone.mp4")
    with Project.open(path, read_only=False) as project:
        project.films.put(FilmRecord(film.film_id, hints, film.n_frames, film.width, film.height))
        assert project.find_film(film.film_id) == study / "spot.mp4"  # by its name beside the project
        (study / "spot.mp4").rename(study / "renamed.mp4")
        assert project.find_film(film.film_id) is None
        (found,) = run_to_end(find_films(project, [study]))
        project.relink(found.film_id, found.path)
        assert project.find_film(film.film_id) == study / "renamed.mp4"
    labelling.open_project(path)
    viewer.open(str(study / "renamed.mp4"), plugin=PLUGIN)
    assert shown(labelling) == {2: THREE}
