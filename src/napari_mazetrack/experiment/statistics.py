"""All tests of an experiment, in the order of the report, corrected for being many."""

from __future__ import annotations

import numpy as np
import pandas as pd

from napari_mazetrack.experiment.cohorts import CohortDesign
from napari_mazetrack.experiment.mixed_model import fit_mixed_models
from napari_mazetrack.experiment.outcomes import Outcome, animal_values, outcomes_of, primary_outcome, probe_window
from napari_mazetrack.experiment.permutation import (
    Question,
    by_unit,
    compare_values,
    compare_with_chance,
    values_by_group,
)
from napari_mazetrack.experiment.result import Result
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.survival import compare_latencies
from napari_mazetrack.maze.measures.quadrant_use import AREA_SHARE

COLUMNS = (
    "data_set", "role", "outcome", "unit", "comparison", "test", "unit_of_analysis", "n", "mean_sd", "statistic_name",
    "statistic", "effect_name", "effect", "effect_low", "effect_high", "p", "p_holm", "n_corrected_for", "method",
    "note", "sexes",
)  # fmt: skip
_ADDED = ("data_set", "role", "p_holm", "n_corrected_for", "sexes")
TARGET = "quadrant_target_time_fraction"
#: A difference of these stands beside every spatial result.
_CONTROLS = (
    "hidden.swim_speed_cm_s.mean",
    "probe.swim_speed_cm_s.probe",
    "visible.latency_s.mean",
    "visible.swim_speed_cm_s.mean",
)
_ALPHA = 0.05


def compute_statistics(frame: pd.DataFrame, settings: AnalysisSettings, data_set: str) -> pd.DataFrame:
    """Return the rows of ``statistics.csv`` (`COLUMNS`) for one set of trials.

    Parameters
    ----------
    frame : DataFrame
        Measures (`measures_frame`) of the trials that are to be used.
    settings : AnalysisSettings
        Primary outcome, permutations, seed.
    data_set : str
        Name of this set of trials, for the column of that name.

    Raises
    ------
    MazetrackError
        The primary outcome is none that these trials can give.
    """
    outcomes = outcomes_of(frame)
    primary = primary_outcome(outcomes, settings.primary)
    results = _all_results(frame, outcomes, settings)
    table = pd.DataFrame([result.to_row() for result in results], columns=[c for c in COLUMNS if c not in _ADDED])
    table["data_set"] = data_set
    table["role"] = [_role(result, primary) for result in results]
    sexes = _sexes(frame)
    table["sexes"] = ["; ".join(sexes[s.group] for s in r.samples if s.group in sexes) for r in results]
    return _with_holm(table).reindex(columns=list(COLUMNS))


def _sexes(frame: pd.DataFrame) -> dict[str, str]:
    """Return how many animals of each sex a group has, in words; nothing where the sheet names no sex."""
    animals = frame.drop_duplicates("animal")
    named = animals[animals["sex"] != ""]
    counts = {str(group): own["sex"].value_counts().sort_index() for group, own in named.groupby("group")}
    return {
        group: f"{group or 'all animals'}: {', '.join(f'{n} {sex}' for sex, n in own.items())}"
        for group, own in counts.items()
    }


def _all_results(frame: pd.DataFrame, outcomes: tuple[Outcome, ...], settings: AnalysisSettings) -> list[Result]:
    design = CohortDesign.of(frame)
    compared = {outcome: _compare(frame, outcome, settings, design) for outcome in outcomes if not outcome.is_spatial}
    warning = _control_warning([result for results in compared.values() for result in results])
    results: list[Result] = []
    for outcome in outcomes:
        results += compared.get(outcome) or _compare(frame, outcome, settings, design, warning)
    for kind in ("hidden", "reversal", "visible"):
        results += compare_latencies(frame, kind, settings, warning if kind != "visible" else "", design)
    results += _target_against_chance(frame, settings, design)
    for outcome in outcomes:
        # A mixed model of animals would take those of a treated cohort for independent.
        if outcome.reduction == "slope" and not design.is_unit:
            results += fit_mixed_models(frame, Outcome(outcome.kind, outcome.measure, "mean"))
    return results


def _compare(
    frame: pd.DataFrame, outcome: Outcome, settings: AnalysisSettings, design: CohortDesign, note: str = ""
) -> list[Result]:
    told = "; ".join(part for part in (_window_note(outcome), note) if part)
    question = Question(outcome.name, outcome.unit, told)
    return compare_values(animal_values(frame, outcome), question, settings, design)


def _window_note(outcome: Outcome) -> str:
    """Return which stretch of the trials an outcome is taken from, where it is not the whole."""
    return "" if outcome.window == "whole" else f"window {outcome.window} s from release"


def _control_warning(results: list[Result]) -> str:
    """Return what must stand beside spatial results where groups swim, or see, differently."""
    differing = [r.outcome for r in results if r.outcome in _CONTROLS and r.p < _ALPHA]
    if not differing:
        return ""
    return f"groups differ in {', '.join(dict.fromkeys(differing))}: this may not be spatial learning"


def _target_against_chance(frame: pd.DataFrame, settings: AnalysisSettings, design: CohortDesign) -> list[Result]:
    """Compare the target quadrant's share of time with its share of area, for each group: one value per unit."""
    outcome = Outcome("probe", TARGET, "probe", probe_window(frame))
    groups = values_by_group(design.units(animal_values(frame, outcome)))
    question = Question(f"{outcome.name}.against_area", "share of time", _window_note(outcome))
    return [
        by_unit(compare_with_chance(group, values, AREA_SHARE, question, settings), design)
        for group, values in groups.items()
    ]


def _role(result: Result, primary: Outcome | None) -> str:
    """Return what a result counts for; without a named primary outcome everything is exploratory."""
    if result.is_secondary:
        return "second opinion"
    if primary is None:
        return "exploratory"
    return "primary" if result.outcome == primary.name else "secondary"


def _with_holm(table: pd.DataFrame) -> pd.DataFrame:
    """Add Holm-corrected p: the primary outcome's tests among themselves, all others of its kind together."""
    from statsmodels.stats.multitest import multipletests

    table = table.assign(p_holm=np.nan, n_corrected_for=pd.array([pd.NA] * len(table), dtype="Int64"))
    is_tested = table["p"].notna() & (table["role"] != "second opinion")
    for _, family in table[is_tested].groupby("role"):
        table.loc[family.index, "p_holm"] = multipletests(family["p"].to_numpy(), method="holm")[1]
        table.loc[family.index, "n_corrected_for"] = len(family)
    return table
