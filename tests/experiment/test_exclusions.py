"""Flags: each rule, and the counts of what they leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.exclusions import Placement, count_flow, find_flags, flagged_trials
from napari_mazetrack.experiment.measures_frame import measures_frame
from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.experiment.sheet import check_sheet
from napari_mazetrack.maze.trials import Trial, TrialKind

LIMITS = ExclusionLimits()


def swim(trial: str, **changes: object) -> dict[str, object]:
    good = {
        "trial": trial, "animal": "m1", "group": "g", "kind": "hidden", "day": 1, "window": "whole",
        "missing_fraction": 0.0, "mean_speed_cm_s": 20.0, "reached_platform": True, "floating_time_s": 0.0,
        "trial_duration_s": 20.0,
    }  # fmt: skip
    return good | changes


def sheet(rows: list[dict[str, object]]) -> list[Trial]:
    return [
        Trial(str(r["trial"]), TrialKind(str(r["kind"])), animal=str(r["animal"]), group=str(r["group"]), day=1)
        for r in rows
    ]


def flags_of(rows, placements=None, problems=None):
    return find_flags(measures_frame(rows), sheet(rows), problems or {}, placements or {}, LIMITS)


def test_good_trials_are_not_flagged():
    assert flags_of([swim("t1"), swim("t2")], {"t1": Placement(0.0, 0.2), "t2": Placement(0.02)}) == ()


TRIAL_RULES = {
    "missing_samples": ({"missing_fraction": 0.06}, None),
    "one_sample": ({"mean_speed_cm_s": None}, None),
    "outside_pool": ({}, Placement(0.03)),
    "wrong_start": ({}, Placement(0.0, 0.3)),
}


@pytest.mark.parametrize(("rule", "case"), TRIAL_RULES.items(), ids=TRIAL_RULES)
def test_a_rule_about_a_trial_flags_that_trial(rule, case):
    changes, placement = case
    flags = flags_of([swim("good"), swim("bad", **changes)], {"bad": placement} if placement else {})
    assert [(f.rule, f.trial) for f in flags] == [(rule, "bad")]


def test_an_animal_that_misses_the_visible_platform_is_flagged_in_all_its_trials():
    rows = [swim("t1"), *(swim(f"v{i}", kind="visible", reached_platform=i == 0) for i in range(3))]
    flags = flags_of([*rows, swim("other", animal="m2")])
    assert {(f.rule, f.trial) for f in flags} == {("visible_gate", t) for t in ("t1", "v0", "v1", "v2")}
    assert "1 of 3 visible trials" in flags[0].why


@pytest.mark.parametrize(("days", "is_flagged"), [(1, False), (2, True)])
def test_floating_must_last_over_days(days, is_flagged):
    rows = [swim(f"t{d}", day=d, floating_time_s=15.0 if d <= days else 0.0) for d in (1, 2, 3)]
    assert bool(flags_of(rows)) is is_flagged


def test_a_bad_trial_does_not_speak_for_its_animal():
    """A visible trial that could not be measured is no visible trial in which the platform was missed."""
    rows = [swim("v1", kind="visible"), swim("v2", kind="visible", reached_platform=None)]
    flags = flags_of(rows, problems={"v2": "no samples"})
    assert [(f.rule, f.trial) for f in flags] == [("not_measured", "v2")]


def test_what_is_left_is_counted_by_group():
    rows = [swim("a"), swim("b", missing_fraction=0.5), swim("c", animal="m2"), swim("d", animal="m3", group="h")]
    trials = [*sheet(rows), replace(sheet(rows)[0], trial="e")]
    flags = find_flags(measures_frame(rows), trials, {"e": "no track"}, {}, LIMITS)
    assert flagged_trials(flags) == {"b", "e"}
    assert flagged_trials(flags, only_unusable=True) == {"e"}
    g, h = count_flow(trials, flags)
    assert (g["trials_sheet"], g["trials_usable"], g["trials_analysed"]) == (4, 3, 2)
    assert (g["animals_sheet"], g["animals_analysed"], h["animals_analysed"]) == (2, 2, 1)


@pytest.mark.parametrize(
    ("animals", "groups", "words"),
    [("mm", "gh", "has one group"), ("mn", ("g", ""), "1 animal has no group"), (("", ""), "gg", "No trial names")],
)
def test_unclear_groups_are_refused(animals, groups, words):
    trials = [
        Trial(str(i), TrialKind.HIDDEN, animal=a, group=g) for i, (a, g) in enumerate(zip(animals, groups, strict=True))
    ]
    with pytest.raises(MazetrackError, match=words):
        check_sheet(trials)


def test_cohorts_are_named_for_all_animals_or_for_none():
    trials = [Trial(str(i), TrialKind.HIDDEN, animal=str(i), group="g", cohort="ab "[i].strip()) for i in range(3)]
    with pytest.raises(MazetrackError, match=r"1 animal has no cohort \(2\)"):
        check_sheet(trials)
    check_sheet([replace(trial, cohort="") for trial in trials])


def test_days_of_two_phases_with_one_number_are_two_days_of_floating():
    rows = [swim("t1", floating_time_s=15.0), swim("t2", kind="reversal", floating_time_s=15.0)]
    assert {flag.rule for flag in flags_of(rows)} == {"floating"}
    assert flags_of([rows[0], swim("t2", kind="reversal", day=2)]) == ()
