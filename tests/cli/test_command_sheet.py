from __future__ import annotations

import sys
from pathlib import Path

import pytest

from napari_mazetrack.cli.main import main
from napari_mazetrack.maze.trials import load_trials

PATTERN = "{animal}_d{day}"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mazetrack", "sheet", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_matches_are_shown_and_then_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    films = ("m1_d2.mp4", "notes.mp4")
    assert run(monkeypatch, *films, "--names", PATTERN) == 0
    said = capsys.readouterr().out
    assert "m1_d2.mp4: animal m1, day 2" in said
    assert "notes.mp4: does not match" in said
    assert "1 of 2 names match." in said
    assert list(tmp_path.iterdir()) == []
    assert run(monkeypatch, *films, "--names", PATTERN, "--out", "trials.csv") == 0
    assert [(trial.animal, trial.day) for trial in load_trials(tmp_path / "trials.csv")] == [("m1", 2), ("", None)]
    assert run(monkeypatch, *films, "--out", "trials.csv") == 1
    assert "exists" in capsys.readouterr().err


def test_a_wrong_pattern_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "m1.mp4", "--names", "{mouse}") == 1
    assert "'{mouse}' is no column" in capsys.readouterr().err
