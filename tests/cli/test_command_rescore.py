"""`mazetrack rescore` says what to type next, and that works."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.maze.tables import write_table

MEASURE_TWICE = ("--measure", "latency_s", "--measure", "latency_s")


def test_the_next_command_that_it_names_compares_the_filled_sheet(tmp_path: Path) -> None:
    measures, sheet = tmp_path / "my measures.csv", tmp_path / "stopwatch.csv"
    columns = ("trial", "film", "kind", "window", "excluded", "latency_s")
    rows = [(f"t{i}", f"t{i}.mp4", "hidden", "whole", False, 5.0 + i) for i in range(8)]
    write_table(columns, [dict(zip(columns, row, strict=True)) for row in rows], measures, overwrite=False)
    result = CliRunner().invoke(
        app, ["rescore", str(measures), "--percent", "100", "--out", str(sheet), *MEASURE_TWICE]
    )
    assert result.exit_code == 0, result.output
    with sheet.open(newline="") as handle:
        drawn = list(csv.DictReader(handle))
    for row in drawn:
        row["latency_s"] = 5.5 + int(row["trial"][1:])
    write_table(tuple(drawn[0]), drawn, sheet, overwrite=True)
    _, command = result.output.split("then: mazetrack ")
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.exit_code == 0, result.output
    assert "8 pairs: ours - theirs -0.5" in result.output


def test_measures_that_are_all_the_same_have_no_correlation(tmp_path: Path) -> None:
    table = tmp_path / "m.csv"
    table.write_text("trial,floating_time_s\n" + "".join(f"t{i},0\n" for i in range(5)))
    result = CliRunner().invoke(app, ["compare", str(table), str(table), "--out", str(tmp_path / "a.csv")])
    assert "no ICC (all values are the same)" in result.output
    assert "nan" not in result.output
