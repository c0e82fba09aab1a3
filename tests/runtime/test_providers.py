"""ONNX Runtime on a card: what is asked for computes, or the person is told; never the CPU in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.resources import sample_data_folder, shipped_model_path
from napari_mazetrack.runtime import Backend, RunnerOptions, open_runner
from napari_mazetrack.runtime.options import Device
from napari_mazetrack.runtime.providers import PROVIDERS, installed_devices, read_placement
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.workflows import doctor
from napari_mazetrack.workflows.compare_models import pick_frames
from napari_mazetrack.workflows.track import find_model_file

CPU = PROVIDERS[Device.CPU]
CARDS = (Device.CUDA, Device.COREML, Device.DIRECTML)
RealSession = onnxruntime.InferenceSession


class CardSession:
    """A session whose profile says that a card computed all but `left_to_cpu`; the CPU does, there is no card."""

    left_to_cpu: tuple[str, ...] = ()
    registered: list[str] | None = None

    def __init__(self, content: bytes, settings, providers: list, enable_fallback: int) -> None:
        assert enable_fallback == 0
        self.names = [one if isinstance(one, str) else one[0] for one in providers]
        self.real = RealSession(content, settings, providers=[CPU])
        self.run, self.is_profiled = self.real.run, settings.enable_profiling

    def get_providers(self) -> list[str]:
        return self.registered or self.names

    def end_profiling(self) -> str:
        path = Path(self.real.end_profiling())
        events = json.loads(path.read_text())
        for event in events:
            told = event.get("args", {})
            if "provider" in told and told["op_name"] not in self.left_to_cpu:
                told["provider"] = self.names[0]
        path.write_text(json.dumps(events))
        return str(path)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> type[CardSession]:
    """All providers are installed and their cards are there."""
    one = type("OneCardSession", (CardSession,), {})
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(onnxruntime, "InferenceSession", one)
    return one


@pytest.fixture
def model(blob_model: Path) -> ModelFile:
    return read_model_file(blob_model)


def options(device: str, backend: str = "onnxruntime") -> RunnerOptions:
    return RunnerOptions(backend, device=device)


def spot(x: int) -> np.ndarray:
    batch = np.full((1, 1, 64, 96), 200, np.uint8)
    batch[0, 0, 28:33, x - 2 : x + 3] = 60
    return batch


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("backend", ["onnxruntime", "auto"])
@pytest.mark.parametrize("device", CARDS)
def test_a_card_computes_where_it_is_asked_to_and_says_so(model: ModelFile, device: Device, backend: str) -> None:
    with open_runner(model, options(device, backend)) as runner:
        for x in (20, 50):
            runner.submit(spot(x))
        found = [float(runner.collect()[0, 0, 8]) for _ in range(2)]
        info = runner.info
    assert found == [20, 50]
    assert (info.backend, info.computes_on, info.n_requests, info.batch_size) == (Backend.ONNXRUNTIME, device, 2, 1)
    assert info.device.startswith(f"{PROVIDERS[device]} (")
    assert info.device.endswith(" nodes)")


@pytest.mark.usefixtures("card")
def test_the_cpu_stays_what_auto_means(model: ModelFile) -> None:
    with open_runner(model, options("auto")) as runner:
        assert (runner.info.device, runner.info.computes_on) == (CPU, Device.CPU)


def test_nodes_that_the_card_does_not_take_are_counted(model: ModelFile, card: type[CardSession]) -> None:
    card.left_to_cpu = ("Pad", "Concat")
    with open_runner(model, options("cuda")) as runner:
        here, of_all = runner.info.device.partition("(")[2].split(" of ")
    assert int(of_all.split()[0]) - int(here) == 2


def test_a_provider_that_did_not_load_is_told(model: ModelFile, card: type[CardSession]) -> None:
    card.registered = [CPU]
    with (
        pytest.raises(MazetrackError, match=r"on CPUExecutionProvider instead of CUDA.*cuDNN.*--device cpu"),
        open_runner(model, options("cuda")),
    ):
        pass


def test_a_card_that_computes_nothing_is_told(model: ModelFile, card: type[CardSession]) -> None:
    class Nothing:
        def __contains__(self, name: str) -> bool:
            return True

    card.left_to_cpu = Nothing()
    with pytest.raises(MazetrackError, match=r"leaves everything of this model to the CPU instead of coreml"):
        open_runner(model, options("coreml")).__enter__()


def test_convolutions_on_the_cpu_are_told(card: type[CardSession]) -> None:
    model = read_model_file(shipped_model_path())
    card.left_to_cpu = ("Conv",)
    with pytest.raises(MazetrackError, match=r"leaves \d+ convolutions of this model to the CPU instead of directml"):
        open_runner(model, options("directml")).__enter__()


def test_a_card_that_fails_is_told(model: ModelFile, card: type[CardSession], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected")

    monkeypatch.setattr(card, "__init__", fail)
    with pytest.raises(MazetrackError, match=r"on cuda \(CUDA failure 100.*Try --device cpu"):
        open_runner(model, options("cuda")).__enter__()


@pytest.mark.parametrize(
    ("device", "package"),
    [("cuda", "onnxruntime-gpu"), ("coreml", "onnxruntime"), ("directml", "onnxruntime-directml")],
)
def test_an_onnxruntime_that_was_not_built_for_it_is_told(
    model: ModelFile, monkeypatch: pytest.MonkeyPatch, device: str, package: str
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert installed_devices() == ()
    with pytest.raises(MazetrackError, match=rf"cannot compute on {device}.*`pip install {package}`"):
        open_runner(model, options(device)).__enter__()


@pytest.mark.parametrize(
    ("backend", "device", "message"),
    [
        ("openvino", "cuda", "openvino computes on cpu, not on cuda. Use --backend onnxruntime or --backend tensorrt"),
        ("tensorrt", "cpu", "tensorrt computes on cuda, not on cpu"),
        ("auto", "gpu", "no device 'gpu'.*auto, cpu, cuda, coreml, directml"),
    ],
)
def test_a_back_end_that_cannot_compute_there_is_told(backend: str, device: str, message: str) -> None:
    with pytest.raises(MazetrackError, match=message):
        options(device, backend)


def test_a_real_profile_tells_where_each_node_ran(blob_model: Path, tmp_path: Path) -> None:
    settings = onnxruntime.SessionOptions()
    settings.enable_profiling, settings.profile_file_prefix = True, str(tmp_path / "run")
    session = onnxruntime.InferenceSession(blob_model.read_bytes(), settings, providers=[CPU])
    session.run(None, {session.get_inputs()[0].name: spot(20)})
    profile = Path(session.end_profiling())
    on_cpu, on_card = read_placement(profile, Device.CPU), read_placement(profile, Device.CUDA)
    assert on_cpu.n_here > 0
    assert (on_card.n_here, on_card.n_elsewhere, on_cpu.n_elsewhere) == (0, on_cpu.n_here, 0)


def test_a_shipped_model_for_a_card_is_in_fp32() -> None:
    assert find_model_file(None, RunnerOptions(device="cuda")) == shipped_model_path()
    assert find_model_file(None, RunnerOptions(device="cpu")) == shipped_model_path(in_int8=True)


@pytest.mark.usefixtures("card")
def test_tracking_says_what_it_ran_on(blob_model: Path, write_blob_film: Callable, tmp_path: Path) -> None:
    film = write_blob_film(tmp_path / "pool.mp4", 12)
    arguments = ["track", str(film), "--model", str(blob_model), "--device", "cuda"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "Running on onnxruntime" in result.stderr
    assert "CUDAExecutionProvider (" in result.stderr

    assert load_track(tmp_path / "pool.tracks.nc").attributes["device"] == "cuda"


def test_the_doctor_tries_every_provider_that_is_installed(card: type[CardSession]) -> None:
    found = {finding.area: finding for finding in doctor._onnxruntime()}
    assert "fp32 on CUDAExecutionProvider (" in found["ONNX cuda"].detail
    card.left_to_cpu = ("Conv",)
    found = {finding.area: finding for finding in doctor._onnxruntime()}
    assert (found["ONNX cuda"].state, found["ONNX Runtime"].state) == ("optional", "ok")
    assert "convolutions" in found["ONNX directml"].detail


def test_a_session_for_cards_changes_no_number(card: type[CardSession]) -> None:
    model = read_model_file(shipped_model_path())
    (picture,) = pick_frames((sample_data_folder() / "pool_hidden.mp4",), model.spec.input_hw, 1)
    results = []
    for device in ("cpu", "cuda"):
        with open_runner(model, options(device)) as runner:
            runner.submit(picture.batch)
            results.append(runner.collect())
    np.testing.assert_allclose(results[0], results[1], atol=1e-3)
