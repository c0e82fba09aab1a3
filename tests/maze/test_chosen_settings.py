"""What a person says of the measures' numbers, and what is answered."""

from __future__ import annotations

import pytest
from swims import ARENA, HIDDEN, line

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.limits import limits_of
from napari_mazetrack.maze.measures import MeasureSettings, measure_trial
from napari_mazetrack.maze.measures.chosen_settings import SETTINGS, changed_settings, chosen_settings


def test_nothing_chosen_is_the_defaults() -> None:
    assert chosen_settings([]) == MeasureSettings()
    assert changed_settings(MeasureSettings()) == {}


def test_choices_count_and_are_told() -> None:
    settings = chosen_settings(["escape_dwell_s = 0.2", "grid_cells=20"])
    assert settings.events.escape_dwell_s == 0.2
    assert settings.grid_cells == 20
    assert changed_settings(settings) == {"escape_dwell_s": 0.2, "grid_cells": 20}
    swim = line((-90, 0), (50, 0), (-50, 40))
    assert measure_trial(swim, ARENA, HIDDEN, settings)[0].values["reached_platform"]
    assert not measure_trial(swim, ARENA, HIDDEN)[0].values["reached_platform"]


def test_every_default_lies_within_its_limits() -> None:
    for setting in SETTINGS.values():
        low, high = limits_of(setting)
        assert low <= setting.default <= high


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_can_be_at_its_limits(name: str) -> None:
    for value in limits_of(SETTINGS[name]):
        settings = chosen_settings([f"{name}={value}"])
        assert measure_trial(line((-90, 5), (0, 5), (50, 0), stay_s=3), ARENA, HIDDEN, settings)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["zone_radius"], "NAME=VALUE"),
        (["zone_radius=15"], "no setting 'zone_radius'.*zone_radius_cm"),
        (["zone_radius_cm=big"], "a number from 1 to 200; got 'big'"),
        (["zone_radius_cm=nan"], "from 1 to 200"),
        (["zone_radius_cm=1000"], "from 1 to 200"),
        (["grid_cells=9.5"], "a whole number"),
        (["rate_hz=5", "rate_hz=6"], "twice"),
        (["events=1"], "no setting 'events'"),
    ],
)
def test_a_wrong_choice_is_told(texts: list[str], words: str) -> None:
    with pytest.raises(MazetrackError, match=words):
        chosen_settings(texts)
