"""Bands, rings, roaming entropy, encounters, turns of the head and other programs' corridors, on known swims."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from swims import ARENA, HIDDEN, PROBE, circle, line, measure

from napari_mazetrack.maze.measures import MeasureSettings, Window, measure_trial
from napari_mazetrack.maze.swim import Swim, make_swim


def pointing(degrees: np.ndarray, fps: float = 10.0) -> Swim:
    """Stay near one place, the head pointing this way in each sample (counter-clockwise from the right)."""
    time = np.arange(len(degrees)) / fps
    angle = np.radians(degrees)
    heading = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return replace(make_swim(time, np.stack([0.1 * time, 0 * time], axis=1)), heading_cm=heading)


def test_bands_along_the_wall_are_cut_exactly() -> None:
    values = measure(line((0, 0), (100, 0), fps=1.0), PROBE)
    assert values["wall_band_fraction"] == pytest.approx(0.15)
    assert values["narrow_wall_band_fraction"] == pytest.approx(0.08)


def test_rings_of_equal_width_and_of_equal_area() -> None:
    values = measure(line((0, 0), (100, 0), fps=1.0), PROBE)
    for ring in (1, 2, 3):
        assert values[f"ring_width_{ring}_fraction"] == pytest.approx(1 / 3)
        share = np.sqrt(ring / 3) - np.sqrt((ring - 1) / 3)
        assert values[f"ring_area_{ring}_fraction"] == pytest.approx(share)


def test_a_swim_beyond_the_waterline_is_in_the_last_ring() -> None:
    values = measure(circle(radius=103.0), PROBE)
    assert values["ring_width_3_fraction"] == values["ring_area_3_fraction"] == 1
    assert values["wall_band_fraction"] == 1


def test_close_encounters() -> None:
    # Within 20 cm of P twice; a wobble over that border is no second one; the platform itself is crossed once.
    values = measure(line((0, 0), (50, 0), (0, 0), (31, 0), (29.5, 0), (31, 0), (0, 0)), PROBE)
    assert values["close_encounters"] == 2
    assert values["platform_crossings"] == 1


def test_neither_the_start_nor_the_escape_is_a_close_encounter() -> None:
    assert measure(line((45, 15), (0, 15), (0, 0), (50, 0), stay_s=3))["close_encounters"] == 0
    assert measure(line((0, 15), (50, 15), (0, 15), (0, 0), (50, 0), stay_s=3))["close_encounters"] == 1


def test_the_heading_after_a_second() -> None:
    swim = line((-90, 0), (-90, 10), (-80, 10), (50, 10))
    assert measure(swim)["timed_heading_error_deg"] == pytest.approx(45 - np.degrees(0), abs=1e-6)
    longer = MeasureSettings(heading_after_s=0.5)
    value = measure_trial(swim, ARENA, HIDDEN, longer, [Window()])[0].values["timed_heading_error_deg"]
    assert value == pytest.approx(90)
    assert np.isnan(measure(line((-90, 0), (-85, 0)))["timed_heading_error_deg"])


def test_roaming_entropy_of_one_place_and_of_everywhere() -> None:
    step = 200 / 49
    grid = np.stack(np.meshgrid(np.arange(50), np.arange(50)), axis=-1).reshape(-1, 2) * step - 100
    everywhere = grid[np.hypot(*grid.T) <= 100]
    time = np.arange(len(everywhere)) / 10
    assert measure(make_swim(time, everywhere), PROBE)["roaming_entropy"] == pytest.approx(1, abs=1e-3)
    n_points, near = len(everywhere), np.exp(-((np.arange(-3, 4) * 50 * 2 / 49) ** 2) / 2)
    p = np.outer(near, near) / near.sum() ** 2
    expected = -(p * np.log(p)).sum() / np.log(n_points)
    point = grid[25 * 50 + 25]
    on_point = make_swim(time, np.tile(point, (len(time), 1)))
    assert measure(on_point, PROBE)["roaming_entropy"] == pytest.approx(expected, abs=1e-6)
    amid_four = make_swim(time, np.tile(point + step / 2, (len(time), 1)))
    assert measure(on_point, PROBE)["roaming_entropy"] < measure(amid_four, PROBE)["roaming_entropy"] < 0.3


def test_roaming_entropy_falls_from_a_search_of_the_pool_to_one_of_its_middle() -> None:
    rng = np.random.default_rng(0)
    entropies = [
        measure(make_swim(np.arange(2000) / 10, rng.normal(0, spread, (2000, 2))), PROBE)["roaming_entropy"]
        for spread in (5.0, 15.0, 40.0)
    ]
    assert entropies == sorted(entropies)


def test_the_share_of_floating() -> None:
    values = measure(line((-90, 0), (0, 0), stay_s=4.5), PROBE)
    assert values["floating_fraction"] == pytest.approx(values["floating_time_s"] / 9)
    assert values["floating_fraction"] == pytest.approx(0.5, abs=0.05)


def test_turns_of_the_head() -> None:
    left = pointing(np.r_[np.zeros(5), np.linspace(0, 90, 10), np.full(5, 90.0)])
    assert (measure(left, PROBE)["head_turns_left"], measure(left, PROBE)["head_turns_right"]) == (1, 0)
    mirrored = replace(ARENA, mirrored=True)
    assert measure(left, PROBE, mirrored)["head_turns_right"] == 1
    both = pointing(np.r_[np.linspace(150, 250, 10), np.linspace(250, 120, 10)])  # over the border at 180 degrees
    assert (measure(both, PROBE)["head_turns_left"], measure(both, PROBE)["head_turns_right"]) == (1, 1)
    nod = pointing(10 * np.sin(np.arange(50)))
    assert (measure(nod, PROBE)["head_turns_left"], measure(nod, PROBE)["head_turns_right"]) == (0, 0)
    assert "head_turns_left" not in measure(line((-90, 0), (0, 0)))


def test_corridors_of_other_programs() -> None:
    # A sample every 20 cm: at S, four ahead on the line S to P, and four away from the platform on the same line.
    swim = line((-30, 0), (50, 0), (-90, 0), fps=1.0)
    straight = measure(swim, PROBE, variant="rtrack")["corridor_time_fraction"]
    samples = swim.xy_cm[:, 0]
    assert straight == pytest.approx((samples >= -30).mean())  # what lies behind S is outside the triangle
    both_ways = measure(swim, PROBE, variant="pathfinder")["corridor_time_fraction"]
    assert both_ways == pytest.approx((samples != -30).mean())  # behind S counts too; S itself has no direction
    beyond = measure(line((-30, 0), (90, 0), fps=1.0), PROBE, variant="rtrack")["corridor_time_fraction"]
    assert beyond == pytest.approx(5 / 7)  # at -30, -10, 10, 30 and 50, but not at 70 and 90
    aside = line((-30, 0), (-30 + 40 * np.cos(np.radians(25)), 40 * np.sin(np.radians(25))), fps=1.0)
    assert measure(aside, PROBE, variant="rtrack")["corridor_time_fraction"] == pytest.approx(1 / 3)


def test_pathfinders_bands() -> None:
    values = measure(line((0, 0), (100, 0), fps=10.0), PROBE, variant="pathfinder")
    assert values["wall_band_fraction"] == values["thigmotaxis_fraction"] == pytest.approx(8 / 51)  # at 86, 88, … 100
    assert values["narrow_wall_band_fraction"] == pytest.approx(5 / 51)


def test_rtrack_does_not_wrap_turns() -> None:
    square = line((20, 0), (0, 0), (0, -20), (20, -20), (20, 20), fps=1.0)  # west, south, east, twice north
    values = measure(square, PROBE, variant="rtrack")
    assert values["total_turn_deg"] == pytest.approx(270 + 90 + 90)  # from 180 to -90 degrees is 270
    assert values["mean_angular_speed_deg_s"] == pytest.approx(450 / 5)
