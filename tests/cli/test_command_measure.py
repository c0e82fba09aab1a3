from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.cli.command_find_arena import _lines
from napari_mazetrack.cli.command_measure import VARIANT_NAMES
from napari_mazetrack.cli.main import main
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.find_arena import FoundArena
from napari_mazetrack.maze.measures import VARIANTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    platform = Platform("circle", 400.0, 240.0, 20.0)
    save_arena(
        Arena(Ellipse(300, 240, 200, 200), diameter_cm=100.0, platforms={"p": platform}), tmp_path / "arena.json"
    )
    rows = [f"{i / 10},{min(120 + 4 * i, 300)},{240 + 5 * np.sin(i / 9):.3f}" for i in range(120)]
    (tmp_path / "film.csv").write_text("\n".join(["time_s,x,y", *rows]))
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["mazetrack", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


GOOD = ("measure", "film.csv", "--arena", "arena.json", "--kind", "hidden", "--out", "m.csv")


def test_measure_writes_a_table_and_says_so(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, folder, *GOOD, "--window", "whole", "--window", "0:5", "--window", "0:5") == 0
    said = capsys.readouterr()
    assert "platform not reached, film_ended" in said.out
    assert said.err == ""
    assert (folder / "m.csv").read_text().count("\n") == 3
    assert (folder / "m.json").is_file()


def test_a_number_that_is_set_counts_and_is_recorded(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert run(monkeypatch, folder, *GOOD, "--set", "zone_radius_cm=1", "--set", "wall_width=0.5") == 0
    about = json.loads((folder / "m.json").read_text())
    assert about["changed_settings"] == {"zone_radius_cm": 1.0, "wall_width": 0.5}
    assert about["settings"]["zone_radius_cm"] == 1.0
    (row,) = csv.DictReader((folder / "m.csv").read_text().splitlines())
    assert float(row["zone_time_s"]) == 0


WRONG_USAGE = {
    "no kind": GOOD[:4] + GOOD[6:],
    "no arena": GOOD[:2] + GOOD[4:],
    "unknown kind": (*GOOD[:5], "swim", *GOOD[6:]),
    "kind and trials": (*GOOD, "--trials", "trials.csv"),
    "bad window": (*GOOD, "--window", "30"),
    "unknown setting": (*GOOD, "--set", "zone=15"),
    "setting beyond its limits": (*GOOD, "--set", "zone_radius_cm=1000"),
    "unknown variant": (*GOOD, "--variant", "other"),
    "not a table": (*GOOD[:-1], "m.xlsx"),
    "no out": GOOD[:-2],
}


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_exits_with_2(monkeypatch: pytest.MonkeyPatch, folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(monkeypatch, folder, *arguments) == 2
    assert not (folder / "m.csv").exists()


FAILURES = {
    "no track": ("measure", "none.csv", *GOOD[2:]),
    "no arena file": (*GOOD[:3], "none.json", *GOOD[4:]),
    "no trials file": ("measure", "film.csv", "--trials", "none.csv", "--out", "m.csv"),
    "no film": ("find-arena", "none.mp4", "--out", "a.json"),
}


@pytest.mark.parametrize("arguments", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_sentence_and_1(
    monkeypatch: pytest.MonkeyPatch, folder: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, folder, *arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("mazetrack: ")
    assert "Traceback" not in said
    assert not (folder / "m.csv").exists()


def test_help_names_every_variant(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tuple(VARIANTS) == VARIANT_NAMES
    assert run(monkeypatch, folder, "measure", "--help") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in VARIANTS)


def test_find_arena_wants_both_heights(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert run(monkeypatch, folder, "find-arena", "f.mp4", "--out", "a.json", "--rim-above-water-cm", "10") == 2


@pytest.mark.parametrize(
    ("is_given", "words"), [(True, "(camera 200 cm above the water)"), (False, "were the camera 200 cm above")]
)
def test_a_height_that_is_assumed_is_told_as_such(is_given: bool, words: str) -> None:
    found = FoundArena(Arena(Ellipse(300, 240, 200, 200), diameter_cm=100.0), 0.1, 1.0, {5.0: 1.6}, 200.0)
    assert words in "".join(_lines(found, is_height_given=is_given))
