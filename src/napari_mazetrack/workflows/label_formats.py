"""The label files of other programs: how each is read and written, and what it has no place for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.coco import load_coco_keypoints, look_into_coco, save_coco_keypoints
from napari_mazetrack.labels.deeplabcut import (
    SCORER,
    load_deeplabcut_labels,
    look_into_deeplabcut_csv,
    save_deeplabcut_csv,
)
from napari_mazetrack.labels.file_contents import FileContents, LoadedLabels
from napari_mazetrack.labels.labelled import HIDDEN
from napari_mazetrack.labels.sleap import load_sleap, look_into_sleap, save_sleap
from napari_mazetrack.project import LabelRecord, Project
from napari_mazetrack.skeleton import Skeleton

Load: TypeAlias = Callable[[Path, Skeleton, "Mapping[str, str] | None"], LoadedLabels]


@dataclass(frozen=True)
class LabelFormat:
    """One kind of label file.

    Attributes
    ----------
    program : str
        Whose it is.
    load, look : callable
        Reads its labels; reads what else is in it.
    save : callable or None
        Writes labels; None where it is only read.
    names_pictures : bool
        Its frames are pictures; else frames of films.
    has_annotator, has_hidden, has_boxes, has_animals, has_empty : bool
        Whether it has a place for who labelled (one name for all), hidden points, drawn boxes, several animals in a
        frame, and frames without an animal.
    """

    program: str
    load: Load
    look: Callable[[Path], FileContents]
    save: Callable[..., None] | None
    names_pictures: bool = True
    has_annotator: bool = False
    has_hidden: bool = False
    has_boxes: bool = False
    has_animals: bool = False
    has_empty: bool = True


def format_of(path: Path) -> LabelFormat:
    """Return the format of a label file by its ending; `MazetrackError` where it is none, or cannot be read alone."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise MazetrackError(f"Labels are read from {', '.join(FORMATS)} files; {path.name} is none of them.")
    if ending == ".h5" and not path.with_suffix(".csv").is_file():
        # Its tables can hold pickled objects, which are never loaded.
        raise MazetrackError(
            f"{path.name} is read through the {path.stem}.csv that DeepLabCut writes beside it, and that is not "
            "there. Copy it from the same folder of DeepLabCut too."
        )
    if not path.is_file():
        raise MazetrackError(f"The label file {path} does not exist.")
    return FORMATS[ending]


def writing_format(out: Path) -> LabelFormat:
    """Return the format in which labels are written to `out`; `MazetrackError` where they cannot be."""
    known = FORMATS.get(out.suffix.lower())
    if known is None or known.save is None:
        raise MazetrackError(f"Labels are written as {', '.join(WRITTEN)}, not as {out.name}. Name another --out.")
    return known


def common_annotator(labels: Sequence[LabelRecord]) -> str:
    """Return who made all these labels; a general name where it was not one person."""
    names = {label.annotator for label in labels}
    return names.pop() or SCORER if len(names) == 1 else SCORER


def find_losses(project: Project, labels: Sequence[LabelRecord], known: LabelFormat) -> tuple[str, ...]:
    """Return what of a project's labels a format has no place for, each as a sentence; empty where it has all."""
    animals = [animal for label in labels for animal in label.instances]
    n_boxes = sum(animal.box_xyxy is not None for animal in animals)
    n_hidden = sum(int(np.sum(animal.visibility == HIDDEN)) for animal in animals)
    n_empty = sum(not label.instances for label in labels)
    people = sorted({label.annotator for label in labels if label.annotator})
    origins = sorted({str(label.origin) for label in labels})
    program = known.program
    second = {name: len(project.second_labels(name)) for name in project.second_annotators()}
    losses = [
        f"Who labelled which frame is not in it ({', '.join(people)})."
        if people and not (known.has_annotator and len(people) == 1)
        else "",
        f"How a label came to be is not in it ({', '.join(origins)}).",
        f"Drawn boxes are not in it ({n_boxes}): {program} has points only." if n_boxes and not known.has_boxes else "",
        f"Hidden points are written like visible ones ({n_hidden})." if n_hidden and not known.has_hidden else "",
        f"Frames without an animal are written ({n_empty}), but {program} takes them for unlabelled."
        if n_empty and not known.has_empty
        else "",
        *(f"The second pass of {name} is not in it (frames: {n})." for name, n in second.items()),
    ]
    return tuple(filter(None, losses))


def _load_beside_h5(path: Path, skeleton: Skeleton, rename: Mapping[str, str] | None) -> LoadedLabels:
    return load_deeplabcut_labels(path.with_suffix(".csv"), skeleton, rename)


def _look_beside_h5(path: Path) -> FileContents:
    return look_into_deeplabcut_csv(path.with_suffix(".csv"))


FORMATS = {
    ".csv": LabelFormat(
        "DeepLabCut", load_deeplabcut_labels, look_into_deeplabcut_csv, save_deeplabcut_csv, has_annotator=True
    ),
    ".h5": LabelFormat("DeepLabCut", _load_beside_h5, _look_beside_h5, None, has_annotator=True),
    ".json": LabelFormat(
        "COCO",
        load_coco_keypoints,
        look_into_coco,
        save_coco_keypoints,
        has_hidden=True,
        has_boxes=True,
        has_animals=True,
    ),
    ".slp": LabelFormat(
        "SLEAP", load_sleap, look_into_sleap, save_sleap, names_pictures=False, has_animals=True, has_empty=False
    ),
}
#: Endings that can be written.
WRITTEN = tuple(ending for ending, known in FORMATS.items() if known.save is not None)
