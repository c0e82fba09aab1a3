"""Outcomes: what is compared between groups, one value per animal.

``mean``   over an animal's days, each day's values taken from that day's mean over all animals first (and the mean of
           the days added back), so that an animal that lacks a day is not judged by which day it lacks. Complete data
           give the plain mean.
``slope``  of the straight line through an animal's day means: what it learns in a day.
``probe``  the mean of its probe trials.
``first``  the mean of the first day's trials. Of the time near the old platform on the first day of a reversal it is
           the perseveration: how long an animal searches where the platform is no more.
``savings``  the mean of the first day of hidden training less that of the first day of the reversal: what an animal
           that has learnt one place saves when it learns another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measures_frame import UNITS

Reduction = Literal["mean", "slope", "probe", "first", "savings"]
PROBE_WINDOW = "0:30"
#: Measures of where it swims, which say little where groups differ in how well they see or swim.
_PLAIN = ("swim_speed_cm_s", "floating_time_s")


@dataclass(frozen=True)
class Outcome:
    """One value per animal.

    Attributes
    ----------
    kind : str
        Trials it is taken from.
    measure : str
        Column of the measures.
    reduction : {"mean", "slope", "probe", "first", "savings"}
        From trials to one value.
    window : str
        Stretch of the trials.
    """

    kind: str
    measure: str
    reduction: Reduction
    window: str = "whole"

    @property
    def name(self) -> str:
        """Such as ``hidden.path_length_cm.mean``."""
        return f"{self.kind}.{self.measure}.{self.reduction}"

    @property
    def unit(self) -> str:
        """Unit of the value."""
        unit = UNITS[self.measure]
        return f"{unit or '1'}/day" if self.reduction == "slope" else unit

    @property
    def is_spatial(self) -> bool:
        """True where it is meant to tell how well an animal knows the place."""
        return self.kind != "visible" and self.measure not in _PLAIN


_LEARNT = ("path_length_cm", "mean_proximity_cm", "latency_s")
_WHILE_LEARNING = (*_LEARNT, "swim_speed_cm_s", "thigmotaxis_fraction")
_PROBED = (
    "quadrant_target_time_fraction", "mean_proximity_cm", "zone_time_fraction", "platform_crossings", "spatial_entropy",
    "swim_speed_cm_s",
)  # fmt: skip


#: How much a reversal's swims hold to the old platform.
PERSEVERATION = "former_zone_time_fraction"
_OLD_PLATFORM = (PERSEVERATION, "former_mean_proximity_cm")


def outcomes_of(frame: pd.DataFrame) -> tuple[Outcome, ...]:
    """Return the outcomes that the trials of an experiment can give, in the order of the report."""
    kinds = set(frame["kind"])
    outcomes: list[Outcome] = []
    for kind in ("hidden", "reversal"):
        if kind in kinds:
            outcomes += [Outcome(kind, measure, "mean") for measure in _WHILE_LEARNING]
            outcomes += [Outcome(kind, measure, "slope") for measure in _LEARNT]
    outcomes += _reversal_outcomes(frame)
    if "probe" in kinds:
        outcomes += [Outcome("probe", measure, "probe", probe_window(frame)) for measure in _PROBED]
    if "visible" in kinds:
        outcomes += [Outcome("visible", measure, "mean") for measure in ("latency_s", "swim_speed_cm_s")]
    return tuple(outcomes)


def _reversal_outcomes(frame: pd.DataFrame) -> list[Outcome]:
    """Return what a reversal tells of the old platform, and what was saved against the training before it."""
    reversal = frame[frame["kind"] == "reversal"]
    found: list[Outcome] = []
    if reversal[PERSEVERATION].notna().any():
        found += [Outcome("reversal", measure, "mean") for measure in _OLD_PLATFORM]
        found += [Outcome("reversal", PERSEVERATION, "first")]
    if len(reversal) and (frame["kind"] == "hidden").any():
        found += [Outcome("reversal", measure, "savings") for measure in _LEARNT]
    return found


def probe_window(frame: pd.DataFrame) -> str:
    """Return the first 30 s where every probe has them, the whole probe otherwise."""
    probes = frame[frame["kind"] == "probe"]
    with_window = set(probes.loc[probes["window"] == PROBE_WINDOW, "trial"])
    return PROBE_WINDOW if with_window == set(probes["trial"]) else "whole"


def primary_outcome(outcomes: tuple[Outcome, ...], name: str) -> Outcome | None:
    """Return the outcome that was named primary; None where none was.

    Raises
    ------
    MazetrackError
        There is no such outcome.
    """
    if not name:
        return None
    by_name = {outcome.name: outcome for outcome in outcomes}
    if name not in by_name:
        raise MazetrackError(
            f"The primary outcome '{name}' is none that these trials can give: {', '.join(by_name)}. Name one of them."
        )
    return by_name[name]


def animal_values(frame: pd.DataFrame, outcome: Outcome) -> pd.Series:
    """Return the outcome's value of each animal (index ``group, animal``); animals without one are left out."""
    is_meant = (frame["kind"] == outcome.kind) & (frame["window"] == outcome.window)
    rows = frame[is_meant].dropna(subset=[outcome.measure])
    if outcome.reduction == "probe" or not len(rows):
        return rows.groupby(["group", "animal"])[outcome.measure].mean()
    by_day = rows.groupby(["group", "animal", "day"], dropna=False)[outcome.measure].mean().unstack("day")
    if outcome.reduction in ("first", "savings"):
        first = by_day[by_day.columns.min()].dropna()
        return first if outcome.reduction == "first" else _first_hidden_day(frame, outcome.measure).sub(first).dropna()
    if outcome.reduction == "slope":
        return by_day.apply(_slope, axis=1).dropna()
    return by_day.sub(by_day.mean()).mean(axis=1) + by_day.mean().mean()


def _first_hidden_day(frame: pd.DataFrame, measure: str) -> pd.Series:
    """Return each animal's mean of the first day of hidden training (index ``group, animal``)."""
    return animal_values(frame, Outcome("hidden", measure, "first"))


def _slope(days: pd.Series) -> float:
    """Slope of the least-squares line through an animal's days; NaN for fewer than two."""
    there = days.dropna()
    if len(there) < 2:
        return np.nan
    return float(np.polyfit(there.index.to_numpy(float), there.to_numpy(), 1)[0])
