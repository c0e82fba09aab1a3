"""The speed table: every way works through the same frames, and what cannot run here is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows import bench
from napari_mazetrack.workflows.bench import BenchOutcome, BenchRequest, measure_speed


@pytest.fixture
def film(tmp_path: Path, write_blob_film) -> Path:
    return write_blob_film(tmp_path / "pool.mp4", 12)


@pytest.fixture(scope="module")
def trainable_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch")
    from napari_mazetrack.detector.spec import ModelSpec
    from napari_mazetrack.network.detector_network import DetectorNetwork
    from napari_mazetrack.network.model_weights import write_model
    from napari_mazetrack.skeleton import MOUSE

    torch.manual_seed(0)
    spec = ModelSpec(MOUSE, 64, 96, fpn_channels=8, top_k=50)
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    write_model(DetectorNetwork(spec), spec, path)
    return path


def test_every_way_sees_every_frame(film: Path, trainable_model: Path, monkeypatch: pytest.MonkeyPatch):
    counted: dict[str, int] = {}
    make_ways = bench._ways

    def counting(measured: bench._Bench, eager_path: Path, not_measured: dict[str, str]):
        runner, submit = measured.runner, measured.runner.submit
        ways = make_ways(measured, eager_path, not_measured)

        def count(name: str, way):
            def run() -> None:
                n = 0

                def submit_counted(batch):
                    nonlocal n
                    n += 1
                    submit(batch)

                monkeypatch.setattr(runner, "submit", submit_counted)
                way()
                counted[name] = n

            return run

        return {name: count(name, way) for name, way in ways.items()}

    monkeypatch.setattr(bench, "_ways", counting)
    outcome = run_to_end(measure_speed(BenchRequest(film, trainable_model, n_frames=40)))
    assert outcome.n_frames == 8
    # A stream submits ahead of what is read from it.
    assert counted.pop(bench.STREAMED) >= 8
    assert counted == {bench.EAGER: 0, bench.OPTIMISED: 8, bench.DECODING: 0, bench.INFERENCE: 8}
    assert {len(values) for values in outcome.rounds.values()} == {bench.N_ROUNDS}
    assert outcome.not_measured == {}


def test_a_model_without_weights_is_not_run_in_pytorch(film: Path, blob_model: Path):
    outcome = run_to_end(measure_speed(BenchRequest(film, blob_model)))
    assert outcome.n_frames == 12  # all there are
    assert bench.EAGER not in outcome.frames_per_s
    assert "no backbone called blob" in outcome.not_measured[bench.EAGER]
    assert outcome.speed_up is None


def test_pytorch_runs_the_fp32_file_beside_any_model(film: Path, blob_model: Path, trainable_model: Path):
    outcome = run_to_end(measure_speed(BenchRequest(film, blob_model, trainable_model, n_frames=20)))
    assert outcome.not_measured == {}
    assert outcome.speed_up is not None


def test_without_a_model_it_is_the_one_that_tracks(film: Path):
    quick, default = bench._find_models(BenchRequest(film))
    assert (quick.name, default.name) == ("mouse_pool_int8.onnx", "mouse_pool.onnx")
    assert bench._find_models(BenchRequest(film, quick)) == (quick, quick)


def test_ratios(film: Path, blob_model: Path):
    info = run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=5))).info
    fps = {bench.EAGER: 10.0, bench.STREAMED: 60.0, bench.DECODING: 300.0, bench.INFERENCE: 100.0}
    outcome = BenchOutcome(fps, {}, info, {}, 1)
    assert outcome.speed_up == pytest.approx(6)
    assert outcome.share_of_limit == pytest.approx(60 / 75)


def test_too_few_frames_are_refused(film: Path, blob_model: Path):
    with pytest.raises(MazetrackError, match="too short"):
        run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=4)))


def test_the_command_prints_a_table_and_json(film: Path, blob_model: Path):
    result = CliRunner().invoke(app, ["bench", str(film), "--model", str(blob_model), "--frames", "20"])
    assert result.exit_code == 0, result.output
    assert "optimised and streamed" in result.output
    assert "not measured" in result.output
    result = CliRunner().invoke(app, ["bench", str(film), "--model", str(blob_model), "--frames", "20", "--json"])
    assert json.loads(result.stdout)["frames_per_s"][bench.STREAMED] > 0
