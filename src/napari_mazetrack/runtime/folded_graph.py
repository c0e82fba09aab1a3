"""A model's graph made ready for another precision: constants computed, BatchNorm folded into its convolution.

The FP32 file keeps BatchNorm and the names of its weights so that it can be trained further; what only infers needs
neither.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

ERRORS_ONLY = 3


def fold_graph(content: bytes) -> ModelProto:
    """Return the graph of a checked FP32 model for inference alone.

    Parameters
    ----------
    content : bytes
        The model file (`ModelFile.read_bytes`).

    Returns
    -------
    onnx.ModelProto
        The same function with operators of the default domain only; every node has a name of its own.
    """
    import onnx
    import onnxruntime as ort

    model = onnx.ModelProto.FromString(content)
    _compute_constants(model)
    with tempfile.TemporaryDirectory() as folder:
        settings = ort.SessionOptions()
        settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        settings.optimized_model_filepath = str(Path(folder) / "folded.onnx")
        settings.log_severity_level = ERRORS_ONLY
        ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
        folded = onnx.load(settings.optimized_model_filepath)
    keep_default_domain(folded)
    for i, node in enumerate(folded.graph.node):
        node.name = f"{node.op_type}_{i}"
    return folded


def keep_default_domain(model: ModelProto) -> None:
    """Drop the opset imports that ONNX Runtime notes for operators that are not there (in place)."""
    kept = [(entry.domain, entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    del model.opset_import[:]
    for domain, version in kept:
        model.opset_import.add(domain=domain, version=version)


def find_heads(model: ModelProto) -> list[str]:
    """Return the names of the last convolutions: those from which no other convolution is reached."""
    follows_convolution = _reach(model, forwards=False)
    return [node.name for node in model.graph.node if node.op_type == "Conv" and not follows_convolution.get(node.name)]


def find_trunk(model: ModelProto) -> list[str]:
    """Return the names of the nodes from the first convolutions up to the heads, which do not belong to it.

    What stays outside: normalising, the heads, and everything after them.
    """
    before, after = _reach(model, forwards=True), _reach(model, forwards=False)
    return [
        node.name
        for node in model.graph.node
        if after.get(node.name) and (before.get(node.name) or node.op_type == "Conv")
    ]


def _reach(model: ModelProto, *, forwards: bool) -> dict[str, bool]:
    """Tell of every node whether a convolution stands before it (`forwards`) or after it."""
    touched: dict[str, bool] = defaultdict(bool)  # of tensors
    reached = {}
    for node in model.graph.node if forwards else reversed(model.graph.node):
        near, far = (node.input, node.output) if forwards else (node.output, node.input)
        reached[node.name] = any(touched[name] for name in near if name)
        for name in far:
            touched[name] |= reached[node.name] or node.op_type == "Conv"
    return reached


def _compute_constants(model: ModelProto) -> None:
    """Replace what does not depend on the picture by its value (in place).

    ONNX Runtime's own folding leaves ``Expand`` and ``CastLike`` alone, and with them every BatchNorm.
    """
    from onnx import numpy_helper
    from onnx.reference import ReferenceEvaluator

    types = tensor_types(model)
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    constants: dict[str, NDArray[np.generic]] = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type == "CastLike" and node.input[0] in constants and node.input[1] in types:
            constants[node.output[0]] = constants[node.input[0]].astype(types[node.input[1]])
        elif all(name in constants for name in node.input if name):
            feeds = {name: constants[name] for name in node.input if name}
            values = ReferenceEvaluator(node, opsets=opsets).run(None, feeds)
            constants.update({name: np.asarray(value) for name, value in zip(node.output, values, strict=True)})
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in constants.items() if name in used)


def tensor_types(model: ModelProto) -> dict[str, np.dtype[np.generic]]:
    """Return the data type of every computed tensor that has one."""
    import onnx

    values = onnx.shape_inference.infer_shapes(model).graph.value_info
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    return {name: onnx.helper.tensor_dtype_to_np_dtype(code) for name, code in types.items() if code}
