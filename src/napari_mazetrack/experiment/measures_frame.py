"""The measures of all trials as one data frame, from rows or from a table that exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.measures import REGISTRY
from napari_mazetrack.maze.measures.registry import FORMER_MEASURES
from napari_mazetrack.maze.measures.settings import WHOLE
from napari_mazetrack.maze.tables import read_table
from napari_mazetrack.maze.trials import Trial

#: Measures that are words, not numbers: their shares are averaged (`strategy_shares`).
WORDS = ("strategy", "strategy_garthe", "strategy_segments")
#: Every measure that can be averaged; `reached_platform` becomes the share of trials that reached it.
NUMBERS = tuple(name for name in (*REGISTRY, *(m.name for m in FORMER_MEASURES)) if name not in WORDS)
UNITS = {m.name: m.unit for m in (*REGISTRY.values(), *FORMER_MEASURES)}
_TRUTH = {"true": 1.0, "false": 0.0}


def measures_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows of measures as a frame: words as text, numbers as float64, missing ones NaN.

    Columns: ``trial, animal, group, kind, window, end_reason, sex, cohort`` and `WORDS` (text), ``excluded`` (bool),
    ``day`` (NaN without one), ``missing_fraction`` and every measure of `NUMBERS` (float64).

    Raises
    ------
    MazetrackError
        A cell of a number is neither a number nor empty.
    """
    frame = pd.DataFrame(list(rows))
    columns: dict[str, Any] = {}
    for name in ("trial", "animal", "group", "kind", "window", "end_reason", "sex", "cohort", *WORDS):
        columns[name] = frame[name].fillna("").astype(str) if name in frame else ""
    columns["excluded"] = frame["excluded"].map(_flag) if "excluded" in frame else False
    for name in ("day", "missing_fraction", *NUMBERS):
        columns[name] = [_number(cell, name) for cell in frame[name]] if name in frame else float("nan")
    table = pd.DataFrame(columns, index=frame.index)
    # HVS Image's code for "not reached" is no time: the latency is then the time observed, as elsewhere.
    is_code = table["latency_s"] < 0
    table.loc[is_code, "latency_s"] = table.loc[is_code, "trial_duration_s"].where(table["window"] == WHOLE.name)
    return table


def load_measures(path: Path, trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Read the rows of a table of measures that belong to the trials of a sheet.

    Who swam, when and what is the sheet's word; only what was measured is taken from the table.

    Raises
    ------
    MazetrackError
        The file is no table of measures, mixes variants, holds a row twice, lacks a trial's whole, or has none of the
        sheet's trials.
    """
    columns, rows = read_table(path, "table of measures")
    missing = [name for name in ("trial", "animal", "window", "latency_s") if name not in columns]
    if missing:
        raise MazetrackError(f"{path} has no column {missing[0]}: it is no table that `mazetrack measure` wrote.")
    variants = sorted({row.get("variant", "") for row in rows})
    if len(variants) > 1:
        raise MazetrackError(f"{path} mixes measures of {', '.join(variants)}. Give a table of one variant.")
    sheet = {trial.trial: trial for trial in trials}
    seen: set[tuple[str, str, str]] = set()
    chosen: list[dict[str, Any]] = []
    for row in rows:
        trial = sheet.get(row["trial"])
        if trial is None:
            continue
        identity = _identity(trial, row["animal"])
        key = (row["trial"], identity["animal"], row["window"])
        if key in seen:
            raise MazetrackError(
                f"{path} has the trial '{key[0]}' twice in window '{key[2]}'. Keep one row for each trial and window; "
                "where its track has several animals, the sheet must name the one that is meant as the track does."
            )
        seen.add(key)
        chosen.append({**row, **identity})
    if not chosen:
        raise MazetrackError(
            f"No row of {path} belongs to a trial of the sheet. Are these measures of this experiment?"
        )
    _refuse_without_whole(path, seen)
    return chosen


def _refuse_without_whole(path: Path, rows: set[tuple[str, str, str]]) -> None:
    lacking = sorted({trial for trial, animal, _ in rows if (trial, animal, WHOLE.name) not in rows})
    if lacking:
        raise MazetrackError(
            f"{path} has no window '{WHOLE.name}' of {len(lacking)} trials ({', '.join(lacking[:5])}), which the "
            f"exclusions and the training need. Measure again, with --window {WHOLE.name} besides the others."
        )


def _identity(trial: Trial, animal: str) -> dict[str, Any]:
    return {
        "animal": trial.animal or animal,
        "group": trial.group,
        "day": trial.day,
        "kind": trial.kind.value,
        "excluded": trial.exclude,
        "sex": trial.sex,
        "cohort": trial.cohort,
    }


def _flag(value: object) -> bool:
    return str(value).lower() == "true"


def _number(value: object, name: str) -> float:
    """Return a cell as a number; an empty one is missing."""
    if value is None or value == "":
        return float("nan")
    number = _TRUTH.get(value.lower(), value.replace(",", ".")) if isinstance(value, str) else value
    try:
        return float(number)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise MazetrackError(
            f"The column {name} of the measures has '{str(value)[:40]}' where a number is expected. Correct it."
        ) from None
