from __future__ import annotations

from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import COLUMNS, Trial, TrialKind, load_trials, save_trials

TRIALS = (
    Trial("d1_t1", TrialKind.HIDDEN, "a.mp4", "arena.json", "m1", "ctrl", day=1, trial_of_day=1, release_s=1.5),
    Trial("=cmd()", TrialKind.PROBE, notes='-3 °C, "cold"', exclude=True, exclude_reason="@lab", limit_s=30.0),
)


def write(folder: Path, text: str) -> Path:
    path = folder / "trials.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save_trials(TRIALS, tmp_path / "t.csv")
    assert load_trials(tmp_path / "t.csv") == TRIALS


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    save_trials(TRIALS, tmp_path / "t.csv")
    cells = [cell.strip('"') for line in (tmp_path / "t.csv").read_text().splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_of_all_countries(tmp_path: Path, delimiter: str) -> None:
    lines = [["trial", "kind", "limit_s"], ["t", "Hidden", "60,5" if delimiter != "," else "60.5"], ["", "", ""]]
    path = write(tmp_path, "\ufeff" + "\r\n".join(delimiter.join(cells) for cells in lines) + "\r\n")
    assert load_trials(path) == (Trial("t", TrialKind.HIDDEN, limit_s=60.5),)


BAD = {
    "unknown kind": ("trial,kind\na,hidden\nb,swim\n", "Row 3", "hidden, visible, reversal, probe"),
    "kind missing": ("trial,kind\na,\n", "Row 2", "one of"),
    "no kind column": ("trial,film\na,b\n", "kind", "columns are"),
    "unknown column": ("trial,kind,colour\na,hidden,red\n", "colour", "not known"),
    "column twice": ("trial,kind,kind\na,hidden,probe\n", "kind", "twice"),
    "no name": ("trial,kind\n,hidden\n", "Row 2", "no name"),
    "same name": ("trial,kind\na,hidden\na,probe\n", "Row 3", "row 2"),
    "text for seconds": ("trial,kind,release_s\na,hidden,soon\n", "Row 2", "release_s"),
    "NaN for seconds": ("trial,kind,release_s\na,hidden,nan\n", "Row 2", "release_s"),
    "negative": ("trial,kind,limit_s\na,hidden,-5\n", "Row 2", "limit_s"),
    "zero limit": ("trial,kind,limit_s\na,hidden,0\n", "Row 2", "limit_s"),
    "half a day": ("trial,kind,day\na,hidden,1.5\n", "Row 2", "whole number"),
    "end before release": ("trial,kind,release_s,end_s\na,hidden,5,4\n", "Row 2", "not after"),
    "strange flag": ("trial,kind,exclude\na,hidden,perhaps\n", "Row 2", "true or false"),
    "too many cells": ("trial,kind\na,hidden,x\n", "Row 2", "cells"),
    "no rows": ("trial,kind\n\n", "no rows", "one row"),
    "empty": ("", "empty", "columns"),
    "open quote": ('trial,kind\n"a,hidden\n', "CSV", "again"),
}


@pytest.mark.parametrize(("text", "where", "words"), BAD.values(), ids=BAD)
def test_a_bad_table_is_told_with_its_row(tmp_path: Path, text: str, where: str, words: str) -> None:
    with pytest.raises(MazetrackError) as caught:
        load_trials(write(tmp_path, text))
    assert where in str(caught.value)
    assert words in str(caught.value)


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"trial,kind\ncaf\xe9,hidden\n")
    with pytest.raises(MazetrackError, match="UTF-8"):
        load_trials(tmp_path / "t.csv")


def test_the_columns_are_the_promised_ones() -> None:
    assert ", ".join(COLUMNS) == (
        "trial, film, arena, animal, group, sex, cohort, day, trial_of_day, kind, start, platform, former_platform, "
        "release_s, end_s, limit_s, exclude, exclude_reason, notes"
    )
