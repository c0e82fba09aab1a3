"""SLEAP's predictions: its analysis files (HDF5), read with h5py, and its own files (``.slp``), through sleap-io."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.sleap import import_sleap_io
from napari_mazetrack.safe_hdf5 import (
    MAX_ARRAY_BYTES,
    read_any_array,
    read_names,
    read_text,
    refuse_foreign_links,
)
from napari_mazetrack.workflows.predicted_points import PredictedPoints

if TYPE_CHECKING:
    import h5py

ENDINGS = (".analysis", ".predictions")


def is_analysis(file: h5py.File) -> bool:
    """Tell whether an HDF5 file looks like an analysis file of SLEAP."""
    return {"tracks", "node_names", "track_names"} <= set(file)


def read_analysis(path: Path, file: h5py.File) -> PredictedPoints:
    """Return the points of an analysis file, in either order of its axes; ValueError where it is damaged."""
    points = read_names(file, "node_names")
    animals = read_names(file, "track_names") if file["track_names"].shape != (0,) else ("",)
    xy = read_any_array(file, "tracks", "f", 4).astype(np.float64)
    if xy.shape[:3] == (len(animals), 2, len(points)):
        xy = xy.transpose(3, 0, 2, 1)
    elif xy.shape[1:] != (len(animals), len(points), 2):
        raise ValueError(f"its tracks have the shape {xy.shape}, which does not fit its names")
    film = read_text(file["video_path"][()]) if "video_path" in file else ""
    return PredictedPoints(_stem(path, film), np.arange(len(xy), dtype=float), _named(animals), points, xy)


def read_slp(path: Path) -> list[PredictedPoints]:
    """Return the points of each film of a ``.slp`` file; what a person labelled counts before what was predicted.

    Raises
    ------
    MazetrackError
        sleap-io is not installed, the file cannot be read, or several animals have no tracks.
    """
    import h5py

    sleap = import_sleap_io()
    try:
        with h5py.File(path, "r") as file:
            refuse_foreign_links(file)
        labels = sleap.load_slp(str(path), open_videos=False)
        return [_points_of_film(path, labels, video) for video in labels.videos if labels.find(video)]
    except MazetrackError:
        raise
    except Exception as error:  # it raises whatever its parsers raise
        raise MazetrackError(f"{path} cannot be read as a SLEAP file ({error}). Save it again in SLEAP.") from error


def _points_of_film(path: Path, labels: Any, video: Any) -> PredictedPoints:  # noqa: ANN401 - of an optional package
    found = {int(f.frame_idx): (*f.unused_predictions, *f.user_instances) for f in labels.find(video)}
    if not labels.tracks and max(map(len, found.values())) > 1:
        raise MazetrackError(f"{path} has several animals in a frame but no tracks. Track them in SLEAP, and save it.")
    points = tuple(labels.skeleton.node_names)
    animals = tuple(track.name for track in labels.tracks) or ("",)
    n_frames = 1 + max(found)
    if n_frames * len(animals) * len(points) * 16 > MAX_ARRAY_BYTES:
        raise ValueError(f"it says that its film has {n_frames} frames")
    xy = np.full((n_frames, len(animals), len(points), 2), np.nan)
    for frame_index, instances in found.items():
        for instance in instances:
            if labels.tracks and instance.track is None:
                continue  # nobody says whose it is
            animal = labels.tracks.index(instance.track) if labels.tracks else 0
            xy[frame_index, animal] = instance.numpy()
    film = video.filename if isinstance(video.filename, str) else ""
    return PredictedPoints(_stem(path, film), np.arange(n_frames, dtype=float), _named(animals), points, xy)


def _stem(path: Path, film: str) -> str:
    """Return the film's name without its ending: as the file says it, or the file's own."""
    if film:
        return PureWindowsPath(film).stem  # splits at both kinds of slash
    stem = path.stem
    for ending in ENDINGS:
        stem = stem.removesuffix(ending)
    return stem


def _named(animals: tuple[str, ...]) -> tuple[str, ...]:
    """Return the animals' names; that of a single track says nothing about the animal."""
    return animals if len(animals) > 1 else ("",)
