"""OpenVINO's compiled models, kept in the user's cache: to read one takes a quarter of what it takes to compile.

Like an engine it is no model: it is for one processor, OpenVINO and settings, and to load one is to trust it. So the
folder is the user's alone, and a file that is not exactly what was written is not loaded. Deleting the cache costs
only time.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import platformdirs

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path

MAX_BYTES = 2**29
#: Files in the cache; those not used for longest go.
MAX_KEPT = 16
_DIGEST_BYTES = 32
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of the compiled models."""
    return Path(platformdirs.user_cache_dir("napari-mazetrack", appauthor=False)) / "compiled"


def compile_or_load(core: Any, key: dict[str, Any], compile_it: Callable[[], Any], settings: dict[str, str]) -> Any:  # noqa: ANN401
    """Return a compiled model for the CPU, from the cache where it fits exactly, else by compiling it.

    Parameters
    ----------
    core : openvino.Core
        The engine.
    key : dict
        All that a compiled model depends on besides `settings`: plain text and numbers.
    compile_it : callable
        Compiles.
    settings : dict
        What it is compiled with.
    """
    text = json.dumps([key, settings], sort_keys=True)
    path = cache_folder() / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.compiled"
    content = _load(path)
    if content is not None:
        try:
            return core.import_model(content, "CPU", settings)
        except RuntimeError as error:
            _log.info("OpenVINO does not take the compiled model %s (%s); it is compiled anew", path, error)
    compiled = compile_it()
    _save(path, compiled)
    return compiled


def _load(path: Path) -> bytes | None:
    try:
        path.parent.chmod(0o700)  # fails where the folder is another's
        if path.stat().st_size > MAX_BYTES:
            return None
        content = path.read_bytes()
        path.touch()
    except OSError:
        return None
    if hashlib.sha256(content[_DIGEST_BYTES:]).digest() != content[:_DIGEST_BYTES]:
        _log.info("the compiled model %s is damaged; it is compiled anew", path)
        return None
    return content[_DIGEST_BYTES:]


def _save(path: Path, compiled: Any) -> None:  # noqa: ANN401 - OpenVINO has no types
    """Keep a compiled model; where that fails, the next start takes longer and nothing else."""
    stream = BytesIO()
    try:
        compiled.export_model(stream)
        content = stream.getvalue()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_bytes(hashlib.sha256(content).digest() + content)
        by_use = sorted(path.parent.glob("*.compiled"), key=lambda kept: kept.stat().st_mtime)
        for old in by_use[:-MAX_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError, MazetrackError) as error:
        _log.info("the compiled model is not kept (%s)", error)
