"""The model file: an ONNX graph that carries its own description, checked as if a stranger had sent it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from napari_mazetrack.detector.spec import INPUT_NAME, METADATA_KEY, OUTPUT_NAME, ModelSpec
from napari_mazetrack.errors import MazetrackError

MAX_FILE_BYTES = 512 * 2**20
#: The description is a few kilobytes; a longer one is not ours.
MAX_SPEC_CHARACTERS = 2**20
#: No tensor inside the graph may be larger: a small file must not be able to fill the memory.
MAX_TENSOR_ELEMENTS = 2**28
#: The default ONNX domain has two names.
DEFAULT_DOMAINS = ("", "ai.onnx")
#: What the graph of a model may compute in.
MODEL_PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read and found to be ours.

    Attributes
    ----------
    path : Path
        The ONNX file.
    spec : ModelSpec
        What it says of itself, in agreement with its graph.
    sha256 : str
        Hexadecimal digest of the whole file: the model's identity in tracks and caches.
    """

    path: Path
    spec: ModelSpec
    sha256: str

    def read_bytes(self) -> bytes:
        """Return the file's content, the very bytes that were checked.

        Raises
        ------
        MazetrackError
            The file cannot be read any more, or was changed since it was checked.
        """
        content = _read_capped(self.path)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise MazetrackError(f"The model {self.path} was changed while it was in use. Start again.")
        return content


def read_model_file(path: Path | str) -> ModelFile:
    """Read and check a model file; nothing of it is executed or compiled.

    Refused are files above 512 MiB, other formats, operators outside the default ONNX domain, functions, branches
    and loops, data outside the file, tensors beyond a cap, and graphs that differ from what their description
    promises.

    Parameters
    ----------
    path : Path or str
        The ``.onnx`` file.

    Raises
    ------
    MazetrackError
        The file is missing, not ours, damaged, or of a newer version.
    """
    path = Path(path)
    content = _read_capped(path)
    model = _parse(path, content)
    spec = _read_spec(path, model)
    _refuse_foreign_parts(path, model)
    _refuse_wrong_faces(path, model, spec)
    _refuse_huge_tensors(path, model)
    return ModelFile(path, spec, hashlib.sha256(content).hexdigest())


def write_spec(model: Any, spec: ModelSpec) -> None:  # noqa: ANN401 - an onnx.ModelProto; onnx is imported lazily
    """Put `spec` into the metadata of an ``onnx.ModelProto`` (in place), replacing what stood there."""
    kept = [(entry.key, entry.value) for entry in model.metadata_props if entry.key != METADATA_KEY]
    del model.metadata_props[:]
    for key, value in [*kept, (METADATA_KEY, spec.to_json())]:
        model.metadata_props.add(key=key, value=value)


def _read_capped(path: Path) -> bytes:
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise MazetrackError(f"The model {path} {what}. Check the name of the .onnx file.")
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MazetrackError(f"The model {path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise MazetrackError(
            f"The model {path} is larger than {MAX_FILE_BYTES // 2**20} MiB, which no model of napari-mazetrack "
            "is. Choose another file."
        )
    return content


def _refusal(path: Path, reason: str) -> MazetrackError:
    return MazetrackError(
        f"{path} is not a model that napari-mazetrack can use: {reason}. "
        "Choose a model that `mazetrack train` or `mazetrack export` wrote."
    )


def _parse(path: Path, content: bytes) -> Any:  # noqa: ANN401 - an onnx.ModelProto
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise _refusal(path, "it is no ONNX file, or a damaged one") from error
    if not model.graph.node:
        raise _refusal(path, "it is no ONNX file, or an empty one")
    return model


def _read_spec(path: Path, model: Any) -> ModelSpec:  # noqa: ANN401
    texts = [entry.value for entry in model.metadata_props if entry.key == METADATA_KEY]
    if len(texts) != 1:
        raise _refusal(path, "it carries no description of ours")
    if len(texts[0]) > MAX_SPEC_CHARACTERS:
        raise _refusal(path, "its description is far too long")
    try:
        spec = ModelSpec.from_json(texts[0])
    except RecursionError as error:
        raise _refusal(path, "its description is nested beyond reason") from error
    if not isinstance(spec.score_threshold, float | int) or not 0 < spec.score_threshold < 1:
        raise _refusal(path, f"its score threshold must lie between 0 and 1, it says {spec.score_threshold!r}")
    if spec.precision not in MODEL_PRECISIONS:
        raise _refusal(path, f"its precision must be one of {', '.join(MODEL_PRECISIONS)}, it says {spec.precision!r}")
    return spec


def _refuse_foreign_parts(path: Path, model: Any) -> None:  # noqa: ANN401
    """Let only plain operators of the default domain pass, with all data inside the file."""
    import onnx

    if model.functions:
        raise _refusal(path, f"it defines functions of its own ({model.functions[0].name})")
    if model.graph.sparse_initializer:
        raise _refusal(path, "it holds sparse tensors")
    for node in model.graph.node:
        if node.domain not in DEFAULT_DOMAINS:
            raise _refusal(path, f"it needs the foreign operator {node.domain}.{node.op_type}")
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            raise _refusal(path, f"it branches or loops ({node.op_type}), which no detector of ours does")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model)):
        raise _refusal(path, "parts of it lie in other files")
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise _refusal(path, f"its graph is not valid ({str(error).splitlines()[0]})") from error


def _tensors(model: Any) -> Iterator[Any]:  # noqa: ANN401
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _refuse_wrong_faces(path: Path, model: Any, spec: ModelSpec) -> None:  # noqa: ANN401
    """Hold the graph's one input and one output against what the description promises."""
    from onnx import TensorProto

    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    expected = (
        ("input", inputs, INPUT_NAME, TensorProto.UINT8, (1, *spec.input_hw)),
        ("output", list(model.graph.output), OUTPUT_NAME, TensorProto.FLOAT, (spec.top_k, spec.n_columns)),
    )
    for kind, values, name, dtype, shape in expected:
        promised = f"{name} {TensorProto.DataType.Name(dtype)} [N, {', '.join(map(str, shape))}]"
        if len(values) != 1 or values[0].name != name:
            raise _refusal(path, f"its {kind} must be one tensor, {promised}")
        tensor = values[0].type.tensor_type
        batch, *rest = _dimensions(tensor) or [0]
        if tensor.elem_type != dtype or tuple(rest) != shape or batch not in (None, 1):
            raise _refusal(path, f"its {kind} must be {promised}")


def _dimensions(tensor_type: Any) -> list[int | None]:  # noqa: ANN401
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor_type.shape.dim]


def _refuse_huge_tensors(path: Path, model: Any) -> None:  # noqa: ANN401
    """Hold stored and computed tensors against the cap, as far as shapes can be told without running."""
    import onnx

    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        raise _refusal(path, f"its shapes do not fit ({str(error).splitlines()[0]})") from error
    shapes = [(tensor.name, list(tensor.dims)) for tensor in _tensors(model)]
    shapes += [
        (value.name, [size or 1 for size in _dimensions(value.type.tensor_type)]) for value in inferred.graph.value_info
    ]
    for name, shape in shapes:
        if min(shape, default=1) < 0 or prod(shape) > MAX_TENSOR_ELEMENTS:
            raise _refusal(path, f"its tensor {name} of shape {shape} is beyond the cap")
