"""The files of an analysis: written into a hidden folder beside the target, then moved there all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from napari_mazetrack.experiment.figures.all_figures import FIGURES, DrawnFigure, figure_path
from napari_mazetrack.experiment.figures.style import ENDINGS
from napari_mazetrack.experiment.report import ReportContent, report_html
from napari_mazetrack.files import publish_folder, refuse_existing, staging_folder
from napari_mazetrack.maze.tables import write_table
from napari_mazetrack.workflows.analysis_request import RECORD_NAME, AnalysisRequest
from napari_mazetrack.workflows.measure import IDENTITY
from napari_mazetrack.workflows.measure_description import describe_measures, measures_in
from napari_mazetrack.workflows.measure_experiment import ExperimentMeasures
from napari_mazetrack.workflows.measure_intervals import COLUMNS as INTERVAL_COLUMNS
from napari_mazetrack.workflows.measure_intervals import interval_columns, intervals_path

MEASURES_NAME, FORMULAS_NAME = "measures.csv", "measures.json"
INTERVALS_NAME = intervals_path(Path(MEASURES_NAME)).name
SUMMARY_NAME, STATISTICS_NAME, REPORT_NAME = "summary.csv", "statistics.csv", "report.html"


def refuse_results(request: AnalysisRequest) -> None:
    """Raise a `MazetrackError` where results exist that may not be replaced."""
    names = (MEASURES_NAME, FORMULAS_NAME, SUMMARY_NAME, STATISTICS_NAME, REPORT_NAME, RECORD_NAME)
    for path in (*(request.out / name for name in names), *_possible_results(request)):
        refuse_existing(path, overwrite=request.force)


def _possible_results(request: AnalysisRequest) -> list[Path]:
    """Return the files that not every analysis has."""
    figures = [request.out / figure_path(kind, ending) for kind in FIGURES for ending in ENDINGS]
    return [request.out / INTERVALS_NAME, *figures]


def _remove_old_results(request: AnalysisRequest) -> None:
    """Remove what an earlier analysis that is being replaced has, and this one may not have."""
    for path in _possible_results(request):
        path.unlink(missing_ok=True)


def write_results(
    request: AnalysisRequest,
    measured: ExperimentMeasures,
    content: ReportContent,
    record: str,
    seal: Callable[[], None],
) -> None:
    """Write tables, figures, report and the record (the text of ``analysis.json``); `seal` is called before they show.

    Raises
    ------
    MazetrackError
        The target cannot be written to.
    """
    with staging_folder(request.out) as staged:
        _write_measures(staged, measured, content)
        _write_frame(content.summary, staged / SUMMARY_NAME)
        _write_frame(_with_exact_p(content.statistics), staged / STATISTICS_NAME)
        _write_figures(staged, content.figures)
        (staged / REPORT_NAME).write_text(report_html(content), encoding="utf-8")
        (staged / RECORD_NAME).write_text(record, encoding="utf-8")
        seal()
        _remove_old_results(request)
        publish_folder(staged, request.out)


def _write_measures(folder: Path, measured: ExperimentMeasures, content: ReportContent) -> None:
    """Write the table of measures, flagged trials marked with their rules, and formulas and intervals beside it."""
    rules: dict[str, list[str]] = {}
    for flag in content.flags:
        rules.setdefault(flag.trial, []).append(flag.rule)
    rows = [
        {**row, "excluded": row["trial"] in rules, "exclusion_rules": " ".join(rules.get(row["trial"], []))}
        for row in measured.rows
    ]
    names = [m.name for m in measures_in(rows)]
    columns = (*IDENTITY, *names, "exclusion_rules", "sex", "cohort", *interval_columns(names, rows))
    write_table(columns, rows, folder / MEASURES_NAME)
    about = {"trials": measured.events, "messages": [f"{t}: {why}" for t, why in measured.problems.items()]}
    variant = content.measuring.choices.definitions
    describe_measures(folder / FORMULAS_NAME, content.measuring.choices.numbers, variant, rows, about)
    if measured.intervals:
        write_table(INTERVAL_COLUMNS, measured.intervals, folder / INTERVALS_NAME)


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


def _write_frame(table: pd.DataFrame, path: Path) -> None:
    """Write a data frame; whole numbers stay such and missing values are empty cells."""
    rows = [
        {str(key): None if pd.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")
    ]
    write_table(list(table.columns), rows, path)
