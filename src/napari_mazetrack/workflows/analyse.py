"""Analyse an experiment: from a trials sheet and tracks to measures, summaries, statistics, figures and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.exclusions import RULES, Flag, count_flow, find_flags, flagged_trials
from napari_mazetrack.experiment.figures.all_figures import FIGURES, DrawnFigure, draw_figures, figure_path
from napari_mazetrack.experiment.figures.figure_data import FigureData
from napari_mazetrack.experiment.figures.style import ENDINGS
from napari_mazetrack.experiment.measures_frame import load_measures, measures_frame
from napari_mazetrack.experiment.report import ReportContent, format_p, report_html
from napari_mazetrack.experiment.sheet import check_sheet
from napari_mazetrack.experiment.statistics import compute_statistics
from napari_mazetrack.experiment.summaries import summarise
from napari_mazetrack.files import publish_folder, refuse_existing, staging_folder
from napari_mazetrack.maze.measures import VARIANTS, MeasureSettings
from napari_mazetrack.maze.tables import write_table
from napari_mazetrack.maze.trials import load_trials
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.analysis_request import (
    RECORD_NAME,
    AnalysisRequest,
    check_recorded,
    record_of,
    resolve_request,
    sums_of,
    versions,
)
from napari_mazetrack.workflows.measure import IDENTITY, describe_measures, measures_in
from napari_mazetrack.workflows.measure_experiment import ExperimentMeasures, input_files, measure_experiment

MEASURES_NAME, FORMULAS_NAME = "measures.csv", "measures.json"
SUMMARY_NAME, STATISTICS_NAME, REPORT_NAME = "summary.csv", "statistics.csv", "report.html"
ANALYSED, UNFLAGGED = "with flagged trials", "after exclusions"
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
    """

    out: Path
    report: Path
    n_trials: int
    flags: tuple[Flag, ...]
    primary: tuple[str, ...]


def analyse_experiment(request: AnalysisRequest) -> Job[AnalysisOutcome]:
    """Analyse an experiment and write its results into a folder, all of them or none.

    Raises
    ------
    MazetrackError
        The sheet cannot be read or its groups are not clear, results exist, no trial can be analysed, an input is not
        the one that a record names.
    """
    request = resolve_request(request)
    _refuse_existing(request)
    sheet = request.experiment
    trials = load_trials(sheet)
    check_sheet(trials)
    inputs = [sheet, request.measures] if request.measures else input_files(trials, sheet, request.tracks)
    files = sums_of(inputs, sheet)
    check_recorded(request.recorded_files, files)
    if request.measures:
        rows = load_measures(request.measures, trials)
        there = {row["trial"] for row in rows}
        absent = {t.trial: f"it is not in {request.measures}" for t in trials if t.trial not in there}
        measured = ExperimentMeasures(rows=rows, problems=absent)
    else:
        measured = yield from measure_experiment(trials, sheet, request.tracks)
    frame = measures_frame(measured.rows)
    flags = find_flags(frame, trials, measured.problems, measured.placements, request.settings.limits)
    usable, analysed = _sets_of_trials(frame, flags)
    yield Progress(_STAGE, 0, _N_STEPS, _told(flags))
    summary = summarise(analysed, request.settings)
    yield Progress(_STAGE, 1, _N_STEPS)
    statistics = compute_statistics(analysed, request.settings, UNFLAGGED)
    yield Progress(_STAGE, 2, _N_STEPS)
    if len(usable) > len(analysed):
        statistics = pd.concat([statistics, compute_statistics(usable, request.settings, ANALYSED)], ignore_index=True)
    yield Progress(_STAGE, 3, _N_STEPS)
    data = FigureData(analysed, measured.swims, frozenset(flagged_trials(flags)))
    figures: list[DrawnFigure] = []
    for done, figure in enumerate(draw_figures(data), start=1):
        figures += [figure] if figure else []
        yield Progress("Drawing", done, len(FIGURES))
    flow = count_flow(trials, flags)
    content = ReportContent(analysed, summary, statistics, flags, flow, figures, request.settings, versions())
    with staging_folder(request.out) as staged:
        _write_measures(staged, measured, flags)
        write_table(list(summary.columns), _records(summary), staged / SUMMARY_NAME)
        write_table(list(statistics.columns), _records(_with_exact_p(statistics)), staged / STATISTICS_NAME)
        _write_figures(staged, figures)
        (staged / REPORT_NAME).write_text(report_html(content), encoding="utf-8")
        counts = {"flow": flow, "flags": Counter(flag.rule for flag in flags)}
        (staged / RECORD_NAME).write_text(record_of(request, files, counts), encoding="utf-8")
        _remove_old_figures(request)
        publish_folder(staged, request.out)
    return AnalysisOutcome(request.out, request.out / REPORT_NAME, len(trials), flags, _primary_in_words(statistics))


def _refuse_existing(request: AnalysisRequest) -> None:
    names = (MEASURES_NAME, FORMULAS_NAME, SUMMARY_NAME, STATISTICS_NAME, REPORT_NAME, RECORD_NAME)
    for path in (*(request.out / name for name in names), *_possible_figures(request)):
        refuse_existing(path, overwrite=request.force)


def _possible_figures(request: AnalysisRequest) -> list[Path]:
    return [request.out / figure_path(kind, ending) for kind in FIGURES for ending in ENDINGS]


def _remove_old_figures(request: AnalysisRequest) -> None:
    """Remove figures of an earlier analysis that is being replaced: this one may not draw all of them."""
    for path in _possible_figures(request):
        path.unlink(missing_ok=True)


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
        + f" ({row['test']}, n = {row['n']} animals)"
        for row in rows
    )


def _write_measures(folder: Path, measured: ExperimentMeasures, flags: Sequence[Flag]) -> None:
    """Write the table of measures, flagged trials marked with their rules, and the formulas beside it."""
    rules: dict[str, list[str]] = {}
    for flag in flags:
        rules.setdefault(flag.trial, []).append(flag.rule)
    rows = [
        {**row, "excluded": row["trial"] in rules, "exclusion_rules": " ".join(rules.get(row["trial"], []))}
        for row in measured.rows
    ]
    columns = (*IDENTITY, *(m.name for m in measures_in(rows)), "exclusion_rules")
    write_table(columns, rows, folder / MEASURES_NAME)
    about = {"trials": measured.events, "messages": [f"{t}: {why}" for t, why in measured.problems.items()]}
    describe_measures(folder / FORMULAS_NAME, MeasureSettings(), VARIANTS["default"], rows, about)


def _with_exact_p(statistics: pd.DataFrame) -> pd.DataFrame:
    """Give p-values their significant digits: rounded to decimals, as tables are, a small one would read 0."""
    exact = {name: statistics[name].map("{:.6g}".format, na_action="ignore") for name in ("p", "p_holm")}
    return statistics.assign(**exact)


def _write_figures(folder: Path, figures: Sequence[DrawnFigure]) -> None:
    for figure in figures:
        for ending, data in figure.files.items():
            path = folder / figure_path(figure.kind, ending)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows with whole numbers as such and missing values as None."""
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")
    ]
