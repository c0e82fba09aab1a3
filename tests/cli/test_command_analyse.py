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


def test_blinded_until_unblinded_and_changes_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("napari_mazetrack.workflows.analyse.draw_figures", lambda _: iter(()))  # they take longest
    list(write_experiment(tmp_path, ExperimentDesign(n_animals=2, n_days=1, n_trials=1, limit_s=30)))
    sheet, out = str(tmp_path / "trials.csv"), str(tmp_path / "out")
    primary = ("--primary", "hidden.latency_s.mean")
    usual = ("analyse", sheet, "--out", out, "--force", "--permutations", "99")
    assert run(monkeypatch, *usual, *primary, "--blind", "--limit", "max_missing_fraction=0.2") == 0
    said = capsys.readouterr().out
    assert "Blinded: groups have codes." in said
    assert "group A vs group B" in said
    assert "control" not in said
    assert run(monkeypatch, *usual, *primary) == 1
    assert "--unblind" in capsys.readouterr().err
    assert run(monkeypatch, *usual, *primary, "--unblind", "--by", "Ann") == 0
    assert "control vs lesion" in capsys.readouterr().out
    assert '"by": "Ann"' in (tmp_path / "trials.blinding.jsonl").read_text()
    assert run(monkeypatch, *usual, *primary, "--limit", "max_missing_fraction=0.2") == 0
    told = r"Changed after unblinding on 20\d\d-\d\d-\d\d: max_missing_fraction from 0\.05 to 0\.2\."
    assert re.search(told, capsys.readouterr().out)


@pytest.mark.parametrize(
    "word",
    ["wishes=3", "max_missing_fraction", "max_missing_fraction=nan", "max_missing_fraction=2", "floating_days=1.5"],
)
def test_a_limit_that_is_none_is_told(
    word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "analyse", "trials.csv", "--out", str(tmp_path / "o"), "--limit", word) == 1
    assert word.partition("=")[0] in capsys.readouterr().err


WRONG_USAGE = {
    "no out": ("analyse", "trials.csv"),
    "record and settings": ("analyse", "analysis.json", "--out", "o", "--seed", "3"),
    "tracks and measures": ("analyse", "trials.csv", "--out", "o", "--tracks", ".", "--measures", "m.csv"),
    "record and limit": ("analyse", "analysis.json", "--out", "o", "--limit", "floating_days=3"),
    "record and blind": ("analyse", "analysis.json", "--out", "o", "--blind"),
    "blind and unblind": ("analyse", "trials.csv", "--out", "o", "--blind", "--unblind"),
    "a sheet's place without a record": ("analyse", "trials.csv", "--out", "o", "--trials", "trials.csv"),
    "by without unblinding": ("analyse", "trials.csv", "--out", "o", "--by", "Ann"),
    "record and rate": ("analyse", "analysis.json", "--out", "o", "--fps", "25"),
    "measures and a point": ("analyse", "trials.csv", "--out", "o", "--measures", "m.csv", "--point", "nose"),
    "no variant": ("analyse", "trials.csv", "--out", "o", "--variant", "mine"),
    "no window": ("analyse", "trials.csv", "--out", "o", "--window", "30:0"),
    "no such number": ("analyse", "trials.csv", "--out", "o", "--set", "zone_radius_cm=1000"),
    "record and numbers": ("analyse", "analysis.json", "--out", "o", "--set", "zone_radius_cm=10"),
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
