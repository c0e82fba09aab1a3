"""Write a model file anew: for another input size, or in another precision that was compared with FP32."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.compare_models import Picture, compare_models, pick_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_mazetrack.detector.model_file import ModelFile
    from napari_mazetrack.runtime.parity import ParityReport

WRITTEN_PRECISIONS = ("fp32", "fp16", "int8")
#: Film frames whose activations give the ranges of INT8, and others on which models are compared.
N_CALIBRATION_FRAMES = 48
N_COMPARED_FRAMES = 100
SAMPLE_FILM = "pool_hidden.mp4"


@dataclass(frozen=True)
class ExportRequest:
    """What to write.

    Attributes
    ----------
    model : Path
        An FP32 model file.
    out : Path
        The file to write.
    precision : str
        ``fp32``, ``fp16`` or ``int8``.
    input_hw : (int, int) or None
        Height and width of the new input, pixels, multiples of 32; None keeps the model's own.
    force : bool
        Replace an existing file.
    calibrate : tuple of Path
        Films of one's own: INT8 takes its ranges from some of their frames, and another precision is compared with
        FP32 on others. FP16 is compared on the sample film where none is named.
    n_animals : int
        Animals in those films.
    engine : bool
        Build the TensorRT engine too, so that the first tracking need not, and hold it against FP32.
    portable : bool
        INT8 that is right on older CPUs too, which this computer's comparison cannot tell.
    """

    model: Path
    out: Path
    precision: str = "fp32"
    input_hw: tuple[int, int] | None = None
    force: bool = False
    calibrate: tuple[Path, ...] = ()
    n_animals: int = 1
    engine: bool = False
    portable: bool = False


@dataclass(frozen=True)
class ExportOutcome:
    """What was written.

    Attributes
    ----------
    path : Path
        The model file.
    parity : dict of str to ParityReport
        How it compares with the FP32 model, by back end; empty for FP32 without an engine.
    """

    path: Path
    parity: dict[str, ParityReport]


def export_model(request: ExportRequest) -> Job[ExportOutcome]:
    """Write a model with the same weights; the network is convolutional, so its input size is free.

    A model of another precision is written only if, on every back end that runs here, it finds what the FP32 model
    finds (`runtime.parity.ParityLimits`) in frames that it was not calibrated on.

    Raises
    ------
    MazetrackError
        The precision cannot be written or differs too much from FP32, the model has no weights, the size is no
        multiple of 32, a film cannot be used, or `out` exists.
    """
    _refuse_wrong(request)
    refuse_existing(request.out, overwrite=request.force)
    yield Progress("Reading the model", 0, None)
    with atomic_path(request.out, overwrite=request.force) as temporary:
        if request.precision == "fp32":
            yield Progress("Writing the model", 0, None)
            _write_fp32(request, temporary)
            parity = (yield from _compare_engine(temporary)) if request.engine else {}
            return ExportOutcome(request.out, parity)
        with tempfile.TemporaryDirectory() as folder:
            reference = _read_reference(request, Path(folder) / "fp32.onnx")
            parity = yield from _reduce(request, reference, temporary)
    return ExportOutcome(request.out, parity)


def _refuse_wrong(request: ExportRequest) -> None:
    if request.precision not in WRITTEN_PRECISIONS:
        raise MazetrackError(
            f"Models can be written as {', '.join(WRITTEN_PRECISIONS)}, not as {request.precision}. "
            "For speed on a CPU that can, track with --precision bf16."
        )
    if request.out.suffix.lower() != ".onnx":
        raise MazetrackError(f"A model file ends in .onnx, {request.out.name} does not. Name another --out.")
    if request.precision == "int8" and not request.calibrate:
        raise MazetrackError("INT8 takes its ranges from frames of your own films. Name one or more with --calibrate.")
    if request.precision == "fp32" and request.calibrate:
        raise MazetrackError("An FP32 model is not calibrated. Leave out --calibrate, or choose --precision int8.")
    if request.n_animals < 1:
        raise MazetrackError(f"There is at least one animal in a film, not {request.n_animals}. Change --animals.")


def _write_fp32(request: ExportRequest, path: Path) -> None:
    from napari_mazetrack.network.model_weights import read_network, write_model

    network, spec = read_network(request.model)
    height, width = request.input_hw or spec.input_hw
    write_model(network, replace(spec, input_height=height, input_width=width, code_version=__version__), path)


def _read_reference(request: ExportRequest, path: Path) -> ModelFile:
    """Return the FP32 model of the wanted input size; `path` is where a new one may be written."""
    from napari_mazetrack.detector.model_file import read_model_file

    model = read_model_file(request.model)
    if request.input_hw in (None, model.spec.input_hw):
        return model
    _write_fp32(request, path)
    return read_model_file(path)


def _reduce(request: ExportRequest, reference: ModelFile, path: Path) -> Job[dict[str, ParityReport]]:
    """Write the reduced model to `path` and hold it against the FP32 model."""
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.resources import sample_data_folder
    from napari_mazetrack.runtime.reduced_precision import make_fp16_model, make_int8_model

    films = request.calibrate or (sample_data_folder() / SAMPLE_FILM,)
    yield Progress("Reading frames", 0, None)
    n_calibration = N_CALIBRATION_FRAMES if request.precision == "int8" else 0
    frames = pick_frames(films, reference.spec.input_hw, n_calibration + N_COMPARED_FRAMES)
    for_ranges, compared = _split(frames, n_calibration)
    if n_calibration and not for_ranges:
        raise MazetrackError(
            f"INT8 takes its ranges from frames of films; {len(frames)} in all are too few. Name longer films with "
            "--calibrate."
        )
    yield Progress(f"Making the {request.precision} model", 0, None)
    if request.precision == "int8":
        path.write_bytes(make_int8_model(reference, _batches(for_ranges), portable=request.portable))
    else:
        path.write_bytes(make_fp16_model(reference))
    reduced = read_model_file(path)
    return (
        yield from compare_models(reference, reduced, compared, n_animals=request.n_animals, with_engine=request.engine)
    )


def _compare_engine(path: Path) -> Job[dict[str, ParityReport]]:
    """Build the engine of the FP32 model at `path` and hold it against the model."""
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.resources import sample_data_folder

    model = read_model_file(path)
    yield Progress("Reading frames", 0, None)
    frames = pick_frames((sample_data_folder() / SAMPLE_FILM,), model.spec.input_hw, N_COMPARED_FRAMES)
    return (yield from compare_models(model, model, frames, with_engine=True))


def _split(frames: list[Picture], n_first: int) -> tuple[list[Picture], list[Picture]]:
    """Share frames out, both parts spread over all of them: about `n_first` to N_COMPARED_FRAMES."""
    share = n_first / (n_first + N_COMPARED_FRAMES)
    is_first = [int((i + 1) * share) > int(i * share) for i in range(len(frames))]
    first = [frame for frame, belongs in zip(frames, is_first, strict=True) if belongs]
    return first, [frame for frame, belongs in zip(frames, is_first, strict=True) if not belongs]


def _batches(frames: list[Picture]) -> Iterator[NDArray[np.uint8]]:
    return (frame.batch for frame in frames)
