"""One file is the model: what goes in as weights comes out as weights, and computes the same."""

import copy
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from napari_mazetrack.detector.model_file import read_model_file, write_spec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.candidates import CandidateGraph
from napari_mazetrack.network.detector_network import TRAINING_HEADS, DetectorNetwork
from napari_mazetrack.network.model_weights import load_weights, read_network, read_weights, write_model


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return tmp_path_factory.mktemp("model") / "model.onnx"


def test_round_trip(tiny_network, tiny_spec, exported):
    write_model(tiny_network, tiny_spec, exported)
    again, spec = read_network(exported)
    assert spec == tiny_spec
    for name, value in tiny_network.state_dict().items():
        if not name.endswith("num_batches_tracked") and not name.startswith(TRAINING_HEADS):
            torch.testing.assert_close(again.state_dict()[name], value, rtol=0, atol=0)
    _compare_outputs(again, tiny_spec, exported)
    _holds_no_traces(exported)
    # TensorRT reads no sequences.
    assert not [node for node in onnx.load(exported).graph.node if "Sequence" in node.op_type]


def test_another_model_of_the_same_shape_has_its_own_weights(tiny_network, tiny_spec, exported, tmp_path):
    other = copy.deepcopy(tiny_network)
    with torch.no_grad():
        for value in other.parameters():
            value.mul_(1.01)
    path = tmp_path / "other.onnx"
    write_model(other, replace(tiny_spec, code_version="another"), path)
    again, spec = read_network(path)
    assert spec.code_version == "another"
    _compare_outputs(again, tiny_spec, path)
    first, second = (read_weights(read_model_file(p)) for p in (exported, path))
    assert first.keys() == second.keys()
    assert any((first[name] != value).any() for name, value in second.items())
    for name, value in second.items():
        torch.testing.assert_close(value, other.state_dict()[name], rtol=0, atol=0)


def _compare_outputs(network, spec, path):
    """Torch and ONNX Runtime give the same candidates, whatever the batch."""
    luma = np.random.default_rng(0).integers(0, 256, (3, 1, *spec.input_hw), np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = CandidateGraph(network, spec).eval()(torch.from_numpy(luma)).detach().numpy()
    for frames in (luma, luma[:1]):
        (theirs,) = runtime.run(None, {"luma": frames})
        assert theirs.shape == (len(frames), spec.top_k, 14)
        for a, b in zip(ours, theirs, strict=False):
            # An untrained network's scores nearly tie and may change places: each candidate is looked for by its box.
            nearest = np.abs(b[None, :, 1:5] - a[:, None, 1:5]).max(axis=2).argmin(axis=1)
            found = np.abs(b[nearest] - a).max(axis=1) < 0.01
            assert found[: spec.top_k // 2].all()


def _holds_no_traces(path):
    """No folder of the machine that exported it stands in the file."""
    assert b"site-packages" not in path.read_bytes()
    assert b"detector_network.py" not in path.read_bytes()


def test_weights_of_another_network_are_refused(tiny_network, tiny_spec):
    weights = tiny_network.state_dict()
    wider = DetectorNetwork(replace(tiny_spec, fpn_channels=16))
    with pytest.raises(MazetrackError, match=r"weights of other\.onnx do not fit this network"):
        load_weights(wider, weights, "other.onnx")


def test_weights_of_other_precisions_are_refused(tiny_spec, exported, tmp_path):
    path = tmp_path / "half.onnx"
    model = onnx.load(exported)
    write_spec(model, replace(tiny_spec, precision="fp16"))
    onnx.save(model, path)
    with pytest.raises(MazetrackError, match="holds no trainable weights"):
        read_network(path)
    assert len(read_weights(read_model_file(path))) > 200


def test_an_input_too_small_for_its_candidates_is_refused(tiny_spec, tiny_network):
    with pytest.raises(MazetrackError, match="Make the input larger"):
        CandidateGraph(tiny_network, replace(tiny_spec, top_k=2000))
