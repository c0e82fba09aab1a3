"""Which back end runs a model, and why."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job
from napari_mazetrack.runtime.options import DEVICES, Backend, Device, RunnerOptions
from napari_mazetrack.runtime.runner import Runner

if TYPE_CHECKING:
    from napari_mazetrack.detector.model_file import ModelFile


def open_runner(model_file: ModelFile, options: RunnerOptions | None = None) -> Runner:
    """Return a runner for a model; its resources are taken when its ``with`` block is entered.

    Parameters
    ----------
    model_file : ModelFile
        The checked model.
    options : RunnerOptions, optional
        Which back end and precision; the default lets ``auto`` choose.

    Raises
    ------
    MazetrackError
        The back end that was asked for cannot run here; the message says what is missing and what to do.
    """
    from napari_mazetrack.runtime.onnxruntime_runner import OnnxRuntimeRunner
    from napari_mazetrack.runtime.openvino_runner import OpenVinoRunner
    from napari_mazetrack.runtime.tensorrt_runner import TensorRtRunner

    options = options or RunnerOptions()
    backend, note = _choose(_backend_for(options))
    if options.batch_size not in (None, 1) and backend != Backend.TENSORRT:
        raise MazetrackError(f"{backend} computes one frame at a time. Leave out --batch-size.")
    if backend == Backend.TENSORRT:
        return TensorRtRunner(model_file, options, note)
    runner_class = {Backend.OPENVINO: OpenVinoRunner, Backend.ONNXRUNTIME: OnnxRuntimeRunner}[backend]
    return runner_class(model_file, options, note)


def prepare_runner(model_file: ModelFile, options: RunnerOptions) -> Job[None]:
    """Do beforehand what takes minutes and can be cancelled: the TensorRT engine, where one is wanted.

    Raises
    ------
    MazetrackError
        As `open_runner`, and where the engine cannot be built.
    """
    if options.backend != Backend.TENSORRT:
        return
    _choose(Backend.TENSORRT)
    from napari_mazetrack.runtime.engine import prepare_engine
    from napari_mazetrack.runtime.gpu import Gpu
    from napari_mazetrack.runtime.tensorrt_runner import DEFAULT_BATCH_SIZE

    gpu = Gpu()
    gpu.open()
    try:
        yield from prepare_engine(model_file, gpu, options.batch_size or DEFAULT_BATCH_SIZE)
    finally:
        gpu.close()


def find_loading(backends: Iterable[str]) -> list[Backend]:
    """Return those of the back ends whose engine loads here, in the same order."""
    return [Backend(backend) for backend in backends if not _import_failure(backend)]


def _backend_for(options: RunnerOptions) -> Backend:
    """Return the back end that was asked for; where only a device was, the one that computes there."""
    backend, device = Backend(options.backend), Device(options.device)
    if backend != Backend.AUTO or device in (Device.AUTO, Device.CPU):
        return backend
    return next(one for one, devices in DEVICES.items() if device in devices)


def _choose(wanted: Backend) -> tuple[Backend, str]:
    if wanted == Backend.TENSORRT:
        missing = what_tensorrt_lacks()
        if missing:
            raise MazetrackError(f"{missing} Use --backend auto for the CPU.")
        return wanted, "It was asked for."
    if wanted != Backend.AUTO:
        failure = _import_failure(wanted)
        if failure:
            raise MazetrackError(
                f"{wanted} does not load here ({failure}). Install it with `pip install {wanted}`, or use "
                "--backend auto."
            )
        return wanted, "It was asked for."
    failure = _import_failure(Backend.OPENVINO)
    if not failure:
        return Backend.OPENVINO, "OpenVINO was chosen: it is the fastest of the back ends that run on a CPU."
    second = _import_failure(Backend.ONNXRUNTIME)
    if not second:
        return Backend.ONNXRUNTIME, f"ONNX Runtime was chosen, because OpenVINO does not load here ({failure})."
    raise MazetrackError(
        f"No back end loads here (openvino: {failure}; onnxruntime: {second}). Install one with `pip install openvino`."
    )


def _import_failure(module: str) -> str:
    """Return why an engine's module does not load, in its own words; empty where it does."""
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:  # OSError: a shared library that it needs is missing
        return str(error)
    return ""


def what_tensorrt_lacks() -> str:
    """Return what has to be installed for TensorRT; empty where nothing is missing."""
    missing = [module for module in ("tensorrt", "pycuda") if find_spec(module) is None]
    if not missing:
        return ""
    return (
        f"TensorRT cannot be used here: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not "
        "installed (both need an NVIDIA card with its driver and the CUDA toolkit: "
        "`pip install 'napari-mazetrack[tensorrt]'`)."
    )
