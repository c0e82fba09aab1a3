"""FP16 and INT8 models from an FP32 one; the precision stands in the graph, as TensorRT 11 wants it.

Only the trunk, from the first convolution up to the heads, is reduced. The heads and all that follows them (top-K,
gathering, the second look, decoding) stay in FP32: FP16 coordinates step by half a pixel above 512.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack.detector.model_file import write_spec
from napari_mazetrack.detector.spec import INPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.folded_graph import find_heads, find_trunk, fold_graph, keep_default_domain
from napari_mazetrack.runtime.half_graph import compute_in_half

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto

    from napari_mazetrack.detector.model_file import ModelFile

#: Convolutions from the picture on that INT8 leaves in FP32, by backbone: all that is seen passes through these few
#: channels, and half of the difference to FP32 arose there.
KEPT_IN_FP32 = {"mobilenetv2_100": 6}


def make_fp16_model(model_file: ModelFile) -> bytes:
    """Return the model with its trunk in half precision.

    Raises
    ------
    MazetrackError
        It is not an FP32 model with convolutions.
    """
    model = _fold_fp32(model_file)
    compute_in_half(model, set(find_trunk(model)))
    return _finish(model, model_file, "fp16")


def make_int8_model(model_file: ModelFile, frames: Iterable[NDArray[np.uint8]], *, portable: bool = False) -> bytes:
    """Return the model with Q/DQ nodes at the convolutions of its trunk.

    Weights are quantised for each channel and symmetrically, activations for each tensor with a zero point, which
    keeps all eight bits after a ReLU; their ranges are the smallest and largest values on the frames (Jacob et al.
    2018, arXiv:1712.05877). Outputs of convolutions are left to the quantiser of whatever reads them, so that a ReLU
    is fused and nothing is rounded twice.

    Parameters
    ----------
    model_file : ModelFile
        An FP32 model.
    frames : iterable of uint8 [1, 1, input_height, input_width]
        Letterboxed luma of films like those the model is for; read once.
    portable : bool
        Weights of 7 bits: on a CPU without VNNI the sum of two products of 8 bits overflows.

    Raises
    ------
    MazetrackError
        It is not an FP32 model with convolutions.
    """
    import onnx

    model = _fold_fp32(model_file)
    heads = set(find_heads(model))
    convolutions = [n.name for n in model.graph.node if n.op_type == "Conv" and n.name not in heads]
    convolutions = convolutions[KEPT_IN_FP32.get(model_file.spec.backbone, 0) :]
    with tempfile.TemporaryDirectory() as folder, _quietly():
        folded, quantised = Path(folder) / "folded.onnx", Path(folder) / "int8.onnx"
        folded.write_bytes(model.SerializeToString())
        _quantise((folded, quantised), convolutions, frames, portable=portable)
        return _finish(onnx.load(quantised), model_file, "int8")


def _quantise(
    paths: tuple[Path, Path], convolutions: list[str], frames: Iterable[NDArray[np.uint8]], *, portable: bool
) -> None:
    """Write the quantised model of the first path to the second one."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Hands the frames over one at a time."""

        def __init__(self) -> None:
            self._frames = iter(frames)

        def get_next(self) -> dict[str, Any] | None:
            frame = next(self._frames, None)
            return None if frame is None else {INPUT_NAME: frame}

    quantize_static(
        *paths,
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=convolutions,
        per_channel=True,
        reduce_range=portable,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={
            "WeightSymmetric": True,
            "QuantizeBias": False,
            "OpTypesToExcludeOutputQuantization": ["Conv"],
        },
    )


def _fold_fp32(model_file: ModelFile) -> ModelProto:
    if model_file.spec.precision != "fp32":
        raise MazetrackError(
            f"{model_file.path} is an {model_file.spec.precision} model; other precisions are made from the FP32 "
            "model. Name that one."
        )
    model = fold_graph(model_file.read_bytes())
    if not find_trunk(model):
        raise MazetrackError(
            f"The model {model_file.path} has no two convolutions in a row whose precision could be reduced. "
            "Use it as it is."
        )
    return model


def _finish(model: ModelProto, model_file: ModelFile, precision: str) -> bytes:
    keep_default_domain(model)
    write_spec(model, replace(model_file.spec, precision=precision))
    content: bytes = model.SerializeToString()
    return content


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the quantiser's advice, which goes to the root logger, off the screen."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
