"""Intervals on measures: they cover what really happened, and say how likely the platform was reached."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.measures import TrialMeasures
from napari_mazetrack.maze.measures.settings import WHOLE
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.simulator.scenario import scenario_named
from napari_mazetrack.simulator.trial import simulate_trial
from napari_mazetrack.simulator.trial_files import trial_row, true_arena, true_track
from napari_mazetrack.tracking.slow_errors import SLOW_SHARE, draw_slow
from napari_mazetrack.tracking.smoothing import Observations, smooth
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_csv import save_track_csv
from napari_mazetrack.tracking.track_nc import save_track_nc
from napari_mazetrack.workflows.measure import measure_recording
from napari_mazetrack.workflows.measure_intervals import measure_intervals
from napari_mazetrack.workflows.recordings import recordings_of_track

SIGMA_PX = 2.0
COVERED = (
    *("latency_s", "path_length_cm", "mean_proximity_cm", "thigmotaxis_fraction", "mean_centroid_distance_cm"),
    *(f"quadrant_{quadrant}_time_s" for quadrant in range(1, 5)),
)


def tracked(truth: Track, seed: int) -> Track:
    """What a detector with white and slow errors, and the smoother, make of a true track."""
    rng = np.random.default_rng(seed)
    final, sigma = truth.keypoints_xy.copy(), truth.sigma_px.copy()
    raw, raw_sigma = truth.raw_keypoints_xy.copy(), np.where(np.isfinite(truth.sigma_px), SIGMA_PX, np.nan)
    for k in range(final.shape[2]):
        slow = draw_slow(truth.time_s, 1, rng)[0]
        white = rng.standard_normal(slow.shape)
        raw[:, 0, k] += SIGMA_PX * (np.sqrt(SLOW_SHARE) * slow + np.sqrt(1 - SLOW_SHARE) * white)
        seen = Observations(
            truth.time_s, raw[:, 0, k].astype(float), raw_sigma[:, 0, k], np.zeros(truth.n_frames, bool)
        )
        path = smooth(seen)
        final[:, 0, k], sigma[:, 0, k] = path.compute_xy(), path.compute_sigma_px()
    return replace(
        truth, keypoints_xy=final, sigma_px=sigma, raw_keypoints_xy=raw, raw_sigma_px=raw_sigma.astype(np.float32)
    )


def intervals_of(name: str, seed: int, n_draws: int = 100):
    """Return the intervals of a simulated trial, and the measures of its true track."""
    simulated = simulate_trial(scenario_named(name), seed)
    truth, arena, trial = true_track(simulated), true_arena(simulated), trial_row(simulated, name)
    (recording,) = recordings_of_track(tracked(truth, seed), name)
    (true_recording,) = recordings_of_track(truth, name)

    def measure(one):
        return measure_recording(one, arena, trial, (WHOLE,))

    rows = run_to_end(measure_intervals(recording, measure(recording), measure, n_draws, seed=1))
    return {row["measure"]: row for row in rows}, measure(true_recording)[0].values


def test_intervals_cover_what_happened():
    covered, fastest = [], []
    for seed in range(10):
        for name in ("escape", "probe"):
            rows, truth = intervals_of(name, seed, n_draws=100)
            covered += [
                rows[m]["low"] <= truth[m] <= rows[m]["high"] for m in COVERED if rows[m]["high"] > rows[m]["low"]
            ]
            fastest.append(rows["max_speed_cm_s"]["low"] <= truth["max_speed_cm_s"] <= rows["max_speed_cm_s"]["high"])
    assert np.mean(fastest) >= 0.75  # 16 of these 20; round the track's own maximum it would be 13
    assert len(covered) > 150
    assert 0.88 <= np.mean(covered) <= 0.99  # 0.93 of 400; these are 170, several of one trial


def test_an_interval_is_wider_where_the_detector_is_less_sure():
    simulated = simulate_trial(scenario_named("probe"), 3)
    truth, arena, trial = true_track(simulated), true_arena(simulated), trial_row(simulated, "probe")
    widths = []
    for factor in (1.0, 3.0):
        track = tracked(truth, 3)
        (recording,) = recordings_of_track(replace(track, raw_sigma_px=factor * track.raw_sigma_px), "probe")

        def measure(one):
            return measure_recording(one, arena, trial, (WHOLE,))

        rows = run_to_end(measure_intervals(recording, measure(recording), measure, 60, seed=1))
        (row,) = [row for row in rows if row["measure"] == "mean_proximity_cm"]
        assert row["low"] <= row["value"] <= row["high"]
        widths.append(row["high"] - row["low"])
    assert widths[1] > 1.8 * widths[0]


def result(**values):
    return TrialMeasures(WHOLE, None, 0.0, values)


class Drawn:
    """A recording of which each draw is measured as the next of a list."""

    def __init__(self, draws):
        self.results = iter(draws)

    def rows(self, own, n):
        (recording,) = recordings_of_track(tracked(true_track(simulate_trial(scenario_named("chord"), 1)), 1), "a")
        job = measure_intervals(recording, [own], lambda _: [next(self.results)], n, seed=0)
        return {row["measure"]: row for row in run_to_end(job)}


def test_a_maximum_is_lowered_by_as_much_as_errors_raise_it():
    draws = [result(max_speed_cm_s=speed, median_speed_cm_s=speed) for speed in np.linspace(21, 23, 101)]
    rows = Drawn(draws).rows(result(max_speed_cm_s=20.0, median_speed_cm_s=20.0), 101)
    half = np.hypot(0.95, 2)  # the draws' spread and their shift
    for name, centre in (("max_speed_cm_s", 18), ("median_speed_cm_s", 20)):
        assert (rows[name]["low"], rows[name]["high"]) == pytest.approx((centre - half, centre + half))


def test_yes_or_no_gets_a_probability_and_text_nothing():
    draws = [result(reached_platform=i < 3, latency_s=float(i), strategy="scan") for i in range(5)]
    rows = Drawn(draws).rows(result(reached_platform=True, latency_s=1.0, strategy="scan"), 5)
    assert set(rows) == {"reached_platform", "latency_s"}
    assert rows["reached_platform"]["probability"] == pytest.approx(0.6)
    assert rows["latency_s"]["low"] == 0  # nothing that was drawn is less
    assert rows["latency_s"]["high"] == pytest.approx(1 + np.hypot(3.9 - 2, 1))


def test_an_interval_reaches_to_both_sides_of_a_value_that_every_draw_exceeds():
    draws = [result(path_length_cm=110.0 + i) for i in range(5)]
    rows = Drawn(draws).rows(result(path_length_cm=100.0), 5)
    assert rows["path_length_cm"]["low"] < 90
    assert rows["path_length_cm"]["high"] > 110


def test_what_is_missing_in_most_draws_has_no_interval():
    draws = [result(latency_s=float("nan") if i < 3 else 1.0, path_length_cm=None if i < 1 else 5.0) for i in range(4)]
    rows = Drawn(draws).rows(result(latency_s=1.0, path_length_cm=5.0), 4)
    assert np.isnan(rows["latency_s"]["low"])
    assert rows["path_length_cm"]["low"] == rows["path_length_cm"]["high"] == 5.0


@pytest.fixture
def files(tmp_path) -> Path:
    simulated = simulate_trial(scenario_named("probe"), 5)
    track = tracked(true_track(simulated), 5)
    save_track_nc(track, tmp_path / "a.tracks.nc")
    save_track_csv(track, tmp_path / "b.tracks.csv")
    save_arena(true_arena(simulated), tmp_path / "arena.json")
    return tmp_path


def measured(folder: Path, track: str, out: str, *more: str):
    arguments = ["measure", folder / track, "--arena", folder / "arena.json", "--kind", "probe", "--out", folder / out]
    return CliRunner().invoke(app, [*map(str, arguments), "--intervals", "20", *more], catch_exceptions=False)


def test_the_command_writes_them_beside_the_table(files):
    done = measured(files, "a.tracks.nc", "m.csv")
    assert done.exit_code == 0
    assert "m.intervals.csv" in done.stdout
    with (files / "m.intervals.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["window"] for row in rows} >= {"whole", "0:30"}
    (row,) = [row for row in rows if row["measure"] == "path_length_cm" and row["window"] == "whole"]
    assert float(row["low"]) < float(row["high"])
    assert (row["unit"], row["n_draws"]) == ("cm", "20")
    with (files / "m.csv").open(newline="") as handle:
        table = {line["window"]: line for line in csv.DictReader(handle)}
    for window, line in table.items():
        (row,) = [row for row in rows if row["measure"] == "path_length_cm" and row["window"] == window]
        assert (line["path_length_cm_low"], line["path_length_cm_high"]) == (row["low"], row["high"])
    assert "reached_platform_low" not in table["whole"]  # yes or no has a probability, in the table of intervals
    first = (files / "m.intervals.csv").read_bytes()
    assert measured(files, "a.tracks.nc", "m.csv", "--force").exit_code == 0
    assert (files / "m.intervals.csv").read_bytes() == first
    (files / "m.csv").unlink()
    (files / "m.json").unlink()
    with pytest.raises(Exception, match=r"m\.intervals\.csv"):
        measured(files, "a.tracks.nc", "m.csv")


def test_a_track_that_does_not_say_how_sure_it_is_has_none(files):
    done = measured(files, "b.tracks.csv", "m.csv")
    assert done.exit_code == 0
    assert "only a track's .nc file, or a project, says how sure it is" in done.stderr
    with (files / "m.intervals.csv").open(newline="") as handle:
        assert list(csv.DictReader(handle)) == []
    with (files / "m.csv").open(newline="") as handle:
        assert not any(column.endswith("_low") for column in next(csv.reader(handle)))
