"""The runners: one face, one life cycle, the same numbers."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime import Backend, Runner, RunnerOptions, open_runner
from napari_mazetrack.runtime import open_runner as open_runner_function
from napari_mazetrack.runtime.options import Precision, precision_in_words

BACKENDS = ["openvino", "onnxruntime"]
open_runner_module = sys.modules[open_runner_function.__module__]


@pytest.fixture
def model(blob_model: Path) -> ModelFile:
    return read_model_file(blob_model)


@pytest.fixture(params=BACKENDS)
def runner(request: pytest.FixtureRequest, model: ModelFile) -> Runner:
    return open_runner(model, RunnerOptions(backend=request.param, n_requests=3))


def picture(x: int, y: int) -> np.ndarray:
    """Return a batch [1, 1, 64, 96] with one dark pixel block centred at x, y."""
    batch = np.full((1, 1, 64, 96), 200, np.uint8)
    batch[0, 0, y - 2 : y + 3, x - 2 : x + 3] = 60
    return batch


def body_xy(candidates: np.ndarray) -> tuple[float, float]:
    return float(candidates[0, 0, 8]), float(candidates[0, 0, 9])


def test_results_come_in_the_order_of_submission(runner: Runner) -> None:
    with runner:
        for x in (20, 50, 70):
            runner.submit(picture(x, 30))
        found = [body_xy(runner.collect())[0] for _ in range(3)]
    np.testing.assert_allclose(found, [20, 50, 70], atol=1e-3)


def test_many_rounds_keep_the_order(runner: Runner) -> None:
    batches = [picture(10 + i % 70, 10 + i % 40) for i in range(100)]
    found = []
    with runner:
        for batch in batches:
            if runner.n_in_flight == runner.info.n_requests:
                found.append(body_xy(runner.collect()))
            runner.submit(batch)
        while runner.n_in_flight:
            found.append(body_xy(runner.collect()))
    np.testing.assert_allclose(found, [(10 + i % 70, 10 + i % 40) for i in range(100)], atol=1e-3)


def test_a_collected_result_belongs_to_the_collector(runner: Runner) -> None:
    with runner:
        runner.submit(picture(20, 30))
        first = runner.collect()
        kept = first.copy()
        for _ in range(5):
            runner.submit(picture(70, 30))
            runner.collect()
        np.testing.assert_array_equal(first, kept)
        first[:] = 0  # and may be written to
        assert first.shape == (1, 4, 14)
        assert first.dtype == np.float32
    np.testing.assert_array_equal(first, 0)


def test_backends_agree(model: ModelFile) -> None:
    results = []
    for backend in BACKENDS:
        with open_runner(model, RunnerOptions(backend)) as runner:
            runner.submit(picture(33, 41))
            results.append(runner.collect())
    np.testing.assert_allclose(results[0], results[1], atol=1e-3)


def test_info_says_what_runs(runner: Runner) -> None:
    with runner:
        info = runner.info
    assert info.backend == runner.options.backend
    assert (info.precision, info.batch_size, info.n_requests) == ("fp32", 1, 3)
    assert "CPU" in info.device
    assert info.version
    assert info.note == "It was asked for."


@pytest.mark.parametrize("backend", BACKENDS)
def test_requests_are_chosen_by_cores_unless_given(model: ModelFile, backend: str) -> None:
    with open_runner(model, RunnerOptions(backend)) as runner:
        assert 1 <= runner.info.n_requests <= 64


def test_construction_takes_nothing(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelFile, "read_bytes", lambda _: pytest.fail("the model was loaded"))
    for backend in BACKENDS:
        open_runner(model, RunnerOptions(backend))


def test_misuse_raises(runner: Runner) -> None:
    with pytest.raises(RuntimeError, match="with block"):
        runner.submit(picture(20, 30))
    with pytest.raises(RuntimeError, match="with block"):
        runner.collect()
    with pytest.raises(RuntimeError, match="with block"):
        _ = runner.info
    with runner:
        with pytest.raises(RuntimeError, match="nothing is in flight"):
            runner.collect()
        with pytest.raises(RuntimeError, match="open already"):
            runner.__enter__()
        for _ in range(3):
            runner.submit(picture(20, 30))
        with pytest.raises(RuntimeError, match="3 batches are in flight"):
            runner.submit(picture(20, 30))
    with pytest.raises(RuntimeError, match="with block"):
        runner.submit(picture(20, 30))


WRONG_BATCHES = {
    "two pictures": np.zeros((2, 1, 64, 96), np.uint8),
    "none": np.zeros((0, 1, 64, 96), np.uint8),
    "other size": np.zeros((1, 1, 32, 96), np.uint8),
    "no batch axis": np.zeros((1, 64, 96), np.uint8),
    "float": np.zeros((1, 1, 64, 96), np.float32),
    "not contiguous": np.zeros((1, 1, 64, 192), np.uint8)[..., ::2],
}


@pytest.mark.parametrize("batch", WRONG_BATCHES.values(), ids=WRONG_BATCHES.keys())
def test_wrong_batches_raise(runner: Runner, batch: np.ndarray) -> None:
    with runner:
        with pytest.raises(ValueError, match="expected a contiguous uint8 batch"):
            runner.submit(batch)
        assert runner.n_in_flight == 0


def test_leaving_releases_whatever_happens(runner: Runner) -> None:
    n_threads = threading.active_count()
    with pytest.raises(KeyError), runner:  # noqa: PT012
        runner.submit(picture(20, 30))
        runner.submit(picture(20, 30))
        raise KeyError
    assert runner.n_in_flight == 0
    assert threading.active_count() == n_threads
    with runner:  # and it can be entered again
        runner.submit(picture(44, 30))
        assert body_xy(runner.collect())[0] == pytest.approx(44, abs=1e-3)


def test_failing_to_open_releases_too(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(ModelFile, "read_bytes", lambda _: b"damaged")
    monkeypatch.setattr(runner, "_close", lambda: closed.append(True))
    with pytest.raises(MazetrackError, match="cannot run the model"):
        runner.__enter__()
    assert closed == [True]
    with pytest.raises(RuntimeError, match="with block"):
        _ = runner.info


def test_discard_leaves_a_usable_runner(runner: Runner) -> None:
    with runner:
        runner.submit(picture(20, 30))
        runner.submit(picture(20, 30))
        runner.discard()
        assert runner.n_in_flight == 0
        runner.submit(picture(60, 30))
        assert body_xy(runner.collect())[0] == pytest.approx(60, abs=1e-3)


def test_a_model_that_breaks_its_promise_is_told(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_collect", lambda: np.zeros((1, 4, 17), np.float32))
    with runner:
        runner.submit(picture(20, 30))
        with pytest.raises(MazetrackError, match=r"float32 \[1, 4, 17\] instead of float32 \[1, 4, 14\]"):
            runner.collect()


def test_a_batch_of_one_inside_the_file_runs(blob_model_proto: Callable, tmp_path: Path, runner: Runner) -> None:
    proto = blob_model_proto()
    for value in (proto.graph.input[0], proto.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    path = tmp_path / "one.onnx"
    path.write_bytes(proto.SerializeToString())
    with open_runner(read_model_file(path), runner.options) as one:
        one.submit(picture(20, 30))
        assert body_xy(one.collect())[0] == pytest.approx(20, abs=1e-3)


def test_auto_takes_openvino_and_says_why(model: ModelFile) -> None:
    with open_runner(model) as runner:
        assert runner.info.backend == Backend.OPENVINO
        assert "fastest" in runner.info.note


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    failure = {module: f"No module named '{module}'" for module in modules}
    monkeypatch.setattr(open_runner_module, "_import_failure", lambda module: failure.get(module, ""))


def test_auto_takes_onnxruntime_where_openvino_is_missing(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "openvino")
    with open_runner(model) as runner:
        assert runner.info.backend == Backend.ONNXRUNTIME
        assert "OpenVINO does not load here (No module named 'openvino')" in runner.info.note


def test_no_backend_at_all_is_told(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "openvino", "onnxruntime")
    with pytest.raises(MazetrackError, match="No back end loads here"):
        open_runner(model)
    with pytest.raises(MazetrackError, match=r"onnxruntime does not load here.*pip install onnxruntime"):
        open_runner(model, RunnerOptions("onnxruntime"))


@pytest.mark.parametrize(
    ("present", "message"),
    [
        ((), "tensorrt and pycuda are not installed.*NVIDIA card.*--backend auto"),
        (("tensorrt",), "pycuda is not installed"),
    ],
)
def test_tensorrt_says_what_is_missing(
    model: ModelFile, monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...], message: str
) -> None:
    monkeypatch.setattr(open_runner_module, "find_spec", lambda name: name if name in present else None)
    with pytest.raises(MazetrackError, match=message):
        open_runner(model, RunnerOptions("tensorrt"))


def test_onnxruntime_refuses_bf16(model: ModelFile) -> None:
    with (
        pytest.raises(MazetrackError, match="cannot compute in bf16"),
        open_runner(model, RunnerOptions("onnxruntime", "bf16")),
    ):
        pass


def test_openvino_computes_in_bf16_where_the_cpu_can_and_refuses_elsewhere(model: ModelFile) -> None:
    import openvino

    runner = open_runner(model, RunnerOptions("openvino", "bf16"))
    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with runner:
            assert runner.info.precision == "bf16"
    else:
        with pytest.raises(MazetrackError, match=r"cannot compute in bf16.*--precision fp32"), runner:
            pass


def test_a_provider_that_fell_back_is_noticed(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime.InferenceSession, "get_providers", lambda _: ["OtherProvider"])
    with (
        pytest.raises(MazetrackError, match="on OtherProvider instead of CPUExecutionProvider"),
        open_runner(model, RunnerOptions("onnxruntime")),
    ):
        pass


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backend": "cuda"}, "no back end 'cuda'.*auto, openvino, onnxruntime, tensorrt"),
        ({"precision": "int4"}, "no precision 'int4'.*fp32, bf16"),
        ({"n_requests": 0}, "1 to 64 requests"),
        ({"n_requests": 10**6}, "1 to 64 requests"),
    ],
)
def test_choices_are_checked(values: dict, message: str) -> None:
    with pytest.raises(MazetrackError, match=message):
        RunnerOptions(**values)


@pytest.mark.parametrize(
    ("model_precision", "computed_in", "words"),
    [
        ("fp32", "fp32", "fp32"),
        ("fp32", "bf16", "bf16"),
        ("int8", "fp32", "int8"),
        ("int8", "bf16", "int8+bf16"),
        ("fp16", "fp32", "fp16"),
    ],
)
def test_precision_in_words(model_precision: str, computed_in: str, words: str) -> None:
    assert precision_in_words(model_precision, Precision(computed_in)) == words


def test_the_room_imports_no_engine() -> None:
    heavy = {"openvino", "onnxruntime", "onnx", "numpy", "torch", "av"}
    code = f"import sys, napari_mazetrack.runtime; print({heavy} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


class Exploding:
    """Stands for an engine that fails in whatever it is asked for."""

    def __getattr__(self, _: str) -> object:
        def explode(*_args: object, **_values: object) -> None:
            raise RuntimeError("Exception from src/inference.cpp:\nthe graph is on fire")

        return explode


def detect(runner: Runner) -> np.ndarray:
    runner.submit(picture(20, 30))
    return runner.collect()


def test_an_engine_that_fails_is_told_and_the_runner_closes(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with runner:
        if runner.options.backend == "openvino":
            runner._idle.clear()
            runner._idle.append(Exploding())
        else:
            monkeypatch.setattr(runner, "_session", Exploding())
        with pytest.raises(MazetrackError, match=r"failed while it ran the model .*\(the graph is on fire\)"):
            detect(runner)
        assert runner.n_in_flight == 0
