"""Names of films as rows of a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.workflows.file_names import EXAMPLE, match_names, told_of
from napari_mazetrack.workflows.trials_sheet import TrialsSheet

NAMES = {
    EXAMPLE: ("m7_d02_t1.mp4", {"animal": "m7", "day": "2", "trial_of_day": "1"}),
    "{group}/{animal}-{day}": ("lesion/WT 3-4.avi", {"group": "lesion", "animal": "WT 3", "day": "4"}),
    "{}_{animal}_{kind}": ("2026-03-01_box2_m1_Probe.mp4", {"animal": "m1", "kind": "probe"}),
    "Mouse{animal}d{day}": ("MOUSE12D3.mp4", {"animal": "12", "day": "3"}),
    "{sex}{animal}(day {day})": ("f12(day 3).mp4", {"sex": "f", "animal": "12", "day": "3"}),
    "{animal}_{day}": ("m_1_2.tracks.nc", {"animal": "m_1", "day": "2"}),
}


@pytest.mark.parametrize(("pattern", "found"), NAMES.items(), ids=NAMES)
def test_a_name_says_what_its_pattern_names(pattern: str, found: tuple[str, dict[str, str]]) -> None:
    name, cells = found
    (match,) = match_names([Path("films") / name], pattern)
    assert match.cells == cells
    assert match.why == ""


def test_what_does_not_match_and_what_says_the_same_is_told() -> None:
    films = [Path(name) for name in ("m1_d1_t1.mp4", "calibration.mp4", "m1_d1_t1.avi", "m1_dX_t1.mp4")]
    matches = match_names(films, EXAMPLE)
    assert [match.why for match in matches] == ["", "does not match", "says the same as m1_d1_t1.mp4", "does not match"]
    assert told_of(matches) == "2 of 4 names match; 1 says the same as another one."
    (match,) = match_names([Path("m1_swim.mp4")], "{animal}_{kind}")
    assert match.why == "'swim' is no kind: hidden, visible, reversal, probe"
    assert match.cells == {}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("{mouse}_{day}", "'{mouse}' is no column"), ("film", "names no column"), ("{day}_{day}", "names day twice")],
)
def test_a_pattern_that_is_none_is_told(pattern: str, said: str) -> None:
    with pytest.raises(MazetrackError, match=said):
        match_names([Path("m1_2.mp4")], pattern)


def test_a_sheet_is_filled_in_from_the_names(tmp_path: Path) -> None:
    films = [tmp_path / name for name in ("m1_d1_t2.mp4", "other.mp4")]
    sheet = TrialsSheet.create(tmp_path / "trials.csv", films, names=EXAMPLE)
    first, second = sheet.trials
    assert (first.animal, first.day, first.trial_of_day, first.kind) == ("m1", 1, 2, TrialKind.HIDDEN)
    assert (second.trial, second.animal, second.day) == ("other", "", None)
    sheet.add_films([tmp_path / "m2_d1_t1.mp4"], names=EXAMPLE)
    assert sheet.trials[-1].animal == "m2"
