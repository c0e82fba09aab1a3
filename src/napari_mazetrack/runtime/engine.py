"""TensorRT engines: built from a model file for one card, kept in the user's cache, built anew where anything differs.

An engine is no model: it runs on the card, driver and TensorRT that it was built with, and to load one is to trust it.
A sidecar says what it was built for and what its bytes are; one that does not say exactly what is wanted is not loaded.
Deleting the cache costs only time. TensorRT 10.12 to 11: always strongly typed, so the precision is the model file's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.runtime.engine_building import EngineBuilding
from napari_mazetrack.runtime.gpu import Gpu
from napari_mazetrack.runtime.tensorrt_library import load_tensorrt

if TYPE_CHECKING:
    from napari_mazetrack.detector.model_file import ModelFile

_FORMAT = 1
MAX_PLAN_BYTES = 2**31
POLL_S = 0.1


@dataclass(frozen=True)
class EngineKey:
    """All that an engine depends on; engines of different keys never stand for each other.

    Attributes
    ----------
    model_sha256 : str
        Of the model file.
    gpu, compute_capability, driver
        The card (`GpuIdentity`).
    tensorrt : str
        Its version.
    batch_size : int
        Most pictures at once; the engine is tuned for that many and takes fewer.
    """

    model_sha256: str
    gpu: str
    compute_capability: str
    driver: int
    tensorrt: str
    batch_size: int

    @classmethod
    def of(cls, model_file: ModelFile, gpu: Gpu, tensorrt: str, batch_size: int) -> EngineKey:
        """Return the key of a model on a card."""
        card = gpu.identity
        return cls(model_file.sha256, card.name, card.compute_capability, card.driver, tensorrt, batch_size)

    @property
    def path(self) -> Path:
        """Where the engine stands in the cache; its sidecar ends in ``.json``."""
        digest = hashlib.blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=16).hexdigest()
        return cache_folder() / f"{digest}.engine"

    @property
    def timing_path(self) -> Path:
        """Where TensorRT's timings of layers on this card stand, shared by all models."""
        text = f"{self.gpu} {self.compute_capability} {self.driver} {self.tensorrt}"
        return cache_folder() / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.timing"


def cache_folder() -> Path:
    """Return the folder of the engines."""
    return Path(platformdirs.user_cache_dir("napari-mazetrack", appauthor=False)) / "engines"


def prepare_engine(model_file: ModelFile, gpu: Gpu, batch_size: int) -> Job[bytes]:
    """Return the engine's bytes, from the cache where it fits exactly, else by building it, which takes minutes.

    Raises
    ------
    MazetrackError
        TensorRT cannot build it; the message gives its reason.
    """
    tensorrt = load_tensorrt()
    key = EngineKey.of(model_file, gpu, tensorrt.__version__, batch_size)
    plan = load_plan(key)
    if plan is None:
        plan = yield from _build(tensorrt, model_file, gpu, key)
        with suppress(MazetrackError):  # a cache that cannot be written costs time and nothing else
            save_plan(key, plan)
    return plan


def load_plan(key: EngineKey) -> bytes | None:
    """Return the cached engine; None where there is none, or sidecar or bytes are not what `key` asks for."""
    try:
        sidecar = json.loads(key.path.with_suffix(".json").read_text(encoding="utf-8"))
        if key.path.stat().st_size > MAX_PLAN_BYTES:
            return None
        plan = key.path.read_bytes()
    except (OSError, ValueError):
        return None
    return plan if sidecar == _sidecar(key, plan) else None


def save_plan(key: EngineKey, plan: bytes) -> None:
    """Put an engine and its sidecar into the cache."""
    with atomic_path(key.path, overwrite=True) as temporary:
        temporary.write_bytes(plan)
    with atomic_path(key.path.with_suffix(".json"), overwrite=True) as temporary:
        temporary.write_text(json.dumps(_sidecar(key, plan), indent=1), encoding="utf-8")


def forget_plan(key: EngineKey) -> None:
    """Take an engine that TensorRT refused out of the cache."""
    for path in (key.path.with_suffix(".json"), key.path):
        path.unlink(missing_ok=True)


def _sidecar(key: EngineKey, plan: bytes) -> dict[str, Any]:
    return {"format": _FORMAT, **asdict(key), "plan_sha256": hashlib.sha256(plan).hexdigest()}


def _build(tensorrt: Any, model_file: ModelFile, gpu: Gpu, key: EngineKey) -> Job[bytes]:  # noqa: ANN401
    building = EngineBuilding(tensorrt, model_file, gpu, key.batch_size, key.timing_path)
    stage = f"Building the TensorRT engine for {key.gpu} (once, a few minutes)"
    yield Progress(stage, 0, None)
    building.start()
    try:
        yield from _watch(building, stage)
    finally:
        building.is_cancelled = True
        building.join()
    if building.error is not None:
        raise building.error
    if building.plan is None:
        raise RuntimeError("the engine's builder ended without an engine and without an error")
    return building.plan


def _watch(building: EngineBuilding, stage: str) -> Iterator[Progress]:
    while building.is_alive():
        building.join(POLL_S)
        yield Progress(stage, building.done, building.total or None)
