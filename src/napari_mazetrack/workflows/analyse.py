"""Analyse an experiment: from a trials sheet and tracks to measures, summaries, statistics, figures and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.exclusions import RULES, Flag, count_flow, find_flags, flagged_trials
from napari_mazetrack.experiment.figures.all_figures import FIGURES, DrawnFigure, draw_figures
from napari_mazetrack.experiment.figures.figure_data import FigureData
from napari_mazetrack.experiment.measures_frame import load_measures, measures_frame
from napari_mazetrack.experiment.report import ReportContent, format_p
from napari_mazetrack.experiment.sheet import check_sheet
from napari_mazetrack.experiment.statistics import compute_statistics
from napari_mazetrack.experiment.summaries import summarise
from napari_mazetrack.experiment.unblinding import FixedChoices
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.analysis_files import REPORT_NAME, refuse_results, write_results
from napari_mazetrack.workflows.analysis_request import (
    AnalysisRequest,
    check_recorded,
    record_of,
    resolve_request,
    sums_of,
    versions,
)
from napari_mazetrack.workflows.blinding import begin_blinding, fix_choices, hide_messages, hide_names
from napari_mazetrack.workflows.camera_between_films import find_camera_shifts
from napari_mazetrack.workflows.measure_experiment import ExperimentMeasures, measure_experiment
from napari_mazetrack.workflows.trial_tracks import input_files, load_experiment

AFTER_EXCLUSIONS, WITH_FLAGGED = "after exclusions", "with flagged trials"
_STAGE = "Analysing"
_N_STEPS = 3


@dataclass(frozen=True)
class AnalysisOutcome:
    """What an analysis left behind.

    Attributes
    ----------
    out : Path
        Folder of the results.
    report : Path
        The report in it.
    n_trials : int
        Trials in the sheet.
    flags : tuple of Flag
        What was flagged.
    primary : tuple of str
        The tests of the primary outcome, in words; empty where none was named.
    blinding : tuple of str
        What a person must know of the blinding; empty where there is none.
    """

    out: Path
    report: Path
    n_trials: int
    flags: tuple[Flag, ...]
    primary: tuple[str, ...]
    blinding: tuple[str, ...] = ()


def analyse_experiment(request: AnalysisRequest) -> Job[AnalysisOutcome]:
    """Analyse an experiment and write its results into a folder, all of them or none.

    Raises
    ------
    MazetrackError
        The sheet cannot be read or its groups are not clear, results exist, no trial can be analysed, an input is not
        the one that a record names, or the experiment's blinding does not allow what is asked for.
    """
    request = resolve_request(request)
    refuse_results(request)
    sheet = request.experiment
    trials: Sequence[Trial] = load_experiment(sheet)
    check_sheet(trials, may_name_groups=not request.blind)
    blinding = begin_blinding(request, trials)
    inputs = [sheet, request.measures] if request.measures else input_files(trials, request.places)
    files = sums_of(inputs, sheet)
    check_recorded(request.recorded_files, blinding.recorded(files))
    measured = yield from hide_messages(_measure(request, trials), blinding.key)
    if blinding.key is not None:
        trials, measured = hide_names(blinding.key, trials, measured)
    frame = measures_frame(measured.rows)
    flags = find_flags(frame, trials, measured.problems, measured.placements, request.settings.limits)
    usable, analysed = _sets_of_trials(frame, flags)
    yield Progress(_STAGE, 0, _N_STEPS, _told(flags))
    summary = summarise(analysed, request.settings)
    yield Progress(_STAGE, 1, _N_STEPS)
    statistics = compute_statistics(analysed, request.settings, AFTER_EXCLUSIONS)
    yield Progress(_STAGE, 2, _N_STEPS)
    if len(usable) > len(analysed):
        statistics = pd.concat(
            [statistics, compute_statistics(usable, request.settings, WITH_FLAGGED)], ignore_index=True
        )
    yield Progress(_STAGE, 3, _N_STEPS)
    data = FigureData(analysed, measured.swims, frozenset(flagged_trials(flags)), frozenset(measured.doubts))
    figures: list[DrawnFigure] = []
    for done, figure in enumerate(draw_figures(data), start=1):
        figures += [figure] if figure else []
        yield Progress("Drawing", done, len(FIGURES))
    flow = count_flow(trials, flags)
    blinding = fix_choices(blinding, request, FixedChoices.of(request.settings, flags, trials))
    counts: dict[str, object] = {"flow": flow, "flags": Counter(flag.rule for flag in flags)}
    told = measured.told(request.measuring)
    if request.recorded_warnings is not None:  # films need not be there for an analysis to be made again
        told = replace(told, warnings=request.recorded_warnings)
    counts |= {"warnings": told.warnings} if told.warnings else {}
    content = ReportContent(
        analysed,
        summary,
        statistics,
        flags,
        flow,
        figures,
        request.settings,
        versions(),
        blinding.told,
        told,
    )
    record = record_of(request, blinding.named, blinding.recorded(files), counts)
    write_results(request, measured, content, record, blinding.seal)
    notes = blinding.in_words()
    primary = _primary_in_words(statistics)
    return AnalysisOutcome(request.out, request.out / REPORT_NAME, len(trials), flags, primary, notes)


def _measure(request: AnalysisRequest, trials: Sequence[Trial]) -> Job[ExperimentMeasures]:
    """Measure the trials' tracks, or take the measures from the table that was given."""
    if request.measures is None:
        measured = yield from measure_experiment(trials, request.places, request.measuring)
        if request.recorded_warnings is None:
            measured.camera = yield from find_camera_shifts(trials, request.experiment.parent)
            for shift in measured.camera:
                yield Progress(_STAGE, 0, _N_STEPS, shift.in_words())
        return measured
    rows = load_measures(request.measures, trials)
    there = {row["trial"] for row in rows}
    absent = {t.trial: f"it is not in {request.measures}" for t in trials if t.trial not in there}
    return ExperimentMeasures(rows=rows, problems=absent)


def _sets_of_trials(frame: pd.DataFrame, flags: Sequence[Flag]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that can be used at all, and those of them that no rule flags."""
    usable = frame[~frame["trial"].isin(flagged_trials(flags, only_unusable=True))]
    analysed = usable[~usable["trial"].isin(flagged_trials(flags))]
    if analysed.empty:
        raise MazetrackError(f"Every trial is flagged, so nothing is left to analyse. {_told(flags)}")
    return usable, analysed


def _told(flags: Sequence[Flag]) -> str:
    counts = Counter(flag.rule for flag in flags)
    return f"Flagged: {'; '.join(f'{RULES[rule]}: {n} trials' for rule, n in counts.items())}." if counts else ""


def _primary_in_words(statistics: pd.DataFrame) -> tuple[str, ...]:
    rows = statistics[statistics["role"] == "primary"].to_dict("records")
    return tuple(
        f"{row['outcome']}, {row['comparison']}, {row['data_set']}: "
        + (f"p: {format_p(row['p'])}" if pd.notna(row["p"]) else row["note"])
        + f" ({row['test']}, n = {row['n']} {row['unit_of_analysis']}s)"
        for row in rows
    )
