"""What was fixed before unblinding, and what a report says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_mazetrack.experiment.exclusions import Flag
from napari_mazetrack.experiment.settings import AnalysisSettings, ExclusionLimits
from napari_mazetrack.experiment.unblinding import FixedChoices, Unblinding, changes, tell_unblinding
from napari_mazetrack.maze.trials import Trial, TrialKind

FLAGS = [Flag(rule, trial, "m", "g", "why") for trial, rule in (("t2", "sheet"), ("t1", "floating"), ("t2", "no_day"))]
TRIALS = [Trial(f"t{i}", TrialKind.HIDDEN, animal="m", group="sham") for i in range(1, 5)]
FIXED = FixedChoices.of(AnalysisSettings(primary="hidden.latency_s.mean"), FLAGS, TRIALS)
UNBLINDING = Unblinding("2026-03-01T12:00:00+01:00", "Ann", "1.0", FIXED)


def test_choices_hold_rules_by_trial_and_have_a_digest_of_all_of_it():
    assert FIXED.left_out == {"t1": ("floating",), "t2": ("no_day", "sheet")}
    assert FIXED.groups == {"t1": "sham", "t2": "sham", "t3": "sham", "t4": "sham"}
    assert FixedChoices.of(AnalysisSettings(primary=FIXED.primary), FLAGS[::-1], TRIALS[::-1]).digest == FIXED.digest
    changed = {"primary": "", "left_out": {}, "limits": ExclusionLimits(0.06), "groups": FIXED.groups | {"t1": "drug"}}
    changed["animals"] = {}
    assert len({FIXED.digest, *(replace(FIXED, **{name: value}).digest for name, value in changed.items())}) == 6


CHANGES = {
    "primary": ({"primary": ""}, "primary outcome from hidden.latency_s.mean to none"),
    "limit": ({"limits": ExclusionLimits(floating_days=3)}, "floating_days from 2 to 3"),
    "more": ({"left_out": {**FIXED.left_out, "t4": ("sheet",)}}, "now left out: trial t4"),
    "fewer": ({"left_out": {}}, "no longer left out: trials t1, t2"),
    "rules": ({"left_out": {**FIXED.left_out, "t1": ("sheet",)}}, "left out by other rules: trial t1"),
    "another group": ({"groups": {**FIXED.groups, "t1": "drug", "t4": "drug"}}, "in another group: trials t1, t4"),
    "another animal": ({"animals": {**FIXED.animals, "t3": "n"}}, "of another animal: trial t3"),
    "a new trial": ({"groups": {**FIXED.groups, "t9": "sham"}}, "new in the sheet: trial t9"),
    "a trial less": (
        {"groups": {"t2": "sham", "t3": "sham", "t4": "sham"}, "left_out": {"t2": ("no_day", "sheet")}},
        "gone from the sheet: trial t1",
    ),
    "many": (
        {"left_out": {**FIXED.left_out, **{f"x{i}": ("sheet",) for i in range(12)}}},
        "now left out: trials x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 2 more",
    ),
}


@pytest.mark.parametrize(("changed", "words"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_told_at_the_top_and_in_the_methods(changed, words):
    now = replace(FIXED, **changed)
    assert changes(FIXED, now) == [words]
    told = tell_unblinding(UNBLINDING, now)
    assert told.heading == "Changed after unblinding on 2026-03-01:"
    assert told.note == f"{words}."
    assert "were fixed before unblinding on 2026-03-01" in told.methods
    assert told.methods.endswith(f"They were CHANGED after unblinding: {words}.")


def test_what_was_kept_is_told_in_the_methods_alone():
    told = tell_unblinding(UNBLINDING, FIXED)
    assert (told.heading, told.note) == ("", "")
    assert "the primary outcome (hidden.latency_s.mean) were fixed before unblinding on 2026-03-01" in told.methods
    assert FIXED.digest in told.methods
    assert "CHANGED" not in told.methods


def test_a_log_of_an_older_version_says_nothing_of_animals():
    assert changes(replace(FIXED, animals={}), FIXED) == []
