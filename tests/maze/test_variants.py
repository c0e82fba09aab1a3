"""Measures as other programs compute them, on swims whose values are arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from swims import ARENA, HIDDEN, PROBE, line, measure

from napari_mazetrack.maze.measures import VARIANTS
from napari_mazetrack.maze.swim import make_swim


def test_variants_change_only_what_they_name() -> None:
    swim = line((-90, 0), (50, 0), (-50, 40))
    default = measure(swim)
    for name, variant in VARIANTS.items():
        values = measure(swim, variant=name)
        differing = {key for key in default if values[key] != default[key] and not np.isnan(default[key])}
        assert differing <= set(variant.formulas)
    assert not default["reached_platform"]
    assert measure(swim, variant="first_contact")["latency_s"] == pytest.approx(6.5)
    assert measure(swim, variant="ethovision")["reached_platform"]


def test_edge_measures_to_the_platforms_edge() -> None:
    values = measure(line((-90, 0), (50, 0), stay_s=3), variant="edge")
    assert values["mean_proximity_cm"] == pytest.approx(130 / 2)
    assert values["cumulative_proximity_cm_s"] == pytest.approx(130 / 2 * 6.5)
    assert values["corrected_cumulative_proximity_cm_s"] == pytest.approx(0, abs=1e-6)


def test_edge_is_nought_on_the_platform() -> None:
    assert measure(line((42, 0), (58, 0)), PROBE, variant="edge")["mean_proximity_cm"] == 0


def test_ethovision_goes_on_to_the_end_of_the_recording() -> None:
    swim = line((-90, 0), (50, 0), stay_s=3)  # a sample every 2 cm: 0.1 s
    values = measure(swim, variant="ethovision")
    assert values["trial_duration_s"] == pytest.approx(10)
    assert values["path_length_cm"] == pytest.approx(140)
    assert values["mean_speed_cm_s"] == pytest.approx(14)
    assert values["latency_s"] == pytest.approx(6.5)
    assert values["mean_proximity_cm"] == pytest.approx(np.r_[np.arange(130, 0, -2), np.zeros(36)].mean())
    assert values["cumulative_proximity_cm_s"] == pytest.approx(130 / 2 * 6.5)
    at_limit = measure(swim, replace(HIDDEN, limit_s=5.0), variant="ethovision")
    assert (at_limit["path_length_cm"], at_limit["reached_platform"]) == (pytest.approx(100), False)


def test_ethovision_bridges_no_gap() -> None:
    swim = line((-90, 5), (90, 5))
    xy = swim.xy_cm.copy()
    xy[20:24] = np.nan
    gappy = make_swim(swim.time_s, xy)
    assert measure(gappy, PROBE)["path_length_cm"] == pytest.approx(180)
    assert measure(gappy, PROBE, variant="ethovision")["path_length_cm"] == pytest.approx(180 - 5 * 2)


def test_ethovision_sees_no_contact_between_two_samples() -> None:
    swim = line((-90, 8), (90, 8), fps=0.5)  # on the platform from x = 44 to 56, sampled at 30 and 70
    assert measure(swim, variant="first_contact")["latency_s"] == pytest.approx((90 + 44) / 20)
    assert not measure(swim, variant="ethovision")["reached_platform"]


def test_no_variant_reaches_a_platform_that_is_not_there() -> None:
    bare = replace(ARENA, platforms={}, quadrant_frame="image")
    for name in VARIANTS:
        values = measure(line((-90, 0), (90, 0)), replace(PROBE, platform=""), bare, variant=name)
        assert np.isnan(values["reached_platform"])
        assert np.isnan(values["latency_s"])


def test_hvs() -> None:
    reached = measure(line((-90, 0), (-90, 30), (50, 30), (50, 0), stay_s=3), variant="hvs")
    assert reached["initial_heading_error_deg"] == pytest.approx(np.degrees(np.arctan2(30, 10)))  # at (-80, 30)
    assert reached["latency_s"] == pytest.approx(190 / 20)
    assert reached["path_efficiency"] == pytest.approx(190 / 130)
    lost = measure(line((-90, 0), (-90, 30)), variant="hvs")
    assert lost["latency_s"] == -1
    assert np.isnan(lost["path_efficiency"])
    assert np.isnan(lost["initial_heading_error_deg"])  # 40 cm are never travelled


def test_manymaze() -> None:
    values = measure(line((-90, 0), (-90, 40), (-90, 0), (50, 0), stay_s=3), variant="manymaze")
    detour = 140 + 2 * np.hypot(140, 20) + np.hypot(140, 40)  # at 0, 1, 2 and 3 s; then it swims straight
    assert values["corrected_cumulative_proximity_cm_s"] == pytest.approx(detour)
    straight = measure(line((-90, 0), (50, 0), stay_s=3), variant="manymaze")
    assert straight["corrected_cumulative_proximity_cm_s"] == pytest.approx(0, abs=1e-6)


def test_gallagher_1993() -> None:
    straight = measure(line((-90, 0), (50, 0), stay_s=3), variant="gallagher1993")
    assert straight["mean_proximity_cm"] == pytest.approx(np.mean([131, 111, 91, 71, 51, 31, 15]))
    values = measure(line((-85, 0), (-85, 40), (-85, 0), (50, 0), stay_s=3), variant="gallagher1993")
    # A straight swim would take 6.75 s, so the means of the seconds 7 to 10 count; the last one has three samples.
    assert values["corrected_cumulative_proximity_cm_s"] == pytest.approx(66 + 46 + 26 + 13)
