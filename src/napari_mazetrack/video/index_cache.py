"""Film indices kept between sessions in the user's cache folder; deleting them costs only time.

One ``.npz`` without pickled objects for each film, named after its path, told to be this film's by size and
modification time, and trusted only with the right checksum. Nothing is ever written beside a film.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import av
import numpy as np
import platformdirs
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.video.index import FrameIndex, build_index

_FORMAT = 3
_ARRAYS = ("stamps", "anchors", "anchor_stamps", "anchor_keys", "lost")
_FACTS = ("film_id", "counted", "keyed_by_dts", "tick_s", "has_times", "warnings")


def cache_folder() -> Path:
    """Return the folder of the cached indices."""
    return Path(platformdirs.user_cache_dir("napari-mazetrack", appauthor=False)) / "film-index"


def load_index(path: Path) -> FrameIndex:
    """Return the index of the film `path`, from the cache where it stands there, else by reading the film.

    Raises
    ------
    MazetrackError
        As `build_index`.
    """
    cached = _cached_file(path)
    index = _load(cached, _identity(path))
    if index is None:
        index = build_index(path)
        try:
            _save(index, cached, _identity(path))
        except MazetrackError:  # a cache that cannot be written costs time and nothing else
            return index
    return index


def _cached_file(path: Path) -> Path:
    name = hashlib.blake2b(str(path.resolve()).encode(errors="surrogateescape"), digest_size=16).hexdigest()
    return cache_folder() / f"{name}.npz"


def _identity(path: Path) -> str:
    status = path.stat()
    return f"{_FORMAT} {av.__version__} {status.st_size} {status.st_mtime_ns}"


def _save(index: FrameIndex, cached: Path, identity: str) -> None:
    facts = json.dumps({"identity": identity, **{name: getattr(index, name) for name in _FACTS}})
    arrays: dict[str, NDArray[np.int64]] = {name: getattr(index, name) for name in _ARRAYS}
    with atomic_path(cached, overwrite=True) as temporary, temporary.open("wb") as handle:
        np.savez(
            handle, allow_pickle=False, facts=np.array(facts), checksum=np.array(_checksum(facts, arrays)), **arrays
        )


def _load(cached: Path, identity: str) -> FrameIndex | None:
    """Return the cached index; None where there is none, it is another film's, or it is damaged."""
    try:
        with cached.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
            text, checksum = str(stored["facts"]), str(stored["checksum"])
            arrays = {name: stored[name] for name in _ARRAYS}
        facts = json.loads(text)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if checksum != _checksum(text, arrays) or facts.pop("identity") != identity:
        return None
    return FrameIndex(**{**facts, "warnings": tuple(facts["warnings"])}, **arrays)


def _checksum(facts: str, arrays: dict[str, NDArray[np.int64]]) -> str:
    digest = hashlib.blake2b(facts.encode(), digest_size=16)
    for name in _ARRAYS:
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
