"""Chance of every zone: against points that are everywhere alike in the pool, and against arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from swims import ARENA, HIDDEN, PROBE, line

from napari_mazetrack.maze.arena import Platform
from napari_mazetrack.maze.geometry import Disc, Polygon, Ring
from napari_mazetrack.maze.measures import REGISTRY, VARIANTS, MeasureSettings, measure_trial
from napari_mazetrack.maze.measures.chance import chance_of_zones
from napari_mazetrack.maze.measures.view import maze_of_trial
from napari_mazetrack.maze.trials import Trial, TrialKind

SETTINGS = MeasureSettings()
#: A hundred thousand points, everywhere alike in the pool (a sunflower's seeds).
INDEX = np.arange(100_000) + 0.5
SEEDS = 100 * np.sqrt(INDEX / 1e5)[:, None] * np.stack([np.cos(2.39996323 * INDEX), np.sin(2.39996323 * INDEX)], axis=1)


def chance(platform: Platform, start: tuple[float, float] = (-95.0, 0.0), **settings: float) -> dict[str, float]:
    maze = maze_of_trial(replace(ARENA, platforms={"east": platform}), HIDDEN)
    return chance_of_zones(maze, replace(SETTINGS, **settings), np.array(start))


def test_zones_of_the_pool() -> None:
    values = chance(Platform("circle", 50.0, 0.0, 10.0))
    expected = {
        "quadrant_1_time_fraction": 0.25,
        "quadrant_target_time_fraction": 0.25,
        "zone_time_fraction": 0.04,
        "annulus_time_fraction": 0.6**2 - 0.4**2,
        "thigmotaxis_fraction": 0.36,
        "centre_fraction": 0.25,
        "wall_band_fraction": 1 - 0.85**2,
        "narrow_wall_band_fraction": 1 - 0.92**2,
        "ring_width_1_fraction": 1 / 9,
        "ring_width_3_fraction": 5 / 9,
        "ring_area_2_fraction": 1 / 3,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("x", [0.0, 50.0, 85.0, 95.0])
def test_only_what_lies_in_the_pool_counts(x: float) -> None:
    values = chance(Platform("circle", x, 0.0, 10.0), zone_radius_cm=30.0)
    assert values["zone_time_fraction"] == pytest.approx(Disc((x, 0.0), 30.0).contains(SEEDS).mean(), abs=3e-4)
    ring = Ring((0.0, 0.0), max(0.0, x - 10), x + 10)
    assert values["annulus_time_fraction"] == pytest.approx(ring.contains(SEEDS).mean(), abs=3e-4)


@pytest.mark.parametrize("start", [(-95.0, 0.0), (0.0, 99.0), (-60.0, -79.0), (45.0, 0.0)])
def test_the_corridor(start: tuple[float, float]) -> None:
    values = chance(Platform("circle", 50.0, 0.0, 10.0), start)
    along = np.array([50.0, 0.0]) - start
    across = np.array([-along[1], along[0]]) / np.hypot(*along) * 10
    corners = [start - across, start + along - across, start + along + across, start + across]
    strip = Polygon(tuple((float(x), float(y)) for x, y in corners))
    assert values["corridor_time_fraction"] == pytest.approx(strip.contains(SEEDS).mean(), abs=5e-4)


def test_a_zone_that_holds_the_pool_is_all_of_it() -> None:
    assert chance(Platform("circle", 0.0, 0.0, 10.0), zone_radius_cm=200.0)["zone_time_fraction"] == 1


def test_every_share_of_time_in_a_zone_has_its_chance() -> None:
    shares = {name for name in REGISTRY if name.endswith("_fraction")}
    without_a_zone = {"coverage_fraction", "floating_fraction"}
    reversal = Trial("t", TrialKind.REVERSAL, platform="east", former_platform="old", release_s=0.0)
    values = measure_trial(line((-90, 0), (50, 0), stay_s=3), ARENA, reversal)[0].chance
    assert set(values) == shares - without_a_zone | {"former_zone_time_fraction", "former_annulus_time_fraction"}


def test_what_a_variant_defines_has_none() -> None:
    values = measure_trial(line((-90, 0), (90, 0)), ARENA, PROBE, variant=VARIANTS["pathfinder"])[0].chance
    assert "thigmotaxis_fraction" not in values  # a band of 15 cm, not of 0.2 R
    assert values["zone_time_fraction"] == pytest.approx(0.04)


def test_without_a_platform_there_is_none_of_its_zones() -> None:
    bare = replace(ARENA, platforms={}, quadrant_frame="image")
    values = measure_trial(line((-90, 0), (50, 0)), bare, replace(PROBE, platform=""))[0].chance
    assert "quadrant_1_time_fraction" in values
    assert not {"quadrant_target_time_fraction", "zone_time_fraction", "corridor_time_fraction"} & set(values)
