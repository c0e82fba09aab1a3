"""Labels of other programs into a project, and a project's labels out to them.

An import is read first (`read_labels`), which needs no project that may be written, and taken in then (`take_labels`):
in between a window shows what contradicts what is there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import publish_folder, refuse_existing, staging_folder
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.labels.coco import SAME_BOX_PX
from napari_mazetrack.labels.file_contents import FileContents
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project import LabelOrigin, LabelRecord, Project
from napari_mazetrack.skeleton import MOUSE, Skeleton
from napari_mazetrack.workflows.label_formats import (
    LabelFormat,
    common_annotator,
    find_losses,
    format_of,
    writing_format,
)

if TYPE_CHECKING:
    from napari_mazetrack.video import Film

#: Coordinates that differ by less are the same label, pixels: tables round.
SAME_PX = 0.01
#: Pillow's own choice, 6, takes most of an export's time for files a few percent smaller.
PNG_EFFORT = 1
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class ReadLabels:
    """What an import found in a file.

    Attributes
    ----------
    source : Path
        The file.
    frames : mapping
        The labelled frames by film_id and frame_index.
    films : mapping
        Its films and pictures, closed, by where they lie.
    annotator : str
        Who labelled, where the file says so; else empty.
    left_out : tuple of str
        What of the file is not taken, each as a sentence.
    """

    source: Path
    frames: Mapping[tuple[str, int], LabelledFrame]
    films: Mapping[Path, Film]
    annotator: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class LabelConflict:
    """A frame that the project and an import label differently.

    Attributes
    ----------
    ours : LabelRecord
        What the project says.
    theirs : LabelledFrame
        What the file says.
    """

    ours: LabelRecord
    theirs: LabelledFrame


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did.

    Attributes
    ----------
    n_added, n_same, n_replaced, n_kept : int
        Frames that are new, that stood there already alike, that were replaced, and whose other label was kept.
    n_films : int
        Films and pictures that the project did not know.
    notes : tuple of str
        What did not come over, and what the file does not say, each as a sentence.
    """

    n_added: int
    n_same: int
    n_replaced: int
    n_kept: int
    n_films: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportOutcome:
    """What an export wrote: the number of frames, and what the file has no place for, each as a sentence."""

    n_frames: int
    losses: tuple[str, ...]


def import_labels(
    source: Path, project_path: Path, rename: Mapping[str, str] | None = None, *, replace_existing: bool = False
) -> Job[ImportOutcome]:
    """Take the labels of a file into a project, which is made where there is none; one undo takes them back.

    Parameters
    ----------
    source : Path
        DeepLabCut's ``.csv`` (or the ``.h5`` beside one), SLEAP's ``.slp``, COCO keypoints in ``.json``.
    project_path : Path
        The project (``*.mazetrack``).
    rename : mapping of str to str, optional
        Body part of the file to keypoint of the project.
    replace_existing : bool
        Labels of the project that say something else are replaced; False refuses them.

    Raises
    ------
    MazetrackError
        File, pictures, films or project cannot be read, a frame is not in its film, or a label says something else.
    """
    format_of(source)
    skeleton = MOUSE
    if project_path.exists():
        with Project.open(project_path, read_only=True) as project:
            skeleton = project.skeleton
    labels = yield from read_labels(source, skeleton, rename)
    # Opened for writing only now: other people wait for it.
    with Project.open(project_path, read_only=False) if project_path.exists() else Project.create(project_path) as ours:
        return take_labels(ours, labels, tuple(labels.frames) if replace_existing else None)


def read_labels(source: Path, skeleton: Skeleton, rename: Mapping[str, str] | None = None) -> Job[ReadLabels]:
    """Read a file of labels and look at its films and pictures.

    Raises
    ------
    MazetrackError
        File, pictures or films cannot be read, or a frame is not in its film.
    """
    known = format_of(source)
    yield Progress(f"Reading {source.name}", 0, None)
    contents = known.look(source)
    loaded = known.load(source, skeleton, rename)
    films = yield from _identify_films(loaded.frames, source)
    by_key = _without_repetition(loaded.frames, films, source)
    left_out = (*_left_out_keypoints(contents, skeleton, rename or {}), *contents.left_out, *loaded.left_out)
    return ReadLabels(source, by_key, films, contents.annotator, left_out)


def find_conflicts(project: Project, labels: ReadLabels) -> tuple[LabelConflict, ...]:
    """Return the frames that the project labels otherwise."""
    found = []
    known = format_of(labels.source)
    for (film_id, frame_index), frame in labels.frames.items():
        ours = project.labels.get(film_id, frame_index)
        if ours is not None and not _is_same(ours.instances, frame.instances, known):
            found.append(LabelConflict(ours, frame))
    return tuple(found)


def take_labels(
    project: Project, labels: ReadLabels, replaced: Collection[tuple[str, int]] | None = None
) -> ImportOutcome:
    """Put what was read into a project: its films, and as one revision behind them its labels.

    Parameters
    ----------
    project : Project
        Open for writing.
    labels : ReadLabels
        What `read_labels` returned for its skeleton.
    replaced : collection of (str, int), or None
        Frames (film_id, frame_index) whose label in the project gives way to another one; labels of other frames stay.
        None: a label that says something else is refused.

    Raises
    ------
    MazetrackError
        The project cannot be changed, or it labels a frame otherwise and that is refused.
    """
    source = labels.source
    disputed = {(c.ours.film_id, c.ours.frame_index) for c in find_conflicts(project, labels)}
    if disputed and replaced is None:
        raise MazetrackError(
            f"{len(disputed)} frames of {source.name} are labelled otherwise in {project.path.name}. "
            "Use --force to replace those labels; undo brings them back."
        )
    n_before = len(project.films)
    with project.edit(f"Add the films of {source.name}"):
        for film in labels.films.values():
            project.add_film(film)
    new = [key for key in labels.frames if key not in disputed and project.labels.get(*key) is None]
    taken = [*new, *sorted(disputed & set(replaced or ()))]
    annotator = labels.annotator or project.author
    if taken:  # a revision of its own: to undo it keeps the films
        with project.edit(f"Import {len(taken)} labels from {source.name}"):
            for film_id, frame in taken:
                animals = labels.frames[film_id, frame].instances
                project.labels.put(LabelRecord(film_id, frame, animals, annotator, LabelOrigin.IMPORTED))
    n_replaced = len(taken) - len(new)
    n_empty = sum(not frame.instances for key, frame in labels.frames.items() if key not in disputed - set(taken))
    return ImportOutcome(
        n_added=len(new),
        n_same=len(labels.frames) - len(new) - len(disputed),
        n_replaced=n_replaced,
        n_kept=len(disputed) - n_replaced,
        n_films=len(project.films) - n_before,
        notes=(f"Frames taken as showing no animal: {n_empty}.", *labels.left_out, *_missing_in(labels, annotator)),
    )


def export_labels(project_path: Path, out: Path, *, force: bool = False) -> Job[ExportOutcome]:
    """Write all labels of a project for another program; returns their number and what is lost.

    DeepLabCut's ``.csv`` and COCO's ``.json`` name pictures: they are written into a folder beside, named after `out`.
    SLEAP's ``.slp`` names the films where they lie.

    Raises
    ------
    MazetrackError
        The project has no labels, a film is gone, the format cannot say what the labels say, or `out` exists.
    """
    known = writing_format(out)
    pictures = pictures_folder(out)
    refuse_existing(out, overwrite=force)
    if known.names_pictures:
        refuse_existing(pictures, overwrite=force)
    with Project.open(project_path, read_only=True) as project:
        frames, skeleton, labels = list(project.labelled_frames()), project.skeleton, list(project.labels)
        losses = find_losses(project, labels, known)
    _refuse_unwritable(project_path, frames, known)
    if known.names_pictures:
        with staging_folder(pictures) as staged:
            frames = yield from _write_pictures(frames, staged, pictures)
            publish_folder(staged, pictures)
        frames.sort(key=lambda frame: frame.source.as_posix())
    yield Progress(f"Writing {out.name}", 0, None)
    said = {"scorer": common_annotator(labels)} if known.has_annotator else {}
    if known.save is not None:
        known.save(frames, out, skeleton=skeleton, overwrite=force, **said)
    return ExportOutcome(len(frames), losses)


def pictures_folder(out: Path) -> Path:
    """Return the folder of the pictures that an export to `out` names."""
    return out.with_name(f"{out.stem}_{out.suffix.lower()[1:]}_pictures")


def _refuse_unwritable(project_path: Path, frames: Sequence[LabelledFrame], known: LabelFormat) -> None:
    if not frames:
        raise MazetrackError(f"{project_path} has no labels. Label some frames first.")
    if not known.has_animals and any(len(frame.instances) > 1 for frame in frames):
        raise MazetrackError("A DeepLabCut table holds one animal a frame. Export as .json (COCO) or .slp (SLEAP).")
    gone = next((frame.source for frame in frames if not frame.source.is_file()), None)
    if gone is not None:
        raise MazetrackError(
            f"The film {gone} is gone. Find it again: *Find films …* in the Label panel, or `mazetrack project relink`."
        )


def _left_out_keypoints(contents: FileContents, skeleton: Skeleton, rename: Mapping[str, str]) -> tuple[str, ...]:
    names = [name for name in contents.keypoints if rename.get(name, name) not in skeleton.keypoints]
    return (f"Left out, since the project has no such points: {', '.join(names)}.",) if names else ()


def _missing_in(labels: ReadLabels, annotator: str) -> tuple[str, ...]:
    """Return what the file could not say about its labels."""
    known = format_of(labels.source)
    who = f"The labels are noted as those of {annotator}"
    why = "whom the table names" if labels.annotator else f"since {known.program}'s file does not say who made them"
    n_several = sum(len(frame.instances) > 1 for frame in labels.frames.values())
    return (
        f"{who}, {why}; how each came to be it does not say.",
        *([f"Frames with several animals: {n_several}; all the animals came over."] if n_several else []),
        *(["It does not say which points are hidden: all count as visible."] if not known.has_hidden else []),
    )


def _identify_films(frames: Sequence[LabelledFrame], source: Path) -> Job[dict[Path, Film]]:
    """Return the films, closed again, by where they lie.

    Raises
    ------
    MazetrackError
        A film cannot be read, or a label names a frame that it does not have.
    """
    from napari_mazetrack.video import open_film

    films: dict[Path, Film] = {}
    for done, frame in enumerate(frames):
        yield Progress(f"Looking at the pictures of {source.name}", done, len(frames))
        if frame.source not in films:
            with open_film(frame.source) as film:
                films[frame.source] = film
        n_frames = films[frame.source].n_frames
        if (frame.frame_index or 0) >= n_frames:
            raise MazetrackError(
                f"{source.name} labels frame {frame.frame_index} of {frame.source.name}, which has only {n_frames}. "
                "Is it the same film?"
            )
    return films


def _without_repetition(
    frames: Sequence[LabelledFrame], films: Mapping[Path, Film], source: Path
) -> dict[tuple[str, int], LabelledFrame]:
    """Return the frames by film_id and frame_index; copies of one picture are one frame."""
    by_key: dict[tuple[str, int], LabelledFrame] = {}
    for frame in frames:
        key = films[frame.source].film_id, frame.frame_index or 0
        other = by_key.setdefault(key, frame)
        if not _is_same(other.instances, frame.instances, format_of(source)):
            raise MazetrackError(f"{source.name} labels {frame.source.name} twice, and differently. Leave one out.")
    return by_key


def _is_same(ours: Sequence[LabelledInstance], theirs: Sequence[LabelledInstance], known: LabelFormat) -> bool:
    """Tell whether labels say the same, as far as a format has a place for it."""
    return len(ours) == len(theirs) and all(
        np.allclose(one.keypoints_xy, other.keypoints_xy, atol=SAME_PX, equal_nan=True)
        and (not known.has_hidden or np.array_equal(_flags(one), _flags(other)))
        and (not known.has_boxes or np.allclose(_box(one), _box(other), atol=SAME_BOX_PX, equal_nan=True))
        for one, other in zip(ours, theirs, strict=True)
    )


def _flags(animal: LabelledInstance) -> NDArray[np.uint8]:
    """Return the visibility, 0 without a place: other programs know no hidden point that lies nowhere."""
    return np.where(np.isfinite(animal.keypoints_xy).all(axis=1), animal.visibility, 0)


def _box(animal: LabelledInstance) -> NDArray[np.float64]:
    """Return the box that was drawn or that the points give; NaN without one."""
    box = animal.box_xyxy if animal.box_xyxy is not None else box_from_keypoints(animal.keypoints_xy)
    return np.full(4, np.nan) if box is None else box


def _write_pictures(frames: Sequence[LabelledFrame], staged: Path, final: Path) -> Job[list[LabelledFrame]]:
    """Write each frame as a PNG below `staged`; return the frames as the pictures that they will be below `final`."""
    from PIL import Image

    from napari_mazetrack.video import open_film

    written: list[LabelledFrame] = []
    taken: set[Path] = set()
    folders: dict[Path, Path] = {}
    for frame in frames:
        yield Progress("Writing pictures", len(written), len(frames))
        with open_film(frame.source) as film:
            index = frame.frame_index or 0
            if film.n_frames == 1:
                name = _free_name(Path(_safe(frame.source.parent.name), f"{_safe(frame.source.stem)}.png"), taken)
            else:
                if frame.source not in folders:
                    folders[frame.source] = _free_name(Path(_safe(frame.source.stem)), taken)
                name = folders[frame.source] / f"img{index:06d}.png"
            (staged / name.parent).mkdir(exist_ok=True)
            picture = Image.fromarray(film.rgb(index) if film.is_colour else film.luma(index))
            picture.save(staged / name, compress_level=PNG_EFFORT)
        written.append(replace(frame, source=final / name, frame_index=None))
    return written


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name).strip("._") or "film"


def _free_name(wanted: Path, taken: set[Path]) -> Path:
    """Return the name with the lowest number that is free, and take it."""
    numbered = (wanted.with_name(f"{wanted.stem}_{i}{wanted.suffix}") for i in range(2, len(taken) + 3))
    name = next(n for n in (wanted, *numbered) if n not in taken)
    taken.add(name)
    return name
