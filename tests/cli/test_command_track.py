"""`mazetrack track` as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_mazetrack.cli import main as program
from napari_mazetrack.cli.run_job import OUTPUT
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track_files import load_track


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, write_blob_film: Callable) -> Path:
    return write_blob_film(tmp_path_factory.mktemp("films") / "pool.mp4", 40)


@pytest.fixture
def mazetrack(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the program in this process with arguments; return its exit status."""
    monkeypatch.setattr(OUTPUT, "json_progress", False)
    monkeypatch.setattr(OUTPUT, "debug", False)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["mazetrack", *map(str, arguments)])
        try:
            program.main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run


def test_a_film_is_tracked_and_told_in_a_line(
    mazetrack: Callable, film: Path, blob_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert mazetrack("track", film, "--model", blob_model, "--out", tmp_path) == 0
    out, err = capsys.readouterr()
    assert out == f"pool.mp4 is tracked: animal in 40 of 40 frames, in {tmp_path / 'pool.tracks.csv'}\n"
    assert "Running on openvino" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pool.tracks.csv", "pool.tracks.nc"]
    assert mazetrack("track", film, "--model", blob_model, "--out", tmp_path, "--resume") == 0
    assert "was tracked before" in capsys.readouterr().out


def test_a_range_is_tracked_and_only_that_goes_on(
    mazetrack: Callable, film: Path, blob_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    command = ("track", film, "--model", blob_model, "--out", tmp_path, "--resume")
    assert mazetrack(*command, "--from", 0.2, "--to", 1) == 0
    assert "animal in 21 of 21 frames" in capsys.readouterr().out
    assert mazetrack(*command) == 1
    assert "another range" in capsys.readouterr().err


def test_json_gives_progress_and_results_as_lines(
    mazetrack: Callable, film: Path, blob_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert mazetrack("track", film, "--model", blob_model, "--out", tmp_path, "--json") == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["n_frames"], result["n_frames_with_animal"], result["warnings"]) == (40, 40, [])
    assert Path(result["csv"]).is_file()
    reports = [json.loads(line) for line in err.splitlines()]
    assert {"stage", "done", "total", "message", "values"} == set(reports[0])
    assert reports[-1]["stage"].startswith("Smoothing")


def test_help_has_an_example(mazetrack: Callable, capsys: pytest.CaptureFixture) -> None:
    assert mazetrack("track", "--help") == 0
    assert "Example: mazetrack track" in capsys.readouterr().out


WRONG_USAGE = {
    "no film": [],
    "fps and times": ["FILM", "--fps", "25", "--times", "t.txt"],
    "fps and duration": ["FILM", "--fps", "25", "--duration-s", "60"],
    "times and duration": ["FILM", "--times", "t.txt", "--duration-s", "60"],
    "resume and force": ["FILM", "--resume", "--force"],
    "unknown back end": ["FILM", "--backend", "cuda"],
    "unknown precision": ["FILM", "--precision", "int4"],
    "no animals": ["FILM", "--animals", "0"],
    "backwards": ["FILM", "--from", "2", "--to", "1"],
    "no time": ["FILM", "--from", "1", "--to", "1"],
    "before the film": ["FILM", "--from", "-1"],
    "not a time": ["FILM", "--to", "nan"],
    "unknown option": ["FILM", "--speed", "fast"],
}


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE.keys())
def test_wrong_usage_exits_with_2(mazetrack: Callable, film: Path, tmp_path: Path, arguments: list[str]) -> None:
    replaced = [str(film) if argument == "FILM" else argument for argument in arguments]
    assert mazetrack("track", *replaced, "--out", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


FAILURES = {
    "missing film": (["gone.mp4", "--model", "MODEL"], "gone.mp4"),
    "missing model": (["FILM", "--model", "gone.onnx"], "does not exist"),
    "missing arena": (["FILM", "--model", "MODEL", "--arena", "gone.json"], "gone.json"),
    "no TensorRT": (["FILM", "--model", "MODEL", "--backend", "tensorrt"], "--backend auto"),
    "bf16 where it cannot be": (
        ["FILM", "--model", "MODEL", "--backend", "onnxruntime", "--precision", "bf16"],
        "--precision fp32",
    ),
    "behind the film": (["FILM", "--model", "MODEL", "--from", "99"], "lies from 99 s to the end"),
    "missing project": (["FILM", "--model", "MODEL", "--project", "gone.mazetrack"], "gone.mazetrack"),
    "the same name twice": (["FILM", "elsewhere/pool.avi", "--model", "MODEL"], "would both be written"),
}


@pytest.mark.parametrize(("arguments", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_failures_are_one_sentence_and_exit_with_1(
    mazetrack: Callable,
    film: Path,
    blob_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    arguments: list[str],
    message: str,
) -> None:
    names = {"FILM": str(film), "MODEL": str(blob_model)}
    replaced = [names.get(argument, argument) for argument in arguments]
    assert mazetrack("track", *replaced, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "Traceback" not in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_one_bad_film_does_not_stop_the_others(
    mazetrack: Callable, film: Path, blob_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    bad, copy = tmp_path / "bad.mp4", tmp_path / "copy.mp4"
    bad.write_text("no film")
    copy.write_bytes(film.read_bytes())
    assert mazetrack("track", bad, film, copy, "--model", blob_model, "--out", tmp_path / "out") == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "1 of 3 films could not be tracked" in err
    assert sorted(path.name for path in (tmp_path / "out").glob("*.csv")) == ["copy.tracks.csv", "pool.tracks.csv"]


@pytest.mark.skipif(os.name == "nt", reason="signals are a thing of Unix")
def test_ctrl_c_keeps_what_was_detected_and_says_how_to_go_on(
    write_blob_film: Callable, blob_model: Path, tmp_path: Path
) -> None:
    film = write_blob_film(tmp_path / "long.mp4", 3000)
    command = [sys.executable, "-m", "napari_mazetrack.cli.main", "track", str(film), "--model", str(blob_model)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )
    part = tmp_path / "long.tracks.part"
    while process.poll() is None and not (part.exists() and part.stat().st_size > 5_000):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Stopped in the middle of long.mp4" in err
    assert "--resume" in err
    assert "Traceback" not in err
    assert out == ""
    assert part.exists()
    assert not (tmp_path / "long.tracks.csv").exists()
    subprocess.run([*command, "--resume"], check=True, capture_output=True)
    assert (tmp_path / "long.tracks.csv").exists()
    assert not part.exists()


def test_the_command_line_stays_light() -> None:
    code = "import sys, napari_mazetrack.cli.command_track; print('numpy' in sys.modules, 'av' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


@pytest.fixture
def sheet(tmp_path: Path, write_blob_film: Callable) -> Path:
    """A sheet of two films, an arena for the first of them."""
    for name in ("one", "two"):
        write_blob_film(tmp_path / f"{name}.mp4", 30)
    save_arena(Arena(Ellipse(48, 32, 40, 30), diameter_cm=120.0), tmp_path / "one.json")
    rows = (("one", "one.json"), ("two", ""))
    trials = [Trial(name, TrialKind.HIDDEN, film=f"{name}.mp4", arena=arena) for name, arena in rows]
    save_trials(trials, tmp_path / "trials.csv")
    return tmp_path / "trials.csv"


def test_the_films_of_a_sheet_are_tracked_each_with_its_arena(
    mazetrack: Callable, sheet: Path, blob_model: Path, capsys: pytest.CaptureFixture
) -> None:
    command = ("track", "--trials", sheet, "--model", blob_model)
    assert mazetrack(*command) == 0
    out = capsys.readouterr().out
    assert "one.mp4 is tracked" in out
    assert "two.mp4 is tracked" in out
    tracks = [load_track(sheet.with_name(f"{name}.tracks.nc")) for name in ("one", "two")]
    pools = [TrackSettings.from_json(track.attributes["settings"]).pool for track in tracks]
    assert pools == [Ellipse(48, 32, 40, 30), None]
    sheet.with_name("two.tracks.nc").unlink()
    sheet.with_name("two.tracks.csv").unlink()
    assert mazetrack(*command) == 0
    assert "one.mp4" not in capsys.readouterr().out  # it is tracked
    assert mazetrack(*command) == 0
    assert "All films of trials.csv are tracked" in capsys.readouterr().out
    assert mazetrack(*command, "--force") == 0
    assert capsys.readouterr().out.count("is tracked") == 2


def test_of_a_sheet_a_film_that_fails_is_told_and_the_others_are_tracked(
    mazetrack: Callable, sheet: Path, blob_model: Path, capsys: pytest.CaptureFixture
) -> None:
    sheet.with_name("one.json").write_text("no arena", encoding="utf-8")
    assert mazetrack("track", "--trials", sheet, "--model", blob_model, "--json") == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["film"].endswith("two.mp4")
    last = err.strip().splitlines()[-1]  # what a window shows
    assert "1 of 2 films could not be tracked" in last
    assert "one.json" in last
    stages = [json.loads(line)["stage"] for line in err.splitlines() if line.startswith("{")]
    assert any(stage.startswith("Film 2 of 2: Tracking two.mp4") for stage in stages)


@pytest.mark.parametrize(
    "more", [("film.mp4",), ("--arena", "arena.json"), ("--resume",)], ids=["films", "arena", "resume"]
)
def test_what_does_not_go_with_a_sheet_is_wrong_usage(mazetrack: Callable, sheet: Path, more: tuple[str, ...]) -> None:
    assert mazetrack("track", "--trials", sheet, *more) == 2
    assert mazetrack("track") == 2
