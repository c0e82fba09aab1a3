"""The methods paragraphs of a report, ready for a paper: definitions, exclusions, tests and versions as used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from napari_mazetrack.experiment.cohorts import CohortDesign
from napari_mazetrack.experiment.exclusions import RULES, UNUSABLE, Flag
from napari_mazetrack.experiment.measuring import Measuring
from napari_mazetrack.experiment.mixed_model import ENOUGH_ANIMALS
from napari_mazetrack.experiment.settings import AnalysisSettings, ExclusionLimits
from napari_mazetrack.experiment.summaries import MIN_FOR_INTERVAL
from napari_mazetrack.maze.measures import MeasureSettings


def methods_paragraphs(
    settings: AnalysisSettings,
    design: CohortDesign,
    measuring: Measuring,
    flow: Sequence[Mapping[str, object]],
    flags: Sequence[Flag],
    versions: Mapping[str, str],
) -> list[str]:
    """Return the paragraphs: measures, exclusions, statistics, software."""
    return [
        _measures(measuring.choices.numbers) + _choices(measuring),
        _exclusions(settings.limits, flow, flags),
        _statistics(settings, design) + _cohorts(design),
        _software(versions),
    ]


def _measures(s: MeasureSettings) -> str:
    return (
        "Latency was the time from release to the start of the first stay on the platform of at least "
        f"{s.events.escape_dwell_s:g} s (or of a shorter one during which the recording ended); trials in which the "
        "platform was not reached were censored at the time observed. Path length, speed and turning were computed at "
        f"{s.rate_hz:g} Hz (or the film's rate, if lower) after local parabolic smoothing over "
        f"{s.smoothing_window_s:g} s; gaps of up to {s.max_gap_s:g} s were bridged straight and longer ones left out. "
        "Times in zones were integrated over recorded times with the path cut exactly at the zones' borders. Mean "
        "proximity was the time-weighted mean distance to the platform's centre (Gallagher et al. 1993). Swim speed "
        f"was the mean without floating (below {s.floating_speed_cm_s:g} cm/s for at least {s.floating_min_s:g} s); "
        f"thigmotaxis the share of time within {s.wall_width:g} pool radii of the wall. Every measure's formula and "
        "source stand in measures.json."
    )


def _choices(measuring: Measuring) -> str:
    """Return what else is to be said of the measuring, after a space; empty where nothing is."""
    choices = measuring.choices
    intervals = (
        f"Intervals of the measures (measures.intervals.csv) are from {choices.n_draws} paths drawn for each trial as "
        "likely as its track."
    )
    old_platform = (
        "Perseveration was the share of time within the zone round the former platform on the first day of the "
        "reversal; savings were the mean of the first day of training less that of the first day of the reversal."
    )
    told = {
        f"Measures were computed by the definitions of {choices.variant}, where it has its own.": choices.variant
        != "default",
        f"Numbers of the measures other than the usual ones: {', '.join(choices.settings)}.": choices.settings,
        f"Trials were measured in the windows {', '.join(choices.windows)} (s from release).": choices.windows,
        f"Tracks without times were taken to have {choices.fps or 0:g} samples a second.": choices.fps,
        f"The path of the point {choices.point} was measured.": choices.point,
        intervals: choices.n_draws,
        old_platform: measuring.has_former,
        f"Release or end of {_trials(measuring.n_marked)} were set by a person in the film.": measuring.n_marked,
        f"The tracks of {_trials(measuring.n_corrected)} were corrected by hand.": measuring.n_corrected,
        f"{_trials(measuring.n_split).capitalize()} of films with several swims were told apart by the time without "
        "an animal in the pool.": measuring.n_split,
    }
    return "".join(f" {sentence}" for sentence, is_so in told.items() if is_so)


def _trials(n: int) -> str:
    return f"{n} trial{'s' if n != 1 else ''}"


def _exclusions(limits: ExclusionLimits, flow: Sequence[Mapping[str, object]], flags: Sequence[Flag]) -> str:
    rules = (
        f"Trials were flagged where more than {limits.max_missing_fraction:.0%} of the samples had no position, more "
        f"than {limits.max_outside_fraction:.0%} of the positions lay beyond 1.1 pool radii, or the swim began more "
        f"than {limits.max_start_distance:g} pool diameters from its named start; animals where they reached the "
        f"visible platform in fewer than {limits.min_visible_reached:.0%} of their visible trials, or floated for "
        f"more than {limits.max_floating_fraction:.0%} of the time on at least {limits.floating_days} days. "
    )
    counts = "; ".join(
        f"{row['group'] or 'all animals'}: {row['animals_analysed']} of {row['animals_sheet']} animals and "
        f"{row['trials_analysed']} of {row['trials_sheet']} trials"
        for row in flow
    )
    by_rule = {rule: len({f.trial for f in flags if f.rule == rule}) for rule in RULES}
    told = "; ".join(f"{RULES[rule]}, {n} trials" for rule, n in by_rule.items() if n) or "none"
    unusable = len({flag.trial for flag in flags if flag.rule in UNUSABLE})
    also = f"Tests were repeated with the flagged trials, but for {unusable} unusable ones. " if flags else ""
    return f"{rules}Flagged: {told}. {also}Analysed were, in {counts}."


def _statistics(settings: AnalysisSettings, design: CohortDesign) -> str:
    primary = (
        f"The primary outcome was {settings.primary}; all other tests were corrected together by Holm's method."
        if settings.primary
        else "No primary outcome was named: all tests are exploratory, and were corrected together by Holm's method."
    )
    return (
        f"The {design.unit} was the unit of analysis. Values are mean ± SD over animals, each animal's trials of a day "
        f"averaged first; medians have 95 % bootstrap intervals over animals ({settings.n_bootstrap} resamples, "
        f"percentiles; from {MIN_FOR_INTERVAL} animals on). Groups were compared by permuting group labels over "
        "animals (two-sided; all relabellings where there were at most "
        f"{settings.n_permutations}, that many random ones, seed {settings.seed}, otherwise): on animal means over "
        "days (relative to each day's mean where days were missing), on animal slopes over days, and for latency on "
        "each animal's sum of martingale residuals, stratified by day (the log-rank statistic). The target "
        "quadrant's share of time in the probe was compared with its share of the area (0.25) by permuting signs "
        "over animals. Effect sizes are Hedges' g with 95 % intervals. A linear mixed model over trials (REML, random "
        "intercept and slope per animal, Wald z) is given as a second opinion; with fewer than "
        f"{ENOUGH_ANIMALS} animals in a group its p-values are too small. {primary}"
    )


def _cohorts(design: CohortDesign) -> str:
    """Return what is to be said of cohorts, after a space; empty where there are none."""
    if not design.cohort_of:
        return ""
    n = len(set(design.cohort_of.values()))
    if design.is_unit:
        return (
            f" Every one of the {n} cohorts belonged to one group, so tests compare one mean per cohort, cohorts are "
            "permuted in place of animals, and no mixed model was fitted."
        )
    return (
        f" Animals came in {n} cohorts: group labels were permuted within cohorts only, on values from which each "
        "cohort's mean over the compared groups was taken."
    )


def _software(versions: Mapping[str, str]) -> str:
    return "Software: " + ", ".join(f"{name} {number}" for name, number in versions.items()) + "."
