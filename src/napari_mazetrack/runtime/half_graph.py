"""Part of a graph in half precision, with casts where it begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.runtime.folded_graph import tensor_types

if TYPE_CHECKING:
    from collections.abc import Collection

    from onnx import ModelProto, NodeProto, TensorProto

#: Inputs that stay FP32 where an operator computes in FP16: regions and scales of a resize.
FLOAT_INPUTS = {"Resize": (1, 2)}


def compute_in_half(model: ModelProto, names: Collection[str]) -> None:
    """Let the nodes of these names compute in FP16 (in place).

    Their weights become FP16; a tensor that crosses the border is cast once on the way in and once on the way out.

    Parameters
    ----------
    model : onnx.ModelProto
        From `folded_graph.fold_graph`, all FP32.
    names : collection of str
        Node names.
    """
    border = _Border(model, names)
    for node in model.graph.node:
        border.pass_through(node)
    used = {name for node in border.nodes for name in node.input}
    weights = [tensor for tensor in (*model.graph.initializer, *border.half_weights) if tensor.name in used]
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(border.nodes)
    model.graph.initializer.extend(weights)


class _Border:
    """The nodes seen so far, with a cast before the first of them that needs one."""

    def __init__(self, model: ModelProto, names: Collection[str]) -> None:
        from onnx import TensorProto, numpy_helper

        self._names = names
        floats = {name for name, dtype in tensor_types(model).items() if dtype == np.float32}
        self._inside = {n for node in model.graph.node if node.name in names for n in node.output if n in floats}
        self._weights = {
            t.name: numpy_helper.to_array(t) for t in model.graph.initializer if t.data_type == TensorProto.FLOAT
        }
        self._floats = floats | set(self._weights)
        self._made: set[str] = set()
        self.nodes: list[NodeProto] = []
        self.half_weights: list[TensorProto] = []

    def pass_through(self, node: NodeProto) -> None:
        """Let a node read what stands in its own precision."""
        is_half = node.name in self._names
        for i, name in enumerate(node.input):
            stays = is_half and i in FLOAT_INPUTS.get(node.op_type, ())
            if name in self._floats and is_half != (name in self._inside) and not stays:
                node.input[i] = self._cast(name, "fp16" if is_half else "fp32")
        self.nodes.append(node)

    def _cast(self, name: str, precision: str) -> str:
        from onnx import TensorProto, helper, numpy_helper

        cast = f"{name}_{precision}"
        if cast not in self._made:
            self._made.add(cast)
            if name in self._weights:
                self.half_weights.append(numpy_helper.from_array(self._weights[name].astype(np.float16), cast))
            else:
                to = TensorProto.FLOAT16 if precision == "fp16" else TensorProto.FLOAT
                self.nodes.append(helper.make_node("Cast", [name], [cast], name=f"Cast_{cast}", to=to))
        return cast
