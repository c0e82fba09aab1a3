"""SLEAP's label files (``.slp``) as labelled frames, and back, through sleap-io. What a model predicted is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.labels.file_contents import FileContents, LoadedLabels
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.safe_hdf5 import refuse_foreign_links
from napari_mazetrack.skeleton import MOUSE, Skeleton


def look_into_sleap(path: Path) -> FileContents:
    """Return the nodes of a SLEAP file and what of it is not taken; `MazetrackError` where it cannot be read."""
    labels = _open(path)
    names = [str(node) for skeleton in labels.skeletons for node in skeleton.node_names]
    n_predicted = sum(len(frame.predicted_instances) for frame in labels)
    left_out = (
        f"What a model predicted is left out (animals: {n_predicted})." if n_predicted else "",
        f"The names of tracks are left out ({len(labels.tracks)})." if labels.tracks else "",
    )
    return FileContents(tuple(dict.fromkeys(names)), left_out=tuple(filter(None, left_out)))


def load_sleap(path: Path, skeleton: Skeleton = MOUSE, rename: Mapping[str, str] | None = None) -> LoadedLabels:
    """Load the frames that a person labelled; their films lie where the file says, or beside it.

    Parameters
    ----------
    path : Path
        A ``.slp`` file.
    skeleton : Skeleton
        The keypoints wanted; other nodes are left out.
    rename : mapping of str to str, optional
        Node to keypoint.

    Raises
    ------
    MazetrackError
        sleap-io is not installed, the file cannot be read, a keypoint or a film is missing, or nothing is labelled.
    """
    labels = _open(path)
    frames, n_unfinished = [], 0
    for frame in labels.user_labeled_frames:
        instances = tuple(_instance(path, one, skeleton, rename or {}) for one in frame.user_instances)
        kept = tuple(i for i in instances if i.visibility.any())
        if instances and not kept:
            n_unfinished += 1
            continue
        film = _find_film(path, frame.video.filename)
        frames.append(LabelledFrame(film, int(frame.frame_idx), kept, group=str(film)))
    if not frames:
        raise MazetrackError(
            f"Nobody set a point of ours in a frame of {path}; what a model predicted is not taken for labels."
            if n_unfinished
            else f"Nobody labelled a frame of {path}; what a model predicted is not taken for labels."
        )
    left_out = f"Frames are left out ({n_unfinished}): their animals have no points to take, so they are not empty."
    return LoadedLabels(frames, (left_out,) if n_unfinished else ())


def save_sleap(
    frames: Sequence[LabelledFrame], path: Path, *, skeleton: Skeleton = MOUSE, overwrite: bool = False
) -> None:
    """Save labelled frames of films and pictures as a ``.slp`` file that names them.

    Raises
    ------
    MazetrackError
        sleap-io is not installed, or `path` exists or cannot be written.
    """
    sleap = import_sleap_io()
    nodes = sleap.Skeleton(list(skeleton.keypoints), name="animal")
    videos = {source: sleap.Video(str(source.resolve()), open_backend=False) for source in {f.source for f in frames}}
    labelled = [
        sleap.LabeledFrame(
            video=videos[frame.source],
            frame_idx=frame.frame_index or 0,
            instances=[sleap.Instance.from_numpy(i.keypoints_xy, skeleton=nodes) for i in frame.instances],
        )
        for frame in frames
    ]
    with atomic_path(path, overwrite=overwrite) as temporary:
        sleap.Labels(labelled, videos=list(videos.values()), skeletons=[nodes]).save(str(temporary), verbose=False)


def import_sleap_io() -> Any:  # noqa: ANN401 - an optional package
    """Return the package sleap-io; `MazetrackError` where it is not installed."""
    try:
        import sleap_io
    except ImportError as error:
        raise MazetrackError(
            "SLEAP's files need sleap-io: pip install 'napari-mazetrack[interop]'. Or export COCO from SLEAP."
        ) from error
    return sleap_io


def _open(path: Path) -> Any:  # noqa: ANN401 - an optional package
    sleap = import_sleap_io()
    if not path.is_file():
        raise MazetrackError(f"The label file {path} does not exist.")
    try:
        _refuse_foreign_links(path)
        return sleap.load_slp(str(path), open_videos=False)
    except Exception as error:  # it raises whatever its parsers raise
        raise MazetrackError(f"{path} cannot be read as a SLEAP file ({error}).") from error


def _refuse_foreign_links(path: Path) -> None:
    """Raise ValueError where the file would have another one read in its place."""
    import h5py

    with h5py.File(path, "r") as file:
        refuse_foreign_links(file)


def _instance(path: Path, instance: Any, skeleton: Skeleton, rename: Mapping[str, str]) -> LabelledInstance:  # noqa: ANN401
    names = [rename.get(name, name) for name in instance.skeleton.node_names]
    missing = [name for name in skeleton.keypoints if name not in names]
    if missing:
        raise MazetrackError(
            f"{path} has no {', '.join(missing)}: its nodes are {', '.join(instance.skeleton.node_names)}. "
            f"Name what corresponds with --map, such as --map {instance.skeleton.node_names[0]}={missing[0]}."
        )
    points = np.asarray(instance.numpy(), np.float64)[[names.index(name) for name in skeleton.keypoints]]
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return LabelledInstance(points, np.where(np.isfinite(points[:, 0]), 2, 0).astype(np.uint8))


def _find_film(path: Path, said: str | list[str]) -> Path:
    if not isinstance(said, str):
        raise MazetrackError(f"{path} labels a list of pictures. Export it as COCO from SLEAP, and import that.")
    name = PureWindowsPath(said).name  # splits at both kinds of slash
    for candidate in (path.parent / said, path.parent / name):
        if candidate.is_file() and candidate.resolve() != path.resolve():
            return candidate
    raise MazetrackError(f"The film {name} that {path} labels is not there. Put it beside {path.name}.")
