"""The speed table: every way works through the same frames, and what cannot run here is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.tracking import track_files
from napari_mazetrack.workflows import bench
from napari_mazetrack.workflows.bench import BenchOutcome, BenchRequest, measure_speed
from napari_mazetrack.workflows.bench_plot import draw_speed

FRAMES_PER_S = {
    bench.EAGER: 10.0,
    bench.STREAMED: 60.0,
    bench.TRACKED: 45.0,
    bench.DECODING: 300.0,
    bench.INFERENCE: 100.0,
}


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
    assert counted.pop(bench.TRACKED) >= 8
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
    outcome = BenchOutcome(FRAMES_PER_S, {}, info, {}, 1)
    assert outcome.speed_up == pytest.approx(6)
    assert outcome.share_of_limit() == pytest.approx(45 / 75)
    assert outcome.share_of_limit(bench.STREAMED) == pytest.approx(60 / 75)


def test_tracking_writes_both_files_and_leaves_none(film: Path, blob_model: Path, monkeypatch: pytest.MonkeyPatch):
    written = []
    for name in ("save_track_nc", "save_track_csv"):
        save = getattr(track_files, name)

        def save_and_note(track, path, save=save, **options):
            save(track, path, **options)
            written.append((path, track.n_frames, int((track.source > 0).any(axis=1).sum())))

        monkeypatch.setattr(track_files, name, save_and_note)
    outcome = run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=20)))
    assert [path.suffix for path, _, _ in written] == [".nc", ".csv"] * (bench.N_ROUNDS + 1)
    assert {(n_frames, n_found) for _, n_frames, n_found in written} == {(4, 4)}
    assert not any(path.exists() for path, *_ in written)
    assert outcome.frames_per_s[bench.TRACKED] > 0


def test_the_stages_of_tracking_make_up_its_time(film: Path, blob_model: Path):
    stages = run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=60))).stages
    assert set(stages) == {
        *("decoding", "waiting for the film", "waiting for the model", "finding the animals", "writing"),
        *("smoothing and the track files", "the model at work"),
    }
    assert all(0 <= share <= 1.5 for share in stages.values())
    one_thread = sum(share for name, share in stages.items() if name not in ("decoding", "the model at work"))
    assert one_thread <= 1.2  # medians of the rounds, each of which has 1 at most


def test_the_picture_shows_every_way_and_the_limits(film: Path, blob_model: Path):
    info = run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=5))).info
    rounds = {name: [0.9 * value, value, 1.2 * value] for name, value in FRAMES_PER_S.items()}
    figure = draw_speed(BenchOutcome(FRAMES_PER_S, rounds, info, {}, 1), "pool.mp4")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == list(FRAMES_PER_S)
    assert [bar.get_width() for bar in axes.patches] == list(FRAMES_PER_S.values())
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2
    assert [text.get_text() for text in axes.texts] == ["10.0", "60.0 (6.0×)", "45.0 (4.5×)", "300", "100"]


@pytest.mark.parametrize(("name", "message"), [("speed.txt", r"ends in \.png"), ("there.png", "--force")])
def test_a_picture_that_cannot_be_written_is_told_before_measuring(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
):
    (tmp_path / "there.png").write_text("mine")
    monkeypatch.setattr(bench, "measure_speed", lambda _: pytest.fail("measured"))
    result = CliRunner().invoke(app, ["bench", str(film), "--plot", str(tmp_path / name)])
    assert re.search(message, str(result.exception))
    assert (tmp_path / "there.png").read_text() == "mine"


def test_too_few_frames_are_refused(film: Path, blob_model: Path):
    with pytest.raises(MazetrackError, match="too short"):
        run_to_end(measure_speed(BenchRequest(film, blob_model, n_frames=4)))


def test_the_command_prints_a_table_and_json(film: Path, blob_model: Path, tmp_path: Path):
    picture = tmp_path / "speed.png"
    result = CliRunner().invoke(
        app, ["bench", str(film), "--model", str(blob_model), "--frames", "20", "--plot", str(picture)]
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "Film to track files reaches" in result.output
    assert "waiting for the model" in result.output
    assert result.exit_code == 0, result.output
    assert "optimised and streamed" in result.output
    assert "not measured" in result.output
    result = CliRunner().invoke(app, ["bench", str(film), "--model", str(blob_model), "--frames", "20", "--json"])
    assert json.loads(result.stdout)["frames_per_s"][bench.STREAMED] > 0
