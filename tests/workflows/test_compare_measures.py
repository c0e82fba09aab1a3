"""Measures beside the lab's numbers, and the blind sheet that a person fills in."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows.compare_measures import CompareRequest, compare_measures
from napari_mazetrack.workflows.rescore import write_rescore_sheet

HEADER = "trial,film,animal,group,kind,window,latency_s,path_length_cm,reached_platform"


@pytest.fixture
def measures(tmp_path: Path) -> Path:
    """Forty trials: latency is the trial's number, path ten times that; one was not measured, each has two windows."""
    lines = [HEADER]
    for i in range(40):
        name = f"t{i},f{i}.mp4,m{i % 4},ctrl,hidden"
        lines += [f"{name},whole,{i},{10 * i},true", f"{name},0:30,{i},1,true"]
    lines.append("lost,f.mp4,m1,ctrl,hidden,whole,,,")
    path = tmp_path / "measures.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as handle:
        return {row["measure"]: row for row in csv.DictReader(handle)}


def test_a_stopwatch_that_is_half_a_second_late(measures: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "stopwatch.csv"
    assert write_rescore_sheet(measures, sheet, ["latency_s"], percent=100, seed=1) == 40
    assert len({line.split(",")[0] for line in sheet.read_text().splitlines()[1:]}) == 40
    assert write_rescore_sheet(measures, sheet, ["latency_s"], percent=25, seed=1, force=True) == 10
    blind = sheet.read_text().splitlines()
    assert blind[0] == "trial,film,kind,latency_s"
    assert not [line for line in blind if "ctrl" in line or "lost" in line]
    numbers = [int(line.split(",")[0][1:]) for line in blind[1:]]
    assert len(set(numbers)) == 10
    assert numbers != sorted(numbers)
    write(sheet, blind[0], *(line + f"{i + 0.5}" for line, i in zip(blind[1:], numbers, strict=True)), ",,,")
    outcome = run_to_end(compare_measures(CompareRequest(measures, sheet, tmp_path / "agreement.csv")))
    row = rows(outcome.csv)["latency_s"]
    assert (row["n"], float(row["bias"]), float(row["sd"])) == ("10", -0.5, pytest.approx(0.0, abs=1e-6))
    assert all(float(row[f"{name}_low"]) == pytest.approx(-0.5) for name in ("bias", "lower_limit", "upper_limit"))
    assert 0 < float(row["icc_low"]) < float(row["icc"]) < float(row["icc_high"])
    assert float(row["icc"]) > 0.99
    assert all((tmp_path / f"agreement{ending}").stat().st_size > 1000 for ending in (".svg", ".pdf", ".png"))


def test_another_program_with_decimal_commas_and_gaps(measures: Path, tmp_path: Path) -> None:
    lab = write(
        tmp_path / "lab.csv",
        "trial;path_length_cm;latency_s;notes",
        *(f"t{i};{10 * i + (-1) ** i},0;{i if i < 2 else ''};x" for i in range(20)),
        "elsewhere;5;5;",
    )
    outcome = run_to_end(compare_measures(CompareRequest(measures, lab, tmp_path / "a.csv")))
    found = rows(outcome.csv)
    assert (found["path_length_cm"]["n"], float(found["path_length_cm"]["bias"])) == ("20", 0.0)
    assert float(found["path_length_cm"]["upper_limit"]) == pytest.approx(1.96 * (20 / 19) ** 0.5)
    assert (found["latency_s"]["n"], found["latency_s"]["bias"], found["latency_s"]["note"]) == (
        "2", "", "fewer than 3 pairs",
    )  # fmt: skip
    assert "1 rows" in outcome.messages[0]
    assert "notes" in outcome.messages[1]
    assert outcome.messages[2] == "Not compared: latency_s. Both tables give it for 2 trials; 3 are needed."


BAD = {
    "no trial": (["film,latency_s", "f1.mp4,3"], "no column trial"),
    "no measure": (["trial,time", "t1,3"], "No column of"),
    "no common trial": (["trial,latency_s", "T1,3"], "None of the trials"),
    "a trial twice": (["trial,latency_s", "t1,3", "t1,4"], "Row 3 .* twice"),
    "a word": (["trial,latency_s", "t1,3", "t2,late"], "Row 3 .* latency_s must be a number"),
}


@pytest.mark.parametrize(("lines", "words"), BAD.values(), ids=BAD)
def test_a_bad_table_is_told_and_nothing_is_written(
    measures: Path, tmp_path: Path, lines: list[str], words: str
) -> None:
    lab = write(tmp_path / "lab.csv", *lines)
    with pytest.raises(MazetrackError, match=words):
        run_to_end(compare_measures(CompareRequest(measures, lab, tmp_path / "a.csv")))
    assert not (tmp_path / "a.csv").exists()


def test_rows_that_are_not_told_apart(measures: Path, tmp_path: Path) -> None:
    two = measures.read_text() + "t1,f1.mp4,other,ctrl,hidden,whole,9,90,true\n"
    measures.write_text(two)
    lab = write(tmp_path / "lab.csv", "trial,latency_s", "t1,3")
    with pytest.raises(MazetrackError, match="column animal"):
        run_to_end(compare_measures(CompareRequest(measures, lab, tmp_path / "a.csv")))
    lab = write(tmp_path / "lab.csv", "trial,animal,latency_s", "t1,other,3", "t1,m1,1", "t2,m2,2")
    assert run_to_end(compare_measures(CompareRequest(measures, lab, tmp_path / "a.csv"))).found["latency_s"].n == 3


def test_too_few_trials_and_unknown_measures_are_told(tmp_path: Path, measures: Path) -> None:
    few = write(tmp_path / "few.csv", HEADER, "t1,f,m,c,hidden,whole,3,30,true")
    with pytest.raises(MazetrackError, match="1 measured trials"):
        write_rescore_sheet(few, tmp_path / "s.csv", ["latency_s"], percent=10, seed=0)
    with pytest.raises(MazetrackError, match="no measure 'time'"):
        write_rescore_sheet(measures, tmp_path / "s.csv", ["time"], percent=10, seed=0)
    write_rescore_sheet(measures, tmp_path / "s.csv", ["latency_s"], percent=10, seed=0)
    with pytest.raises(MazetrackError, match="--force"):
        write_rescore_sheet(measures, tmp_path / "s.csv", ["latency_s"], percent=10, seed=0)
