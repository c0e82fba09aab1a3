"""Measures as a frame, and tables of measures that were made before."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measures_frame import load_measures, measures_frame
from napari_mazetrack.maze.trials import Trial, TrialKind

SHEET = [Trial("t1", TrialKind.HIDDEN, animal="A", day=1), Trial("t2", TrialKind.HIDDEN, animal="B", day=1)]


def row(trial: str, **changes: object) -> dict[str, object]:
    return {"trial": trial, "animal": "A", "window": "whole", "latency_s": 41.5, "path_length_cm": 830} | changes


def write(path: Path, rows: list[dict[str, object]], delimiter: str = ",") -> Path:
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_decimal_commas_are_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row("t1", latency_s="41,5", path_length_cm="")], delimiter=";")
    frame = measures_frame(load_measures(path, SHEET))
    assert frame["latency_s"].tolist() == [41.5]
    assert np.isnan(frame["path_length_cm"]).all()


def test_a_cell_that_is_no_number_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row("t1", latency_s="1.234,5")])
    with pytest.raises(MazetrackError, match=r"column latency_s .* '1.234,5'"):
        measures_frame(load_measures(path, SHEET))


def test_two_animals_of_a_track_are_not_one_of_the_sheet(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row("t1", animal="mouse_1"), row("t1", animal="mouse_2")])
    with pytest.raises(MazetrackError, match="'t1' twice in window 'whole'"):
        load_measures(path, SHEET)
    unnamed = [Trial("t1", TrialKind.HIDDEN)]
    assert [r["animal"] for r in load_measures(path, unnamed)] == ["mouse_1", "mouse_2"]


def test_a_table_without_whole_trials_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row("t1"), row("t1", window="0:30"), row("t2", window="0:30")])
    with pytest.raises(MazetrackError, match=r"no window 'whole' of 1 trials \(t2\)"):
        load_measures(path, SHEET)


def test_the_code_for_not_reached_is_no_latency() -> None:
    rows = [
        row("t1", latency_s=-1.0, trial_duration_s=60.0),
        row("t1", latency_s=-1.0, trial_duration_s=30.0, window="0:30"),
        row("t2", trial_duration_s=41.5),
    ]
    latency = measures_frame(rows)["latency_s"].to_numpy()
    np.testing.assert_array_equal(latency, [60.0, np.nan, 41.5])
