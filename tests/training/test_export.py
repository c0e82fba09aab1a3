"""A model file written anew for another input keeps its weights; what cannot be written is refused in words."""

import pytest
import torch
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.network.model_weights import read_network, write_model
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.workflows.export import ExportRequest, export_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    spec = ModelSpec(MOUSE, 64, 96, fpn_channels=8, top_k=50, trained_on={"tables": []})
    write_model(DetectorNetwork(spec).eval(), spec, path)
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
        ({"precision": "int8"}, "written as fp32 so far, not as int8"),
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
