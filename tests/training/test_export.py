"""A model file written anew keeps its weights, or sees the same in another precision; the rest is refused in words."""

import sys

import numpy as np
import onnx
import pytest
import torch
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.network.model_weights import read_network, write_model
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import RunnerOptions, open_runner, parity
from napari_mazetrack.runtime.reduced_precision import KEPT_IN_FP32, make_fp16_model, make_int8_model
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.workflows import compare_models, export
from napari_mazetrack.workflows.export import ExportRequest, export_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    spec = ModelSpec(MOUSE, 64, 96, fpn_channels=8, top_k=50, trained_on={"tables": []})
    torch.manual_seed(0)
    network = DetectorNetwork(spec)
    for name, weight in network.named_parameters():
        if "head" in name and weight.ndim == 4:  # untrained heads say the same everywhere
            torch.nn.init.normal_(weight, std=0.03)
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():  # gives every layer activations of unit size
        network.train()(torch.randn(4, 1, 64, 96))
    write_model(network.eval(), spec, path)
    return path


def test_another_input_size_has_the_same_weights(model, tmp_path):
    out = tmp_path / "large.onnx"
    result = CliRunner().invoke(app, ["export", str(model), "--input-size", "128x96", "--out", str(out)])
    assert result.exit_code == 0, result.output
    network, spec = read_network(out)
    assert spec.input_hw == (96, 128)
    assert spec.trained_on == {"tables": []}
    weights = read_network(model)[0].state_dict()
    name = "backbone.stage1.0.0.weight"
    torch.testing.assert_close(network.state_dict()[name], weights[name], rtol=0, atol=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": "bf16"}, "written as fp32, fp16, int8, not as bf16"),
        ({"precision": "int8"}, "Name one or more with --calibrate"),
        ({"calibrate": ("pool.mp4",)}, "Leave out --calibrate"),
        ({"precision": "fp16", "n_animals": 0}, "at least one animal"),
        ({"input_hw": (100, 128)}, "must be a multiple of 32"),
        ({"input_hw": (32, 32)}, "Make the input larger"),
        ({"name": "model.txt"}, r"ends in \.onnx"),
        ({"name": "there.onnx"}, "exists already"),
        ({"model": "nowhere.onnx"}, "does not exist"),
    ],
)
def test_refused_in_words(model, tmp_path, change, message):
    (tmp_path / "there.onnx").write_bytes(b"")
    out = tmp_path / change.pop("name", "out.onnx")
    source = tmp_path / change.pop("model") if "model" in change else model
    with pytest.raises(MazetrackError, match=message):
        run_to_end(export_model(ExportRequest(source, out, **change)))
    assert not (tmp_path / "out.onnx").exists()


def test_a_size_that_is_none_is_wrong_usage():
    result = CliRunner().invoke(app, ["export", "a.onnx", "--out", "b.onnx", "--input-size", "large"])
    assert result.exit_code == 2
    assert "no size such as 640x480" in result.output


def noise(n):
    random = np.random.default_rng(7)
    return [random.integers(0, 256, (1, 1, 64, 96), np.uint8) for _ in range(n)]


@pytest.fixture(params=["fp16", "int8"])
def reduced(request, model, tmp_path):
    """The model in another precision."""
    path, reference = tmp_path / "reduced.onnx", read_model_file(model)
    content = make_fp16_model(reference) if request.param == "fp16" else make_int8_model(reference, noise(4))
    path.write_bytes(content)
    return read_model_file(path)


def detect(model_file, backend, batch):
    with open_runner(model_file, RunnerOptions(backend)) as runner:
        runner.submit(batch)
        return runner.collect()[0]


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_another_precision_computes_nearly_the_same(model, reduced, backend):
    batch = noise(1)[0]
    expected, found = (detect(m, backend, batch) for m in (read_model_file(model), reduced))
    assert np.isfinite(found).all()
    tolerance = {"fp16": 0.1, "int8": 0.5}[reduced.spec.precision]  # through 50 untrained layers
    np.testing.assert_allclose(found[:, 0], expected[:, 0], rtol=tolerance)  # scores, best first
    assert expected[0, 0] > 1.02 * expected[-1, 0]
    assert not np.array_equal(found, expected)


def test_portable_weights_have_seven_bits(model):
    reference = read_model_file(model)
    for portable, largest in ((False, 127), (True, 64)):
        graph = onnx.load_model_from_string(make_int8_model(reference, noise(2), portable=portable)).graph
        weights = [onnx.numpy_helper.to_array(t) for t in graph.initializer if t.data_type == onnx.TensorProto.INT8]
        reached = max(int(np.abs(w.astype(int)).max()) for w in weights if w.ndim == 4)
        assert 0.95 * largest <= reached <= largest


def test_heads_and_all_after_them_stay_in_fp32(reduced):
    graph = onnx.load(reduced.path).graph
    types = {t.name: t.data_type for t in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    weights = [n.input[1] for n in graph.node if n.op_type == "Conv"]
    plain = [name for name in weights if types.get(name) == onnx.TensorProto.FLOAT]
    assert len(plain) == 10  # class, box and keypoints of three levels, and the second look
    assert len(weights) == 58
    if reduced.spec.precision == "int8":
        assert {makers[name].op_type for name in weights if name not in plain} == {"DequantizeLinear"}
        assert "BatchNormalization" not in {n.op_type for n in graph.node}
    else:
        casts = [n for n in graph.node if n.op_type == "Cast" and n.attribute[0].i == onnx.TensorProto.FLOAT]
        heads = {n.input[0] for n in graph.node if n.op_type == "Conv" and n.input[1] in plain}
        assert heads <= {n.output[0] for n in casts}


def test_another_precision_of_a_reduced_model_is_refused(reduced):
    with pytest.raises(MazetrackError, match="made from the FP32 model"):
        make_fp16_model(reduced)


def test_a_model_without_convolutions_is_refused(blob_model):
    with pytest.raises(MazetrackError, match="no two convolutions"):
        make_fp16_model(read_model_file(blob_model))


def test_a_film_with_too_few_animals_cannot_prove_a_model(model, write_blob_film, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "LEAST_ANIMALS", 31)
    film = write_blob_film(tmp_path / "blob.mp4")
    out = tmp_path / "out.onnx"
    with pytest.raises(MazetrackError, match=r"finds only \d+ animals in 30 frames"):
        run_to_end(export_model(ExportRequest(model, out, "fp16", calibrate=(film,))))
    assert [path.name for path in tmp_path.iterdir()] == ["blob.mp4"]


def test_int8_needs_more_than_a_few_frames(model, write_blob_film, tmp_path):
    film = write_blob_film(tmp_path / "spot.mp4", n_frames=3)
    with pytest.raises(MazetrackError, match="3 in all are too few"):
        run_to_end(export_model(ExportRequest(model, tmp_path / "int8.onnx", "int8", calibrate=(film,))))
    assert not (tmp_path / "int8.onnx").exists()


def test_int8_is_not_compared_on_the_frames_of_its_ranges(write_blob_film, tmp_path):
    film = write_blob_film(tmp_path / "blob.mp4")
    frames = compare_models.pick_frames([film, film], (64, 96), 60)
    first, second = export._split(frames, 48)
    assert len(frames) == 60
    assert (len(first), len(second)) == (19, 41)
    assert not {id(f) for f in first} & {id(f) for f in second}


def test_nothing_to_compare_on(model, monkeypatch):
    open_runner_module = sys.modules[open_runner.__module__]
    monkeypatch.setattr(open_runner_module, "_import_failure", lambda backend: "missing")
    reference = read_model_file(model)
    with pytest.raises(MazetrackError, match="No back end loads here to compare on"):
        run_to_end(compare_models.compare_models(reference, reference, []))


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_the_shipped_model_keeps_its_animals(precision, shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "N_COMPARED_FRAMES", 40)
    monkeypatch.setattr(export, "N_CALIBRATION_FRAMES", 20)
    try:
        source = shipped_model_path()
    except MazetrackError as error:
        pytest.skip(f"the default model is not here ({error})")
    film = shared_data / "openfield_video" / "m3v1_part.mp4"
    out = tmp_path / "out.onnx"
    arguments = ["export", str(source), "--precision", precision, "--calibrate", str(film), "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "onnxruntime: 40 of 40 animals matched in 40 frames (0 lost, 0 extra)" in result.output
    assert read_model_file(out).spec.precision == precision


def test_the_first_layers_of_some_backbones_stay_in_fp32(model, monkeypatch):
    assert "mobilenetv2_100" in KEPT_IN_FP32
    monkeypatch.setitem(KEPT_IN_FP32, read_model_file(model).spec.backbone, 6)
    graph = onnx.load_model_from_string(make_int8_model(read_model_file(model), noise(2))).graph
    types = {t.name: t.data_type for t in graph.initializer}
    is_plain = [types.get(n.input[1]) == onnx.TensorProto.FLOAT for n in graph.node if n.op_type == "Conv"]
    assert is_plain[:7] == [True] * 6 + [False]
