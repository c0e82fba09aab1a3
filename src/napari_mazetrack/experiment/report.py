"""The report: one HTML file that needs no network, reads well on paper and on a phone, and runs nothing it is given.

Everything that people wrote is escaped by the template engine, and a content security policy lets only this file's own
script run (by its hash), so that a name full of markup stays a name.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from napari_mazetrack.experiment.cohorts import CohortDesign
from napari_mazetrack.experiment.exclusions import RULES, UNUSABLE, Flag
from napari_mazetrack.experiment.figures.all_figures import DrawnFigure
from napari_mazetrack.experiment.measuring import Measuring
from napari_mazetrack.experiment.methods import methods_paragraphs
from napari_mazetrack.experiment.outcomes import probe_window
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.strategy_shares import WAYS, agreement_rows
from napari_mazetrack.experiment.training_days import TRAINING, TrainingDays
from napari_mazetrack.experiment.unblinding import BlindingTold

_HERE = Path(__file__).parent
_TEMPLATE, _SCRIPT, _STYLE = "report.html.jinja", "report.js", "report.css"
#: A vector figure larger than this is shown as a picture; the vector files lie beside the report.
_MAX_SVG_BYTES = 400_000
#: What the report's table of summaries shows; `summary.csv` holds every measure.
_SHOWN = {
    "latency_s": "latency",
    "path_length_cm": "path length",
    "mean_proximity_cm": "mean distance to platform",
    "swim_speed_cm_s": "swim speed",
    "trial_duration_s": "exploration time",
    "thigmotaxis_fraction": "thigmotaxis",
}
_SHOWN_PROBE = {
    "quadrant_target_time_fraction": "target quadrant, share of time",
    "mean_proximity_cm": "mean distance to platform",
    "platform_crossings": "platform crossings",
    "swim_speed_cm_s": "swim speed",
}


@dataclass(frozen=True)
class ReportContent:
    """What is told.

    Attributes
    ----------
    frame, summary, statistics : DataFrame
        Measures of the analysed trials, `summaries.COLUMNS`, `statistics.COLUMNS`.
    flags : sequence of Flag
        What was flagged.
    flow : sequence of dict
        `exclusions.count_flow`.
    figures : sequence of DrawnFigure
        With their legends.
    settings : AnalysisSettings
        How it was analysed.
    versions : dict
        Of the software.
    blinding : BlindingTold
        What is said of blinding.
    measuring : Measuring
        What is said of the measuring.
    """

    frame: pd.DataFrame
    summary: pd.DataFrame
    statistics: pd.DataFrame
    flags: Sequence[Flag]
    flow: Sequence[Mapping[str, object]]
    figures: Sequence[DrawnFigure]
    settings: AnalysisSettings
    versions: Mapping[str, str]
    blinding: BlindingTold = field(default_factory=BlindingTold)
    measuring: Measuring = field(default_factory=Measuring)


def report_html(content: ReportContent) -> str:
    """Return the report as HTML; the same content always gives the same text."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = format_number
    environment.filters["interval"] = format_interval
    environment.filters["breakable"] = breakable
    environment.filters["percent"] = "{:.0%}".format
    design = CohortDesign.of(content.frame)
    script = (_HERE / _SCRIPT).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(_TEMPLATE).render(
        script=script,
        script_hash=f"sha256-{digest}",
        style=(_HERE / _STYLE).read_text(encoding="utf-8"),
        flow=content.flow,
        flags=content.flags,
        rules=RULES,
        unusable=UNUSABLE,
        figures=[_figure(figure) for figure in content.figures],
        tables=_test_tables(content.statistics),
        warnings=[*(w.removesuffix(".") for w in content.measuring.warnings), *_warnings(content.statistics)],
        primary=content.settings.primary,
        groups=_group_rows(content.summary, probe_window(content.frame), content.measuring.chance),
        exploration=_exploration(content.summary),
        unit=design.unit,
        doubts=content.measuring.doubts,
        strategies=agreement_rows(content.frame),
        ways=list(WAYS.values()),
        blinding=content.blinding,
        methods=methods_paragraphs(
            content.settings, design, content.measuring, content.flow, content.flags, content.versions
        ),
        version=content.versions["napari-mazetrack"],
    )


def breakable(name: str) -> Markup:
    """Return a long name, escaped, that may break after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def format_number(value: object, digits: int = 3) -> str:
    """Return a number with so many significant digits, and an en dash where there is none."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NA:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}g}" if abs(value) < 10**digits or abs(value) >= 1e6 else f"{value:.0f}"
    return str(value)


def format_interval(low: float, high: float) -> str:
    """Return an interval in brackets after a space; nothing where there is none."""
    return "" if low != low or high != high else f" [{format_number(low)}, {format_number(high)}]"


def format_p(p: float) -> str:
    """Return a p-value for reading; very small ones as a bound."""
    if p != p:
        return "–"
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def _figure(figure: DrawnFigure) -> dict[str, str]:
    svg = figure.files[".svg"]
    kind, data = ("svg+xml", svg) if len(svg) <= _MAX_SVG_BYTES else ("png", figure.files[".png"])
    uri = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return {"name": figure.kind.name, "legend": figure.kind.legend, "uri": uri}


def _test_tables(statistics: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the tests of each data set, with the cells as they are read."""
    tables = []
    for data_set, rows in statistics.groupby("data_set", sort=False):
        tests = [
            {**row, "p_text": format_p(row["p"]), "holm_text": format_p(row["p_holm"])}
            for row in rows.to_dict("records")
        ]
        tests.sort(key=lambda test: test["role"] != "primary")  # the primary outcome first, the others as they are
        tables.append({"name": data_set, "tests": tests})
    return tables


def _warnings(statistics: pd.DataFrame) -> list[str]:
    """Return what must be read before the results: groups that swim or see differently."""
    notes = {part for note in statistics["note"] for part in note.split("; ") if part.startswith("groups differ in")}
    return sorted(notes)


def format_chance(chance: float | Sequence[float] | None) -> str:
    """Return what a share of time would be by chance, in brackets after a space; nothing where it is not known."""
    if chance is None:
        return ""
    ends = [chance] if isinstance(chance, float) else chance
    return f" (chance {'–'.join(f'{end:.2g}' for end in ends)})"


def _group_rows(summary: pd.DataFrame, window: str, chance: Mapping[str, float | list[float]]) -> list[dict[str, Any]]:
    """Return group means of the shown measures, a row for each measure, kind, day and group; chance beside shares."""
    groups = summary[summary["level"] == "group"]
    is_probe = groups["kind"] == "probe"
    shown = groups[
        (is_probe & groups["measure"].isin(_SHOWN_PROBE) & (groups["window"] == window))
        | (~is_probe & groups["measure"].isin(_SHOWN))
    ]
    names = _SHOWN | _SHOWN_PROBE
    told = {measure: name + format_chance(chance.get(measure)) for measure, name in names.items()}
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} | {"name": told[row["measure"]]}
        for row in shown.to_dict("records")
    ]
    order = list(names)
    return sorted(
        rows,
        key=lambda row: (
            row["kind"],
            order.index(row["measure"]),
            float("inf") if pd.isna(row["day"]) else row["day"],  # without a day: last
            row["group"],
        ),
    )


def _exploration(summary: pd.DataFrame) -> dict[str, Any]:
    """Return exploration time (release to the trial's end) of each animal on each day of training."""
    is_shown = (summary["level"] == "animal") & (summary["measure"] == "trial_duration_s")
    training = summary[is_shown & summary["kind"].isin(TRAINING)].dropna(subset=["day"])
    by_day = training.pivot_table("mean", ["group", "animal"], ["kind", "day"], aggfunc="mean")
    days = TrainingDays.of(zip(training["kind"], training["day"], strict=True))
    rows = [
        {"group": str(group), "animal": str(animal), "days": [float(by_day.loc[(group, animal), d]) for d in days.days]}
        for group, animal in by_day.index
    ]
    return {"days": [days.label(*day) for day in days.days], "rows": rows}
