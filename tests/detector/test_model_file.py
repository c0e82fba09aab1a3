"""A model file is checked as if a stranger had sent it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from napari_mazetrack.detector import model_file
from napari_mazetrack.detector.model_file import read_model_file, write_spec
from napari_mazetrack.detector.spec import METADATA_KEY, ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import MOUSE


def saved(model: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_a_good_file_is_read(blob_model: Path) -> None:
    model = read_model_file(blob_model)
    assert model.spec.input_hw == (64, 96)
    assert model.spec.skeleton == MOUSE
    assert len(model.sha256) == 64
    assert model.read_bytes() == blob_model.read_bytes()


def test_a_batch_of_one_is_as_good_as_any_batch(blob_model_proto: Callable, tmp_path: Path) -> None:
    model = blob_model_proto()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    read_model_file(saved(model, tmp_path))


def test_write_spec_replaces_and_keeps_other_entries(blob_model_proto: Callable, tmp_path: Path) -> None:
    model = blob_model_proto()
    model.metadata_props.add(key="author", value="a lab")
    write_spec(model, ModelSpec(MOUSE, 64, 96, backbone="other", top_k=4))
    assert {entry.key for entry in model.metadata_props} == {"author", METADATA_KEY}
    assert read_model_file(saved(model, tmp_path)).spec.backbone == "other"


def test_a_file_that_changes_after_its_check_is_noticed(blob_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(blob_model.read_bytes())
    model = read_model_file(path)
    path.write_bytes(b"something else")
    with pytest.raises(MazetrackError, match="was changed"):
        model.read_bytes()


def drop_spec(model: onnx.ModelProto) -> None:
    del model.metadata_props[:]


def two_specs(model: onnx.ModelProto) -> None:
    model.metadata_props.add(key=METADATA_KEY, value="{}")


def with_spec_value(**values: object) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        entry = next(entry for entry in model.metadata_props if entry.key == METADATA_KEY)
        entry.value = json.dumps({**json.loads(entry.value), **values})

    return change


def with_spec_text(text: str) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        drop_spec(model)
        model.metadata_props.add(key=METADATA_KEY, value=text)

    return change


def foreign_operator(model: onnx.ModelProto) -> None:
    model.graph.node[2].domain = "com.stranger"


def own_function(model: onnx.ModelProto) -> None:
    node = helper.make_node("Abs", ["a"], ["b"])
    model.functions.append(helper.make_function("stranger", "F", ["a"], ["b"], [node], model.opset_import))


def external_initializer(model: onnx.ModelProto) -> None:
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "/etc/passwd")


def external_attribute(model: onnx.ModelProto) -> None:
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "c")
    onnx.external_data_helper.set_external_data(tensor, "../secret")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))


def branch(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [helper.make_tensor_value_info("sum", TensorProto.FLOAT, None)])
    model.graph.node.append(helper.make_node("If", ["flag"], ["z"], then_branch=body, else_branch=body))


def input_name(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "picture"
    model.graph.node[0].input[0] = "picture"


def second_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more_in", TensorProto.FLOAT, [1]))


def second_output(model: onnx.ModelProto) -> None:
    model.graph.output.append(helper.make_tensor_value_info("row", TensorProto.FLOAT, ["N", 14]))


def float_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def no_input_shape(model: onnx.ModelProto) -> None:
    del model.graph.input[0].type.tensor_type.shape.dim[:]


def output_columns(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = 17


def half_output(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16


def memory_bomb(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array([2**20, 2**20], np.int64), "many"))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["many"], ["bomb"]))


def lying_initializer(model: onnx.ModelProto) -> None:
    tensor = next(t for t in model.graph.initializer if t.name == "x")
    tensor.dims[:] = [1, 1, 2**20, 2**20]


def dangling_node(model: onnx.ModelProto) -> None:
    model.graph.node[1].input[0] = "nowhere"


STRANGERS = {
    "no description": (drop_spec, "carries no description"),
    "two descriptions": (two_specs, "carries no description"),
    "description is no JSON": (with_spec_text("{"), "cannot be read"),
    "description is a list": (with_spec_text("[1]"), "cannot be read"),
    "description is nested": (with_spec_text("[" * 200_000), "nested beyond reason"),
    "description is endless": (with_spec_text(" " * (2**20 + 1)), "far too long"),
    "newer schema": (with_spec_value(schema=99), "newer napari-mazetrack"),
    "unknown field": (with_spec_value(colour="blue"), "damaged"),
    "absurd input size": (with_spec_value(input_width=2**20), "multiple of 32 up to 4096"),
    "absurd candidates": (with_spec_value(top_k=10**9), "1 to 2000 candidates"),
    "threshold is text": (with_spec_value(score_threshold="high"), "score threshold"),
    "threshold is NaN": (with_spec_value(score_threshold=float("nan")), "score threshold"),
    "unknown precision": (with_spec_value(precision="fp4"), "precision must be one of"),
    "other input size": (with_spec_value(input_width=128), "its input must be"),
    "foreign operator": (foreign_operator, r"foreign operator com\.stranger"),
    "own function": (own_function, "functions of its own"),
    "external weights": (external_initializer, "in other files"),
    "external constant": (external_attribute, "in other files"),
    "branch": (branch, "branches or loops"),
    "input name": (input_name, "its input must be one tensor, luma"),
    "second input": (second_input, "its input must be one tensor, luma"),
    "float input": (float_input, "its input must be luma UINT8"),
    "input without shape": (no_input_shape, "its input must be luma UINT8"),
    "second output": (second_output, "its output must be one tensor, candidates"),
    "output columns": (output_columns, "its output must be candidates FLOAT"),
    "half output": (half_output, "its output must be candidates FLOAT"),
    "memory bomb": (memory_bomb, "beyond the cap"),
    "lying initializer": (lying_initializer, "is not a model that"),
    "dangling node": (dangling_node, "not valid"),
}


@pytest.mark.parametrize(("change", "message"), STRANGERS.values(), ids=STRANGERS.keys())
def test_strangers_are_refused(blob_model_proto: Callable, tmp_path: Path, change: Callable, message: str) -> None:
    model = blob_model_proto()
    change(model)
    with pytest.raises(MazetrackError, match=message):
        read_model_file(saved(model, tmp_path))


@pytest.mark.parametrize("content", [b"", b"not an onnx file at all", b"\x00" * 100, b"\x08\x09"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(MazetrackError, match="no ONNX file"):
        read_model_file(path)


def test_a_truncated_model_is_refused(blob_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(blob_model.read_bytes()[:-40])
    with pytest.raises(MazetrackError, match="not a model that"):
        read_model_file(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=r"does not exist. Check the name"):
        read_model_file(tmp_path / "none.onnx")
    with pytest.raises(MazetrackError, match="is not a file"):
        read_model_file(tmp_path)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.onnx"
    path.touch()
    os.truncate(path, model_file.MAX_FILE_BYTES + 1)  # sparse: takes no space
    monkeypatch.setattr(model_file, "_parse", lambda *_: pytest.fail("parsed"))
    with pytest.raises(MazetrackError, match="larger than 512 MiB"):
        read_model_file(path)
