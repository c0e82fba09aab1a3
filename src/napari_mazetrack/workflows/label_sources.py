"""Labelled frames from where people keep them: a project, or a DeepLabCut table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING

if TYPE_CHECKING:
    from napari_mazetrack.labels.human_error import HumanError
    from napari_mazetrack.labels.labelled import LabelledFrame
    from napari_mazetrack.skeleton import Skeleton


def load_labelled_frames(path: Path, skeleton: Skeleton, rename: Mapping[str, str]) -> list[LabelledFrame]:
    """Read labelled frames.

    Parameters
    ----------
    path : Path
        A project (``*.mazetrack``), or a DeepLabCut table.
    skeleton : Skeleton
        Keypoints that are wanted.
    rename : mapping
        Body part of a table to keypoint; a project's keypoints have their names.

    Raises
    ------
    MazetrackError
        It cannot be read, or has other keypoints.
    """
    if path.suffix != PROJECT_ENDING:
        from napari_mazetrack.labels.deeplabcut import load_deeplabcut_csv

        return list(load_deeplabcut_csv(path, skeleton, rename))
    from napari_mazetrack.project import Project

    with Project.open(path, read_only=True) as project:
        if rename:
            raise MazetrackError("--map renames the body parts of tables; a project's keypoints have their names.")
        if project.skeleton.keypoints != skeleton.keypoints:
            raise MazetrackError(
                f"{path} labels {', '.join(project.skeleton.keypoints)}, but the model has "
                f"{', '.join(skeleton.keypoints)}. Use labels of the same keypoints."
            )
        return list(project.labelled_frames())


def load_human_error(paths: Sequence[Path], skeleton: Skeleton) -> HumanError | None:
    """Return how far two people are apart who labelled frames of these projects; None where nobody did so twice."""
    from napari_mazetrack.labels.human_error import compute_human_error
    from napari_mazetrack.project import Project
    from napari_mazetrack.project.second_passes import labelled_twice

    frames = []
    for path in paths:
        if path.suffix == PROJECT_ENDING:
            with Project.open(path, read_only=True) as project:
                frames += list(labelled_twice(project))
    return compute_human_error(frames, skeleton) if frames else None
