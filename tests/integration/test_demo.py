"""`mazetrack demo` on the sample data, against what really happened in the sample films."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.resources import sample_data_folder, shipped_model_path

FRAME_S = 1 / 15


@pytest.fixture(scope="module")
def demo(mazetrack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    try:
        shipped_model_path()
    except MazetrackError as error:
        pytest.skip(str(error))
    out = tmp_path_factory.mktemp("demo")
    return out, mazetrack("demo", "--out", out).stdout


@pytest.mark.parametrize("kind", ["hidden", "probe"])
def test_the_sample_trials_come_out_as_they_were(demo, kind):
    truth = json.loads((sample_data_folder() / f"truth_{kind}.json").read_text())
    table = pd.read_csv(demo[0] / "measures.csv")
    row = table[(table.kind == kind) & (table.window == "whole")].iloc[0]
    assert row.end_reason == truth["end_reason"]
    assert row.path_length_cm == pytest.approx(truth["path_length_cm"], rel=0.03)
    for quadrant, seconds in enumerate(truth["quadrant_time_s"], start=1):
        assert row[f"quadrant_{quadrant}_time_s"] == pytest.approx(seconds, abs=0.2)
    if kind == "hidden":
        assert row.latency_s == pytest.approx(truth["latency_s"], abs=FRAME_S)


def test_a_short_table_is_printed_and_says_where_the_results_are(demo):
    out, said = demo
    assert said.splitlines()[0].split() == ["hidden", "probe"]
    assert f"Figure:   {out / 'trajectories.png'}" in said
    assert (out / "trajectories.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "trajectories.svg").is_file()


def test_a_simulated_experiment_is_analysed_beside_them(demo):
    out, said = demo
    assert f"Report:   {out / 'analysis' / 'report.html'}" in said
    tests = pd.read_csv(out / "analysis" / "statistics.csv").set_index("outcome")
    assert tests.loc["hidden.path_length_cm.mean", "p"].iloc[0] < 0.01  # the groups do learn at different speeds
    assert (out / "analysis" / "figures" / "contact_sheet.pdf").is_file()


def test_three_of_its_mice_are_shown_one_by_one_and_named_as_simulated(demo):
    out, said = demo
    assert f"{out / 'three_mice' / 'report.html'}" in said
    whole, mice = (pd.read_csv(out / name / "measures.csv") for name in ("analysis", "three_mice"))
    assert set(mice["animal"]) == {"mouse 1", "mouse 2", "mouse 3"}
    assert set(mice["group"]) == {"simulated"}
    own = whole[whole["trial"].isin(mice["trial"])]
    assert sorted(own["path_length_cm"]) == sorted(mice["path_length_cm"])
    drawn = (out / "three_mice" / "figures" / "trajectories.svg").read_text()
    assert all(f"mouse {i}" in drawn for i in (1, 2, 3))
    for name in ("exploration_time", "probe_trajectories", "quadrants"):
        assert (out / "three_mice" / "figures" / f"{name}.png").is_file()


def test_results_are_not_replaced_unasked(demo, mazetrack):
    again = mazetrack("demo", "--out", demo[0], check=False)
    assert again.returncode == 1
    assert "--force" in again.stderr
    assert "Traceback" not in again.stderr
