"""Simulated experiments: tracks without films."""

from __future__ import annotations

import filecmp
import sys

import pytest

from napari_mazetrack.cli.main import main
from napari_mazetrack.maze.trials import TrialKind, load_trials
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment

SMALL = ExperimentDesign(n_animals=2, n_days=2, n_trials=1)


def test_an_experiment_is_its_sheet_and_a_track_for_each_row(tmp_path):
    assert list(write_experiment(tmp_path, SMALL))[-1] == 2 * 2 * 3
    trials = load_trials(tmp_path / "trials.csv")
    assert {(t.group, t.animal) for t in trials} == {
        ("control", "C1"),
        ("control", "C2"),
        ("lesion", "L1"),
        ("lesion", "L2"),
    }
    assert [t.kind for t in trials[:3]] == [TrialKind.HIDDEN, TrialKind.HIDDEN, TrialKind.PROBE]
    assert all((tmp_path / t.film).is_file() for t in trials)


def test_a_seed_gives_the_same_files_and_another_one_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        list(write_experiment(tmp_path / name, SMALL, seed))
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert filecmp.cmpfiles(tmp_path / "a", tmp_path / "b", names, shallow=False) == (names, [], [])
    assert not filecmp.cmp(tmp_path / "a/C1_day1_1.csv", tmp_path / "c/C1_day1_1.csv", shallow=False)


def test_the_command_writes_an_experiment_and_takes_no_films(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["mazetrack", "simulate", "--experiment", "--out", str(tmp_path / "e")])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code in (0, None)
    assert len(load_trials(tmp_path / "e" / "trials.csv")) == ExperimentDesign().n_swims == 176
    assert "trials.csv" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--trials", "3"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
