"""Part of a graph in half precision, with casts where it begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.runtime.folded_graph import tensor_types

if TYPE_CHECKING:
    from collections.abc import Collection

    from onnx import ModelProto, NodeProto

#: Inputs of an operator that stay FP32 in FP16 (its scales); all others follow its data.
FLOAT_INPUTS = {"Resize": (1, 2)}


def compute_in_half(model: ModelProto, names: Collection[str]) -> None:
    """Let the nodes of these names compute in FP16 (in place).

    Weights of theirs become FP16; a tensor that crosses the border is cast once on the way in and once on the way out.
    """
    from onnx import TensorProto, helper, numpy_helper

    is_float = {name for name, dtype in tensor_types(model).items() if dtype == np.float32}
    weights = {t.name: t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT}
    inside = {name for node in model.graph.node if node.name in names for name in node.output if name in is_float}
    nodes: list[NodeProto] = []
    made: set[str] = set()
    for node in model.graph.node:
        is_half = node.name in names
        for i, name in enumerate(node.input):
            stays = is_half and i in FLOAT_INPUTS.get(node.op_type, ())
            crosses = (name in is_float or name in weights) and is_half != (name in inside)
            if stays or not crosses:
                continue
            cast = f"{name}_{'fp16' if is_half else 'fp32'}"
            node.input[i] = cast
            if cast in made:
                continue
            made.add(cast)
            if name in weights:
                half = numpy_helper.to_array(weights[name]).astype(np.float16)
                model.graph.initializer.append(numpy_helper.from_array(half, cast))
            else:
                to = TensorProto.FLOAT16 if is_half else TensorProto.FLOAT
                nodes.append(helper.make_node("Cast", [name], [cast], name=f"Cast_{cast}", to=to))
        nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [t for t in model.graph.initializer if t.name in used]
    nodes = [type(node).FromString(node.SerializeToString()) for node in nodes]
    kept = [type(t).FromString(t.SerializeToString()) for t in kept]
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(kept)
