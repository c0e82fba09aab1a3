"""Write a model file anew, for another input size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.progress import Job, Progress

#: What can be written; the others are understood and refused in words.
WRITTEN_PRECISIONS = ("fp32",)


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
        Only ``fp32`` so far.
    input_hw : (int, int) or None
        Height and width of the new input, pixels, multiples of 32; None keeps the model's own.
    force : bool
        Replace an existing file.
    """

    model: Path
    out: Path
    precision: str = "fp32"
    input_hw: tuple[int, int] | None = None
    force: bool = False


def export_model(request: ExportRequest) -> Job[Path]:
    """Write a model with the same weights; the network is convolutional, so its input size is free.

    Raises
    ------
    MazetrackError
        The precision cannot be written, the model has no weights, the size is no multiple of 32, or `out` exists.
    """
    if request.precision not in WRITTEN_PRECISIONS:
        raise MazetrackError(
            f"Models can be written as {', '.join(WRITTEN_PRECISIONS)} so far, not as {request.precision}. "
            "For speed on a CPU that can, track with --precision bf16."
        )
    if request.out.suffix.lower() != ".onnx":
        raise MazetrackError(f"A model file ends in .onnx, {request.out.name} does not. Name another --out.")
    refuse_existing(request.out, overwrite=request.force)
    yield Progress("Reading the model", 0, None)
    from napari_mazetrack.network.model_weights import read_network, write_model

    network, spec = read_network(request.model)
    height, width = request.input_hw or spec.input_hw
    spec = replace(spec, input_height=height, input_width=width, code_version=__version__)
    yield Progress("Writing the model", 0, None)
    with atomic_path(request.out, overwrite=request.force) as temporary:
        write_model(network, spec, temporary)
    return request.out
