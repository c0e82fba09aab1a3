"""The model that a project's films are tracked and labelled with where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project.path_hints import candidates, hints_for
from napari_mazetrack.project.payload import Json
from napari_mazetrack.project.project import Project
from napari_mazetrack.project.records import ModelRecord

#: Name of the setting that holds the name of the model.
DEFAULT_MODEL = "default_model"


def set_default_model(project: Project, path: Path, details: Mapping[str, Json]) -> ModelRecord:
    """Make the model file at `path` the project's default, one revision; `details` are scores and the like.

    Raises
    ------
    MazetrackError
        The file cannot be read, or the project cannot be changed.
    """
    name = f"{path.absolute().parent.name}/{path.name}"
    model = ModelRecord(name, _hash(path), hints_for(path, project.path.parent), details)
    with project.edit(f"Use the model {name}"):
        project.models.put(model)
        project.settings.put(DEFAULT_MODEL, name)
    return model


def default_model_of(project: Project) -> ModelRecord | None:
    """Return what the project notes of its default model; None where nobody chose one."""
    name = project.settings.get(DEFAULT_MODEL)
    return project.models.get(name) if isinstance(name, str) else None


def find_default_model(project: Project) -> Path | None:
    """Return where the project's default model lies; None where nobody chose one; raises as `locate_model`."""
    model = default_model_of(project)
    return None if model is None else locate_model(model, project.path.parent)


def locate_model(model: ModelRecord, project_folder: Path) -> Path:
    """Return where a model of a project lies; its content decides.

    Raises
    ------
    MazetrackError
        Its file is gone or was replaced by another.
    """
    files = list(candidates(model.paths, project_folder))
    for path in files:
        if _hash(path) == model.sha256:
            return path
    what = f"was replaced by another one ({files[0]})" if files else f"is not at {model.paths[0]} any more"
    raise MazetrackError(
        f"The project's model {model.name} {what}. Put it back, choose one again in Train & Export, or name a model."
    )


def _hash(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise MazetrackError(f"Cannot read {path}: {error.strerror}. Check its permissions.") from error
