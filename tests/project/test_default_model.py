"""The model that a project uses where none is named: found wherever it lies, never another one in its place."""

from __future__ import annotations

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import find_default_model, set_default_model


@pytest.fixture
def model(path):
    file = path.parent / "mice_model" / "model.onnx"
    file.parent.mkdir()
    file.write_bytes(b"weights")
    return file


def test_nobody_chose_one(project):
    assert find_default_model(project) is None


def test_it_is_found_and_undone(project, model):
    set_default_model(project, model, {"oks_ap": 0.9})
    assert find_default_model(project) == model
    assert project.models.get("mice_model/model.onnx").details == {"oks_ap": 0.9}
    project.undo()
    assert find_default_model(project) is None


def test_it_moves_with_its_project(project, path, model, tmp_path_factory):
    set_default_model(project, model, {})
    project.close()
    elsewhere = tmp_path_factory.mktemp("other_disk") / "study"
    path.parent.rename(elsewhere)
    with Project.open(elsewhere / path.name) as moved:
        assert find_default_model(moved) == elsewhere / "mice_model" / "model.onnx"


def test_another_file_in_its_place_is_not_taken(project, model):
    set_default_model(project, model, {})
    model.write_bytes(b"other weights")
    with pytest.raises(MazetrackError, match="was replaced by another one"):
        find_default_model(project)
    model.unlink()
    with pytest.raises(MazetrackError, match=r"not at mice_model/model\.onnx any more"):
        find_default_model(project)
