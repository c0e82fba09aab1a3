"""What can be chosen for running a model, defined once for command lines and windows; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from napari_mazetrack.errors import MazetrackError


class Backend(StrEnum):
    """The family of engine that infers."""

    AUTO = "auto"
    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"
    TENSORRT = "tensorrt"


class Device(StrEnum):
    """Where the engine computes: the CPU, or a graphics card through one of the ways to it."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    COREML = "coreml"
    DIRECTML = "directml"


class Precision(StrEnum):
    """What the arithmetic is done in; other precisions are model files of their own (`mazetrack export`)."""

    FP32 = "fp32"
    BF16 = "bf16"


#: More requests than this in flight, or more pictures at once, only cost memory.
MAX_REQUESTS = 64
MAX_BATCH_SIZE = 128
#: Where each back end computes; the first is what ``auto`` means.
DEVICES = {
    Backend.OPENVINO: (Device.CPU,),
    Backend.ONNXRUNTIME: (Device.CPU, Device.CUDA, Device.COREML, Device.DIRECTML),
    Backend.TENSORRT: (Device.CUDA,),
}
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class RunnerOptions:
    """How a model is to be run.

    Attributes
    ----------
    backend : Backend or str
        Which engine; ``auto`` chooses one for this machine and says which and why.
    precision : Precision or str
        ``fp32``, or ``bf16`` where the CPU can.
    n_requests : int or None
        Batches in flight at once; None chooses by the number of cores.
    batch_size : int or None
        Frames that TensorRT computes at once; None takes 8. The others compute one frame at a time.
    device : Device or str
        Where; ``auto`` is the card for TensorRT and the CPU for the others.

    Raises
    ------
    MazetrackError
        A name that is not among the choices, a number out of range, or a back end that cannot compute there.
    """

    backend: Backend | str = Backend.AUTO
    precision: Precision | str = Precision.FP32
    n_requests: int | None = None
    batch_size: int | None = None
    device: Device | str = Device.AUTO

    def __post_init__(self) -> None:
        object.__setattr__(self, "backend", _one_of(Backend, self.backend, "back end"))
        object.__setattr__(self, "precision", _one_of(Precision, self.precision, "precision"))
        object.__setattr__(self, "device", _one_of(Device, self.device, "device"))
        if not (self.device == Device.AUTO or self.backend == Backend.AUTO):
            _refuse_device(Backend(self.backend), Device(self.device))
        if self.n_requests is not None and not 1 <= self.n_requests <= MAX_REQUESTS:
            raise MazetrackError(f"1 to {MAX_REQUESTS} requests can be in flight, not {self.n_requests}.")
        if self.batch_size is not None and not 1 <= self.batch_size <= MAX_BATCH_SIZE:
            raise MazetrackError(f"1 to {MAX_BATCH_SIZE} frames can be computed at once, not {self.batch_size}.")


def _one_of(choices: type[Choice], value: str, what: str) -> Choice:
    try:
        return choices(value)
    except ValueError:
        raise MazetrackError(f"There is no {what} {value!r}. Choose one of: {', '.join(choices)}.") from None


def _refuse_device(backend: Backend, device: Device) -> None:
    if device not in DEVICES[backend]:
        others = " or ".join(f"--backend {other}" for other, devices in DEVICES.items() if device in devices)
        raise MazetrackError(
            f"{backend} computes on {' or '.join(DEVICES[backend])}, not on {device}. Use {others} for {device}."
        )


@dataclass(frozen=True)
class RunnerInfo:
    """What really runs.

    Attributes
    ----------
    backend : Backend
        The engine, never ``auto``.
    version : str
        Version of the engine.
    device : str
        Where it computes, as the engine itself says.
    precision : str
        What it computes in, read back from the engine: ``fp32``, ``bf16``, or of a model of lower precision
        ``fp16``, ``int8``, ``fp16+bf16``, ``int8+bf16``.
    n_requests : int
        Batches that may be in flight at once.
    batch_size : int
        Largest batch that `Runner.submit` takes.
    note : str
        Why this engine, in a sentence.
    computes_on : Device
        Where it was found to compute, never ``auto``.
    """

    backend: Backend
    version: str
    device: str
    precision: str
    n_requests: int
    batch_size: int
    note: str
    computes_on: Device = Device.CPU


def precision_in_words(model_precision: str, computed_in: Precision) -> str:
    """Join what a model file was exported in and what the engine computes the rest in."""
    if model_precision == Precision.FP32:
        return computed_in.value
    return model_precision if computed_in == Precision.FP32 else f"{model_precision}+{computed_in.value}"
