from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from napari_mazetrack.cli.main import main
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mazetrack", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_analyse_tells_the_primary_outcome_and_where_the_report_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("napari_mazetrack.workflows.analyse.draw_figures", lambda _: iter(()))  # they take longest
    list(write_experiment(tmp_path, ExperimentDesign(n_animals=2, n_days=2, n_trials=1, limit_s=30)))
    (tmp_path / "L2_day1_1.csv").unlink()
    arguments = ("analyse", str(tmp_path / "trials.csv"), "--out", str(tmp_path / "out"), "--permutations", "999")
    assert run(monkeypatch, *arguments, "--primary", "hidden.latency_s.mean") == 0
    said = capsys.readouterr()
    assert "12 trials, 1 of them flagged" in said.out
    told = r"hidden\.latency_s\.mean, control vs lesion, after exclusions: p: 0\.\d+ \(permutation of group labels"
    assert re.search(told, said.out)
    assert "n = 2 + 2 animals" in said.out
    assert "Left out, trial 'L2_day1_1': there is no track" in said.err
    assert (tmp_path / "out" / "report.html").is_file()
    assert run(monkeypatch, *arguments) == 1
    assert "--force" in capsys.readouterr().err


WRONG_USAGE = {
    "no out": ("analyse", "trials.csv"),
    "record and settings": ("analyse", "analysis.json", "--out", "o", "--seed", "3"),
    "tracks and measures": ("analyse", "trials.csv", "--out", "o", "--tracks", ".", "--measures", "m.csv"),
    "too few": ("analyse", "trials.csv", "--out", "o", "--permutations", "9"),
}


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_exits_with_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    assert list(tmp_path.iterdir()) == []


def test_no_sheet_is_a_failure_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "analyse", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")) == 1
    said = capsys.readouterr().err
    assert "does not exist" in said
    assert "Traceback" not in said
