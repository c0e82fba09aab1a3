"""Exclusions are flags that are counted and told, never deletions.

Rules about a trial flag the trial, rules about an animal all of its trials. A flagged trial keeps its row in the table
of measures; summaries and statistics are made without the flagged ones, statistics also with them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.maze.trials import Trial

#: What each rule means, in the order of the report.
RULES: dict[str, str] = {
    "not_measured": "could not be measured",
    "no_animal": "the sheet names no animal",
    "no_day": "a training trial without a day",
    "one_sample": "fewer than two positions, so no path",
    "sheet": "marked in the trials sheet",
    "missing_samples": "too many samples without a position",
    "outside_pool": "the animal is outside of the pool",
    "wrong_start": "does not begin at the named start",
    "same_swim": "the same stretch of film as another trial",
    "visible_gate": "the animal does not reach the visible platform",
    "floating": "the animal floats",
}
#: Without these a trial has no value or no place in the design: it is in neither of the two analyses.
UNUSABLE = frozenset({"not_measured", "no_animal", "no_day", "one_sample"})
_TRAINING = ("hidden", "reversal")


@dataclass(frozen=True)
class Flag:
    """One trial that a rule flags, and why.

    Attributes
    ----------
    rule : str
        A key of `RULES`.
    trial, animal, group : str
        Whom it concerns.
    why : str
        The finding and the limit, in words.
    """

    rule: str
    trial: str
    animal: str
    group: str
    why: str


@dataclass(frozen=True)
class Placement:
    """Where a trial's path lies: share of samples outside the pool, and distance of its begin from its start.

    Attributes
    ----------
    outside_fraction : float
        Share of the positions farther than 1.1 pool radii from the pool's centre.
    start_distance : float or None
        Pool diameters; None where the sheet or the arena names no start.
    same_as : str
        Trial that was measured on the same stretch of the film; empty where there is none.
    """

    outside_fraction: float
    start_distance: float | None = None
    same_as: str = ""


def find_flags(
    frame: pd.DataFrame,
    trials: Sequence[Trial],
    problems: Mapping[str, str],
    placements: Mapping[str, Placement],
    limits: ExclusionLimits,
) -> tuple[Flag, ...]:
    """Return every flag of an experiment.

    Parameters
    ----------
    frame : DataFrame
        Measures (`measures_frame`); only the window ``whole`` is looked at.
    trials : sequence of Trial
        The sheet.
    problems : mapping
        By trial: why it could not be measured.
    placements : mapping
        By trial: where its path lies; empty where only a table of measures was given.
    limits : ExclusionLimits
        When a trial or an animal is flagged.
    """
    whole = frame[frame["window"] == "whole"]
    flags = _sheet_flags(trials, problems)
    unusable = {flag.trial for flag in flags if flag.rule in UNUSABLE}
    for row in whole[~whole["trial"].isin(unusable)].to_dict("records"):
        flags += _trial_flags(row, placements.get(row["trial"]), limits)
    usable = whole[~whole["trial"].isin({flag.trial for flag in flags if flag.rule in UNUSABLE})]
    for animal, rows in usable.groupby("animal"):
        for rule, why in _animal_findings(rows, limits):
            own = frame[(frame["animal"] == animal) & (frame["window"] == "whole")]
            flags += [Flag(rule, str(r.trial), str(animal), str(r.group), why) for r in own.itertuples()]
    order = {rule: number for number, rule in enumerate(RULES)}
    return tuple(sorted(flags, key=lambda flag: order[flag.rule]))


def _sheet_flags(trials: Sequence[Trial], problems: Mapping[str, str]) -> list[Flag]:
    flags = []
    for trial in trials:
        findings = {
            "not_measured": problems.get(trial.trial, ""),
            "no_animal": "" if trial.animal else "the column animal is empty",
            "no_day": "the column day is empty" if trial.day is None and trial.kind.value in _TRAINING else "",
            "sheet": (trial.exclude_reason or "no reason is given") if trial.exclude else "",
        }
        flags += [Flag(rule, trial.trial, trial.animal, trial.group, why) for rule, why in findings.items() if why]
    return flags


def _trial_flags(row: Mapping[Hashable, Any], placement: Placement | None, limits: ExclusionLimits) -> list[Flag]:
    missing = float(row["missing_fraction"])
    findings = []
    if np.isnan(row["mean_speed_cm_s"]):
        findings.append(("one_sample", "no two positions are joined"))
    if missing > limits.max_missing_fraction:
        findings.append(("missing_samples", f"{missing:.1%} missing, limit {limits.max_missing_fraction:.1%}"))
    if placement is not None and placement.outside_fraction > limits.max_outside_fraction:
        told = f"{placement.outside_fraction:.1%} of the positions outside, limit {limits.max_outside_fraction:.1%}"
        findings.append(("outside_pool", told))
    if placement is not None and (placement.start_distance or 0.0) > limits.max_start_distance:
        told = f"begins {placement.start_distance:.2f} pool diameters away, limit {limits.max_start_distance:g}"
        findings.append(("wrong_start", told))
    if placement is not None and placement.same_as:
        findings.append(("same_swim", f"begins and ends as the trial {placement.same_as} does: give its own times"))
    return [Flag(rule, row["trial"], row["animal"], row["group"], why) for rule, why in findings]


def _animal_findings(rows: pd.DataFrame, limits: ExclusionLimits) -> list[tuple[str, str]]:
    """Return rule and reason for one animal's usable trials."""
    findings = []
    visible = rows.loc[rows["kind"] == "visible", "reached_platform"].dropna()
    if len(visible) and visible.mean() < limits.min_visible_reached:
        told = f"reached it in {int(visible.sum())} of {len(visible)} visible trials"
        findings.append(("visible_gate", f"{told}, at least {limits.min_visible_reached:.0%} are needed"))
    by_day = rows.dropna(subset=["day"]).groupby(["kind", "day"])[["floating_time_s", "trial_duration_s"]].sum()
    share = by_day["floating_time_s"] / by_day["trial_duration_s"].where(by_day["trial_duration_s"] > 0)
    n_days = int((share > limits.max_floating_fraction).sum())
    if n_days >= limits.floating_days:
        told = f"floated for more than {limits.max_floating_fraction:.0%} of the time on {n_days} days"
        findings.append(("floating", f"{told}, limit {limits.floating_days} days"))
    return findings


def flagged_trials(flags: Sequence[Flag], *, only_unusable: bool = False) -> set[str]:
    """Return the names of the flagged trials; `only_unusable`: only of those that no analysis can hold."""
    return {flag.trial for flag in flags if flag.rule in UNUSABLE or not only_unusable}


def count_flow(trials: Sequence[Trial], flags: Sequence[Flag]) -> list[dict[str, object]]:
    """Return the flow of each group: trials and animals in the sheet, usable ones, and those left after exclusions."""
    unusable, flagged = flagged_trials(flags, only_unusable=True), flagged_trials(flags)
    flow: list[dict[str, object]] = []
    for group in sorted({trial.group for trial in trials}):
        counts: dict[str, object] = {"group": group}
        for stage, out in (("sheet", set[str]()), ("usable", unusable), ("analysed", flagged)):
            left = [trial for trial in trials if trial.group == group and trial.trial not in out]
            counts[f"trials_{stage}"] = len(left)
            counts[f"animals_{stage}"] = len({trial.animal for trial in left if trial.animal})
        flow.append(counts)
    return flow
