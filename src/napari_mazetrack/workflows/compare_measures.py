"""A table of measures beside the lab's numbers: another program's, or a stopwatch's on trials scored blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.agreement import FEWEST_PAIRS, Agreement, Interval, compute_agreement
from napari_mazetrack.experiment.figures.agreement_plot import Pairs, draw_agreement
from napari_mazetrack.experiment.figures.style import ENDINGS, figure_files, style
from napari_mazetrack.experiment.measures_frame import NUMBERS, UNITS
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.maze.tables import read_table, write_table
from napari_mazetrack.progress import Job, Progress

#: What tells rows apart, as far as both tables have it.
_KEYS = ("trial", "animal", "window")
COLUMNS = (
    "measure", "unit", "n", "mean_ours", "mean_theirs", "bias", "bias_low", "bias_high", "sd", "lower_limit",
    "lower_limit_low", "lower_limit_high", "upper_limit", "upper_limit_low", "upper_limit_high", "icc", "icc_low",
    "icc_high", "note",
)  # fmt: skip
Cells = dict[str, str]


@dataclass(frozen=True)
class CompareRequest:
    """What is to be compared.

    Attributes
    ----------
    measures : Path
        A table that `mazetrack measure` or `analyse` wrote.
    theirs : Path
        The lab's table: a column trial, animal and window where trials have several, and columns named as measures.
    out : Path
        The table to write (``.csv``); a figure of the same name goes beside it.
    force : bool
        Replace existing files.
    """

    measures: Path
    theirs: Path
    out: Path
    force: bool = False


@dataclass(frozen=True)
class CompareOutcome:
    """The table, the agreement of each measure, and what must be told."""

    csv: Path
    found: dict[str, Agreement]
    messages: tuple[str, ...]


def compare_measures(request: CompareRequest) -> Job[CompareOutcome]:
    """Write how far a table of measures and the lab's numbers agree, with a figure of the differences.

    Raises
    ------
    MazetrackError
        A file cannot be read or exists, the lab's table names no measure or none of these trials, rows are not told
        apart, or a cell is no number.
    """
    paths = (request.out, *(request.out.with_suffix(ending) for ending in ENDINGS))
    for path in paths:
        refuse_existing(path, overwrite=request.force)
    columns, ours = read_table(request.measures, "table of measures")
    their_columns, theirs = read_table(request.theirs, "lab's table")
    for path, names in ((request.measures, columns), (request.theirs, their_columns)):
        if "trial" not in names:
            raise MazetrackError(f"{path} has no column trial. Name each row's trial in it.")
    measures = [name for name in their_columns if name in NUMBERS and name in columns]
    if not measures:
        raise MazetrackError(
            f"No column of {request.theirs} is a measure of {request.measures}. Name its columns as the measures are "
            "named, such as latency_s or path_length_cm."
        )
    keys = [key for key in _KEYS if key in their_columns and key in columns]
    if "window" not in keys:
        ours = [row for row in ours if row.get("window", "whole") == "whole"]
    matched, messages = _matched(request, keys, ours, theirs)
    passed = [name for name in their_columns if name and name not in columns]
    messages += [f"Passed over: the column {', '.join(passed)} of {request.theirs}."] if passed else []
    pairs = {name: _pairs(request, name, matched) for name in measures}
    found = {name: compute_agreement(*pair) for name, pair in pairs.items() if len(pair[0]) >= FEWEST_PAIRS}
    messages += [
        f"Not compared: {name}. Both tables give it for {len(pair[0])} trials; {FEWEST_PAIRS} are needed."
        for name, pair in pairs.items()
        if name not in found
    ]
    for message in messages:
        yield Progress("Comparing", 0, 1, message)
    write_table(COLUMNS, [_row(name, pairs[name], found.get(name)) for name in measures], request.out, overwrite=True)
    _write_figure(pairs, found, request.out)
    yield Progress("Comparing", 1, 1)
    return CompareOutcome(request.out, found, tuple(messages))


def _matched(
    request: CompareRequest, keys: Sequence[str], ours: Sequence[Cells], theirs: Sequence[Cells]
) -> tuple[list[tuple[Cells, Cells, int]], list[str]]:
    """Pair the rows of both tables; theirs with its number. What has no partner is told."""
    by_key: dict[tuple[str, ...], list[Cells]] = {}
    for row in ours:
        by_key.setdefault(tuple(row[name] for name in keys), []).append(row)
    matched: list[tuple[Cells, Cells, int]] = []
    seen: set[tuple[str, ...]] = set()
    unknown: list[str] = []
    for number, row in enumerate(theirs, start=2):
        key = tuple(row[name] for name in keys)
        partners = by_key.get(key, [])
        if not any(row.values()):
            continue
        if key in seen:
            raise MazetrackError(f"Row {number} of {request.theirs} is there twice: {' '.join(key)}. Keep one of them.")
        if len(partners) > 1:
            raise MazetrackError(
                f"The trial '{row['trial']}' has several rows in {request.measures}. Tell them apart in "
                f"{request.theirs} by a column animal or window."
            )
        seen.add(key)
        matched += [(partner, row, number) for partner in partners]
        unknown += [] if partners else [" ".join(key)]
    if not matched:
        raise MazetrackError(
            f"None of the trials in {request.theirs} is in {request.measures}. Name them as there, such as "
            f"'{ours[0]['trial'] if ours else ''}'."
        )
    if not unknown:
        return matched, []
    return matched, [f"Left out: {len(unknown)} rows of {request.theirs}, of trials not measured ({unknown[0]} …)."]


def _pairs(request: CompareRequest, name: str, matched: Sequence[tuple[Cells, Cells, int]]) -> Pairs:
    """Return the values [N] of a measure that both tables have."""
    values = []
    for ours, theirs, number in matched:
        first = _number(ours[name], f"{name} of trial '{ours['trial']}' in {request.measures}")
        second = _number(theirs[name], f"Row {number} of {request.theirs}: {name}")
        values.append((first, second))
    table = np.array(values)
    table = table[np.isfinite(table).all(axis=1)]
    return table[:, 0], table[:, 1]


def _number(text: str, what: str) -> float:
    if text.strip() in ("", "-"):
        return float("nan")
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise MazetrackError(f"{what} must be a number, got '{text[:40]}'. Correct the cell, or empty it.") from None


def _row(name: str, pair: Pairs, found: Agreement | None) -> dict[str, object]:
    ours, theirs = pair
    row: dict[str, object] = {"measure": name, "unit": UNITS[name], "n": len(ours)}
    if len(ours):
        row |= {"mean_ours": float(ours.mean()), "mean_theirs": float(theirs.mean())}
    if found is None:
        return row | {"note": f"fewer than {FEWEST_PAIRS} pairs"}
    intervals: dict[str, Interval] = {
        "bias": found.bias,
        "lower_limit": found.lower_limit,
        "upper_limit": found.upper_limit,
        "icc": found.icc,
    }
    for column, interval in intervals.items():
        row |= {column: interval.value, f"{column}_low": interval.low, f"{column}_high": interval.high}
    return row | {"sd": found.sd}


def _write_figure(pairs: Mapping[str, Pairs], found: Mapping[str, Agreement], out: Path) -> None:
    if not found:
        return
    titles = {
        name: f"{name.removesuffix(f'_{UNITS[name]}').replace('_', ' ')} ({UNITS[name] or '1'})" for name in found
    }
    with style():
        figure = draw_agreement({titles[n]: pairs[n] for n in found}, {titles[n]: found[n] for n in found})
        files = figure_files(figure)
    for ending, content in files.items():
        with atomic_path(out.with_suffix(ending), overwrite=True) as temporary:
            temporary.write_bytes(content)
