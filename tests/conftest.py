"""Fixtures that every room's tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put windows last: software OpenGL and torch's triton carry LLVM each, and triton crashes if it comes second."""
    items.sort(key=lambda item: item.get_closest_marker("gui") is not None)


@pytest.fixture(scope="session", autouse=True)
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what OpenVINO compiles out of the user's cache."""
    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_mazetrack.runtime.compiled_cache.cache_folder", lambda: folder)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real films and trials; tests that need it are skipped where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real films and trials (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def blob_model_proto() -> Callable[..., object]:
    """Build, without any training, a model of our contract that finds one spot of luma 60 on anything else.

    ``blob_model_proto(input_hw=(64, 96))`` returns an ``onnx.ModelProto``: body = the spot's centroid, head and
    tail 6 px to the right and left of it, sigma 1, one real candidate of four. The larger `least`, the lower its score.
    """
    return _blob_model_proto


@pytest.fixture(scope="session")
def blob_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a blob model for films of 96 x 64 pixels (see `blob_model_proto`)."""
    path = tmp_path_factory.mktemp("blob_model") / "blob.onnx"
    path.write_bytes(_blob_model_proto((64, 96)).SerializeToString())
    return path


@pytest.fixture(scope="session")
def write_blob_film() -> Callable[..., Path]:
    """Write a film of a dark spot that circles: ``write_blob_film(path, n_frames=30, hw=(64, 96))``."""
    return _write_blob_film


@pytest.fixture(scope="session")
def blob_xy() -> Callable[..., tuple[float, float]]:
    """Tell where the spot is: ``blob_xy(frame, hw=(64, 96))`` returns its centre x, y."""
    return _blob_xy


def _blob_xy(frame: int, hw: tuple[int, int] = (64, 96)) -> tuple[float, float]:
    angle = 0.11 * frame
    return hw[1] / 2 + hw[1] / 4 * np.cos(angle), hw[0] / 2 + hw[0] / 4 * np.sin(angle)


def _write_blob_film(path: Path, n_frames: int = 30, hw: tuple[int, int] = (64, 96)) -> Path:
    import av

    y, x = np.mgrid[: hw[0], : hw[1]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10", "threads": "1"})
        stream.height, stream.width, stream.pix_fmt, stream.gop_size = *hw, "yuv420p", 50
        for i in range(n_frames):
            cx, cy = _blob_xy(i, hw)
            luma = np.where(np.hypot(x - cx, y - cy) <= 5, 60, 200).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(luma[..., None], 3, 2), "rgb24")))
        container.mux(stream.encode(None))
    return path


def _blob_model_proto(input_hw: tuple[int, int] = (64, 96), *, least: float = 500.0, **spec_values: object) -> object:
    from onnx import TensorProto, helper, numpy_helper

    from napari_mazetrack.detector.model_file import write_spec
    from napari_mazetrack.detector.spec import INPUT_NAME, OUTPUT_NAME, ModelSpec
    from napari_mazetrack.skeleton import MOUSE

    height, width = input_hw
    spec = ModelSpec(MOUSE, height, width, backbone="blob", top_k=4, **spec_values)
    columns = np.zeros((3, 14), np.float32)  # score, x, y -> a candidate's columns
    columns[0, 0] = 1
    columns[1, [1, 3, 5, 8, 11]] = 1
    columns[2, [2, 4, 6, 9, 12]] = 1
    shift = np.array([0, -10, -5, 10, 5, 6, 0, 1, 0, 0, 1, -6, 0, 1], np.float32)
    constants = {
        "spot": np.float32(60),
        "reach": np.float32(50),
        "least": np.float32(least),
        "x": np.arange(width, dtype=np.float32).reshape(1, 1, 1, width),
        "y": np.arange(height, dtype=np.float32).reshape(1, 1, height, 1),
        "axes": np.array([2, 3], np.int64),
        "columns": columns,
        "shift": shift,
        "pads": np.array([0, 0, 0, 0, 3, 0], np.int64),
    }
    nodes = [
        helper.make_node("Cast", [INPUT_NAME], ["luma_f"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["luma_f", "spot"], ["from_spot"]),
        helper.make_node("Abs", ["from_spot"], ["distance"]),
        helper.make_node("Sub", ["reach", "distance"], ["signed"]),
        helper.make_node("Relu", ["signed"], ["weight"]),
        helper.make_node("Mul", ["weight", "x"], ["weight_x"]),
        helper.make_node("Mul", ["weight", "y"], ["weight_y"]),
        helper.make_node("ReduceSum", ["weight", "axes"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["weight_x", "axes"], ["sum_x"], keepdims=0),
        helper.make_node("ReduceSum", ["weight_y", "axes"], ["sum_y"], keepdims=0),
        helper.make_node("Add", ["sum", "least"], ["more"]),
        helper.make_node("Div", ["sum", "more"], ["score"]),
        helper.make_node("Max", ["sum", "spot"], ["divisor"]),
        helper.make_node("Div", ["sum_x", "divisor"], ["cx"]),
        helper.make_node("Div", ["sum_y", "divisor"], ["cy"]),
        helper.make_node("Concat", ["score", "cx", "cy"], ["found"], axis=1),
        helper.make_node("MatMul", ["found", "columns"], ["placed"]),
        helper.make_node("Add", ["placed", "shift"], ["row"]),
        helper.make_node("Unsqueeze", ["row", "one"], ["first"]),
        helper.make_node("Pad", ["first", "pads"], [OUTPUT_NAME]),
    ]
    constants["one"] = np.array([1], np.int64)
    graph = helper.make_graph(
        nodes,
        "blob",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", 1, height, width])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["N", 4, 14])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    write_spec(model, spec)
    return model
