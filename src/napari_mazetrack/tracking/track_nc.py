"""Tracks as netCDF: a `movement` poses data set, with what the detector said beside it.

Written through h5netcdf (`netcdf`); read with h5py alone, dataset by dataset, so that a stranger's file can neither
make us open other files (links, external or virtual storage) nor allocate more than the caps (`safe_hdf5`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.safe_hdf5 import read_array, read_names, read_text
from napari_mazetrack.skeleton import Skeleton
from napari_mazetrack.tracking.detections import RawDetections
from napari_mazetrack.tracking.detections_nc import HEADER, detection_variables, read_detections
from napari_mazetrack.tracking.netcdf import Variable, netcdf_content
from napari_mazetrack.tracking.track import Source, Track

if TYPE_CHECKING:
    import h5py

Taken = TypeVar("Taken")

SOFTWARE = "napari-mazetrack"
MAX_FILE_BYTES = 2 << 30
#: HDF5 keeps an attribute in 64 KiB.
MAX_ATTRIBUTE_BYTES = 60_000
_POSES = ("time", "space", "keypoints", "individuals")
_POINTS = ("time", "keypoints", "individuals")
#: Attributes that the format itself needs; the rest are the track's own.
_OWN = ("ds_type", "time_unit", "fps", "source_software", "skeleton", "attributes_json", HEADER)


def save_track_nc(
    track: Track, path: Path, *, detections: RawDetections | None = None, overwrite: bool = False
) -> None:
    """Write a track as netCDF, with the detections that it was computed from where they are given.

    With them the file can be corrected: the track is computed anew from all that was detected.

    Raises
    ------
    MazetrackError
        The file exists and may not be overwritten, or it cannot be written.
    """
    variables, attributes = _variables(track), _attributes(track)
    if detections is not None:
        variables |= detection_variables(detections)
        attributes[HEADER] = detections.header.to_json()
    content = netcdf_content(variables, attributes)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(content)


def _variables(track: Track) -> dict[str, Variable]:
    def poses(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return values.transpose(0, 3, 2, 1)  # [T, 2, K, A]

    def points(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return values.transpose(0, 2, 1)  # [T, K, A]

    n_keypoints = track.skeleton.n_keypoints
    confidence = np.broadcast_to(track.score[:, None, :], (track.n_frames, n_keypoints, len(track.animals)))
    source_attributes = {
        "flag_values": np.array([int(s) for s in Source], np.uint8),
        "flag_meanings": " ".join(s.name.lower() for s in Source),
    }
    px, each = {"units": "px"}, ("time", "individuals")
    return {
        "time": Variable(("time",), track.time_s),
        "space": Variable(("space",), np.array(["x", "y"])),
        "keypoints": Variable(("keypoints",), np.array(track.skeleton.keypoints)),
        "individuals": Variable(("individuals",), np.array(track.animals)),
        "box_xyxy": Variable(("box_xyxy",), np.array(["x0", "y0", "x1", "y1"])),
        "position": Variable(_POSES, poses(track.keypoints_xy), {**px, "long_name": "smoothed x, y (y down)"}),
        "confidence": Variable(_POINTS, confidence, {"long_name": "score of the detected instance"}),
        "sigma": Variable(_POINTS, points(track.sigma_px), {**px, "long_name": "posterior SD per axis"}),
        "raw_position": Variable(_POSES, poses(track.raw_keypoints_xy), px),
        "raw_sigma": Variable(_POINTS, points(track.raw_sigma_px), px),
        "score": Variable(each, track.score),
        "box": Variable((*each, "box_xyxy"), track.box_xyxy, px),
        "source": Variable(each, track.source, source_attributes),
    }


def _attributes(track: Track) -> dict[str, Any]:
    steps = np.diff(track.time_s)
    fps = 1 / float(np.median(steps)) if len(steps) and np.median(steps) > 0 else 1.0
    own = {name: value for name, value in track.attributes.items() if name not in _OWN}
    plain = {
        name: value
        for name, value in own.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
    }
    rest = {name: value for name, value in own.items() if name not in plain}
    attributes = {
        "ds_type": "poses",
        "time_unit": "seconds",
        "fps": fps,
        "source_software": SOFTWARE,
        "skeleton": json.dumps(asdict(track.skeleton)),
        **plain,
        "attributes_json": json.dumps(rest, sort_keys=True),
    }
    for name, value in attributes.items():
        if len(str(value).encode()) > MAX_ATTRIBUTE_BYTES:
            raise MazetrackError(f"The track's {name} is too long to be saved. Shorten it, or save as CSV.")
    return attributes


def load_track_nc(path: Path) -> Track:
    """Read a track that `save_track_nc` wrote; raises `MazetrackError` where it is anything else."""
    return _read(path, _from_file)


def load_detections_nc(path: Path) -> RawDetections:
    """Read the detections that a track was computed from.

    Raises
    ------
    MazetrackError
        The file is not a track of ours, or it came without its detections.
    """
    detections = _read(path, lambda file: read_detections(file) if HEADER in file.attrs else None)
    if detections is None:
        raise MazetrackError(f"{path} lacks its detections, so it cannot be corrected. Track the film again.")
    return detections


def _read(path: Path, take: Callable[[h5py.File], Taken]) -> Taken:
    import h5py

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MazetrackError(
                f"{path} is larger than {MAX_FILE_BYTES >> 30} GiB: no track of ours is. Name another file."
            )
        with h5py.File(path, "r") as file:
            return take(file)
    except MazetrackError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, RecursionError) as error:
        # What h5py raises for damaged files, and what does not fit together in a foreign one.
        raise MazetrackError(
            f"{path} is not a track of ours, or it is damaged ({error}). Name a .nc file that `track` wrote."
        ) from error


def _from_file(file: h5py.File) -> Track:
    if read_text(file.attrs["ds_type"]) != "poses" or read_text(file.attrs["source_software"]) != SOFTWARE:
        raise ValueError(f"its ds_type and source_software are not those of {SOFTWARE}")
    skeleton = _skeleton(json.loads(read_text(file.attrs["skeleton"])))
    if read_names(file, "keypoints") != skeleton.keypoints or read_names(file, "space") != ("x", "y"):
        raise ValueError("its keypoints or axes are not those of its skeleton")
    animals = read_names(file, "individuals")
    time_s = read_array(file, "time", np.float64, None)
    if not np.isfinite(time_s).all() or (np.diff(time_s) < 0).any():
        raise ValueError("its times are missing or run backward")
    n_frames, n_animals, n_keypoints = len(time_s), len(animals), skeleton.n_keypoints
    poses, points = (n_frames, 2, n_keypoints, n_animals), (n_frames, n_keypoints, n_animals)
    source = read_array(file, "source", np.uint8, (n_frames, n_animals))
    if (source > max(Source)).any():
        raise ValueError("it has sources that are not known")
    return Track(
        time_s=time_s,
        animals=animals,
        score=read_array(file, "score", np.float32, (n_frames, n_animals)),
        box_xyxy=read_array(file, "box", np.float32, (n_frames, n_animals, 4)),
        keypoints_xy=read_array(file, "position", np.float64, poses).transpose(0, 3, 2, 1).copy(),
        sigma_px=read_array(file, "sigma", np.float64, points).transpose(0, 2, 1).copy(),
        source=source,
        raw_keypoints_xy=read_array(file, "raw_position", np.float32, poses).transpose(0, 3, 2, 1).copy(),
        raw_sigma_px=read_array(file, "raw_sigma", np.float32, points).transpose(0, 2, 1).copy(),
        skeleton=skeleton,
        attributes=_track_attributes(file),
    )


def _skeleton(data: dict[str, Any]) -> Skeleton:
    return Skeleton(
        keypoints=tuple(data["keypoints"]),
        edges=tuple((int(a), int(b)) for a, b in data["edges"]),
        front=int(data["front"]),
        centre=int(data["centre"]),
        back=int(data["back"]),
    )


def _track_attributes(file: h5py.File) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name, value in file.attrs.items():
        if name in _OWN or name.startswith("_"):
            continue
        if isinstance(value, bytes | str):
            attributes[name] = read_text(value)
        elif np.ndim(value) == 0 or np.size(value) == 1:
            attributes[name] = np.ravel(value)[0].item()
    return {**attributes, **json.loads(read_text(file.attrs["attributes_json"]))}
