"""Labels of other programs into a project, and a project's labels out to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import publish_folder, refuse_existing, staging_folder
from napari_mazetrack.labels.coco import load_coco_keypoints, save_coco_keypoints
from napari_mazetrack.labels.deeplabcut import load_deeplabcut_csv, save_deeplabcut_csv
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.labels.sleap import load_sleap, save_sleap
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project import LabelOrigin, LabelRecord, Project
from napari_mazetrack.skeleton import MOUSE, Skeleton

if TYPE_CHECKING:
    from napari_mazetrack.video import Film

#: Coordinates that differ by less are the same label, pixels: tables round.
SAME_PX = 0.01
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did.

    Attributes
    ----------
    n_added, n_same, n_replaced : int
        Frames that are new, that stood there already alike, and that were replaced.
    n_films : int
        Films and pictures that the project did not know.
    """

    n_added: int
    n_same: int
    n_replaced: int
    n_films: int


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
    refused = _refused_ending(source)
    if refused:
        raise MazetrackError(refused)
    if not source.is_file():
        raise MazetrackError(f"The label file {source} does not exist.")
    skeleton = MOUSE
    if project_path.exists():
        with Project.open(project_path, read_only=True) as project:
            skeleton = project.skeleton
    yield Progress(f"Reading {source.name}", 0, None)
    frames = _LOADERS[source.suffix.lower()](source, skeleton, rename)
    films = yield from _identify_films(frames, source)
    by_key = _without_repetition(frames, films, source)
    # Opened for writing only now: other people wait for it.
    with Project.open(project_path, read_only=False) if project_path.exists() else Project.create(project_path) as ours:
        return _take_in(ours, by_key, films, source, replace_existing=replace_existing)


def export_labels(project_path: Path, out: Path, *, force: bool = False) -> Job[int]:
    """Write all labels of a project for another program; returns the number of frames.

    DeepLabCut's ``.csv`` and COCO's ``.json`` name pictures: they are written into a folder beside, named after `out`.
    SLEAP's ``.slp`` names the films where they lie.

    Raises
    ------
    MazetrackError
        The project has no labels, a film is gone, the format cannot say what the labels say, or `out` exists.
    """
    ending = out.suffix.lower()
    if ending not in _SAVERS:
        raise MazetrackError(f"Labels are written as {', '.join(_SAVERS)}, not as {out.name}. Name another --out.")
    pictures = out.with_name(f"{out.stem}_{ending[1:]}_pictures")
    names_pictures = ending != ".slp"
    refuse_existing(out, overwrite=force)
    if names_pictures:
        refuse_existing(pictures, overwrite=force)
    with Project.open(project_path, read_only=True) as project:
        frames, skeleton = list(project.labelled_frames()), project.skeleton
    if not frames:
        raise MazetrackError(f"{project_path} has no labels. Label some frames first.")
    if ending == ".csv" and any(len(frame.instances) > 1 for frame in frames):
        raise MazetrackError("A DeepLabCut table holds one animal a frame. Export as .json (COCO) or .slp (SLEAP).")
    gone = next((frame.source for frame in frames if not frame.source.is_file()), None)
    if gone is not None:
        raise MazetrackError(f"The film {gone} is gone. Find it again with: mazetrack project relink")
    if names_pictures:
        with staging_folder(pictures) as staged:
            frames = yield from _write_pictures(frames, staged, pictures)
            publish_folder(staged, pictures)
    yield Progress(f"Writing {out.name}", 0, None)
    _SAVERS[ending](frames, out, skeleton=skeleton, overwrite=force)
    return len(frames)


Loader = Callable[[Path, Skeleton, "Mapping[str, str] | None"], list[LabelledFrame]]


def _load_beside_h5(path: Path, skeleton: Skeleton, rename: Mapping[str, str] | None) -> list[LabelledFrame]:
    return load_deeplabcut_csv(path.with_suffix(".csv"), skeleton, rename)


_LOADERS: dict[str, Loader] = {
    ".csv": load_deeplabcut_csv,
    ".h5": _load_beside_h5,
    ".json": load_coco_keypoints,
    ".slp": load_sleap,
}
_SAVERS: dict[str, Callable[..., None]] = {
    ".csv": save_deeplabcut_csv,
    ".json": save_coco_keypoints,
    ".slp": save_sleap,
}


def _refused_ending(source: Path) -> str:
    ending = source.suffix.lower()
    if ending not in _LOADERS:
        return f"Labels are read from {', '.join(_LOADERS)} files; {source.name} is none of them."
    if ending == ".h5" and not source.with_suffix(".csv").is_file():
        # Its tables can hold pickled objects, which are never loaded.
        return (
            f"{source.name} is read through the {source.stem}.csv that DeepLabCut writes beside it, and that is not "
            "there. Copy it from the same folder of DeepLabCut too."
        )
    return ""


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
        if not _is_same(other.instances, frame.instances):
            raise MazetrackError(f"{source.name} labels {frame.source.name} twice, and differently. Leave one out.")
    return by_key


def _take_in(
    project: Project,
    frames: Mapping[tuple[str, int], LabelledFrame],
    films: Mapping[Path, Film],
    source: Path,
    *,
    replace_existing: bool,
) -> ImportOutcome:
    n_before = len(project.films)
    labels, n_replaced = [], 0
    for (film_id, frame_index), frame in frames.items():
        there = project.labels.get(film_id, frame_index) if film_id in project.films else None
        if there is None or not _is_same(there.instances, frame.instances):
            labels.append(LabelRecord(film_id, frame_index, frame.instances, project.author, LabelOrigin.IMPORTED))
            n_replaced += there is not None
    if n_replaced and not replace_existing:
        raise MazetrackError(
            f"{n_replaced} frames of {source.name} are labelled otherwise in {project.path.name}. "
            "Use --force to replace those labels; undo brings them back."
        )
    with project.edit(f"Add the films of {source.name}"):
        for film in films.values():
            project.add_film(film)
    if labels:  # a revision of its own: to undo it keeps the films
        with project.edit(f"Import {len(labels)} labels from {source.name}"):
            for label in labels:
                project.labels.put(label)
    n_added = len(labels) - n_replaced
    return ImportOutcome(n_added, len(frames) - len(labels), n_replaced, len(project.films) - n_before)


def _is_same(ours: Sequence[LabelledInstance], theirs: Sequence[LabelledInstance]) -> bool:
    return len(ours) == len(theirs) and all(
        np.allclose(one.keypoints_xy, other.keypoints_xy, atol=SAME_PX, equal_nan=True)
        for one, other in zip(ours, theirs, strict=True)
    )


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
            Image.fromarray(film.rgb(index) if film.is_colour else film.luma(index)).save(staged / name)
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
