"""Trials: one swim of one animal and what an experimenter knows of it beforehand; ``trials.csv`` read and written.

The table is read strictly, with a sentence and the row's number for every mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.tables import read_table, write_table


class TrialKind(StrEnum):
    """What a trial asks of the animal."""

    HIDDEN = "hidden"
    VISIBLE = "visible"
    REVERSAL = "reversal"
    PROBE = "probe"

    @property
    def has_platform(self) -> bool:
        """True where a platform stands in the pool, so that the animal can escape: everywhere but in a probe."""
        return self is not TrialKind.PROBE


@dataclass(frozen=True)
class Trial:
    """One row of ``trials.csv`` (``interfaces.md``).

    Attributes
    ----------
    trial : str
        Name, unique in its table.
    kind : TrialKind
        Hidden, visible, reversal or probe.
    film, arena : str
        Files as written in the table (relative to it).
    animal, group, sex, cohort : str
        Who swims.
    day, trial_of_day : int or None
        When.
    start, platform, former_platform : str
        Names in the arena; empty means the only one there.
    release_s, end_s : float or None
        Film time of release and end; None: found by detection and marked so.
    limit_s : float or None
        Longest duration from release (a probe: its length); None: the trial lasts until the recording or end_s.
    exclude : bool
        Left out of summaries (never deleted).
    exclude_reason, notes : str
        Free text.
    is_release_found : bool
        No column: `release_s` was found in the film's pictures, and nobody has said so.
    """

    trial: str
    kind: TrialKind
    film: str = ""
    arena: str = ""
    animal: str = ""
    group: str = ""
    sex: str = ""
    cohort: str = ""
    day: int | None = None
    trial_of_day: int | None = None
    start: str = ""
    platform: str = ""
    former_platform: str = ""
    release_s: float | None = None
    end_s: float | None = None
    limit_s: float | None = None
    exclude: bool = False
    exclude_reason: str = ""
    notes: str = ""
    is_release_found: bool = False


COLUMNS = (
    "trial",
    "film",
    "arena",
    "animal",
    "group",
    "sex",
    "cohort",
    "day",
    "trial_of_day",
    "kind",
    "start",
    "platform",
    "former_platform",
    "release_s",
    "end_s",
    "limit_s",
    "exclude",
    "exclude_reason",
    "notes",
)
_REQUIRED = ("trial", "kind")
_TRUE = ("true", "yes", "1", "x")
_FALSE = ("", "false", "no", "0")
#: No trial is longer than a day.
_MAX_SECONDS = 86400.0


@dataclass(frozen=True)
class _Row:
    """One row of the table that knows where it stands, for the sentences."""

    cells: dict[str, str]
    where: str

    def text(self, name: str) -> str:
        return self.cells.get(name, "")

    def seconds(self, name: str) -> float | None:
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = math.nan
        if not 0 <= value <= _MAX_SECONDS:
            raise MazetrackError(
                f"{self.where}: {name} must be seconds between 0 and {_MAX_SECONDS:.0f}, got '{text}'. "
                "Correct the cell, or leave it empty."
            )
        return value

    def integer(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text)
            is_whole = value.is_integer()
        except (ValueError, OverflowError):
            is_whole = False
        if not is_whole or not 0 <= value <= 100_000:
            raise MazetrackError(f"{self.where}: {name} must be a whole number, got '{text}'. Correct the cell.")
        return int(value)

    def flag(self, name: str) -> bool:
        text = self.text(name).lower()
        if text not in _TRUE + _FALSE:
            raise MazetrackError(f"{self.where}: {name} must be true or false, got '{text}'. Correct the cell.")
        return text in _TRUE

    def kind(self) -> TrialKind:
        text = self.text("kind").lower()
        try:
            return TrialKind(text)
        except ValueError:
            kinds = ", ".join(TrialKind)
            raise MazetrackError(
                f"{self.where}: the kind of a trial must be one of {kinds}, got '{text}'. Correct the cell."
            ) from None


def load_trials(path: Path) -> tuple[Trial, ...]:
    """Read ``trials.csv``.

    Parameters
    ----------
    path : Path
        The table; only the columns `trial` and `kind` are needed, others than `COLUMNS` are not allowed.

    Returns
    -------
    tuple of Trial
        In the order of the table; empty lines are skipped.

    Raises
    ------
    MazetrackError
        In one sentence with the row's number: an unknown column or kind, a trial without a name or named twice,
        numbers that are none, an end before the release, a table without rows.
    """
    path = Path(path)
    columns, rows = read_table(path, "trials file")
    _check_columns(path, columns)
    trials: list[Trial] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows, start=2):
        if not any(cells.values()):
            continue
        trial = _trial(_Row(cells, f"Row {number} of {path}"))
        if trial.trial in seen:
            raise MazetrackError(
                f"Row {number} of {path}: the trial '{trial.trial}' stands in row {seen[trial.trial]} already. "
                "Give each trial a name of its own."
            )
        seen[trial.trial] = number
        trials.append(trial)
    if not trials:
        raise MazetrackError(f"The trials file {path} has no rows. Write one row for each swim.")
    return tuple(trials)


def trial_of_cells(cells: Mapping[str, str], where: str) -> Trial:
    """Return the trial of a row's cells, texts by column.

    Raises
    ------
    MazetrackError
        A cell is wrong; the sentence begins with `where`.
    """
    return _trial(_Row(dict(cells), where))


def cells_of_trial(trial: Trial) -> dict[str, str]:
    """Return a trial as the texts of its row."""
    return {name: _text_of(getattr(trial, name)) for name in COLUMNS}


def _text_of(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def save_trials(trials: Iterable[Trial], path: Path, *, overwrite: bool = False) -> None:
    """Write ``trials.csv`` whole or not at all; `MazetrackError` where it exists and may not be replaced."""
    rows = ({name: getattr(trial, name) for name in COLUMNS} for trial in trials)
    write_table(COLUMNS, rows, Path(path), overwrite=overwrite)


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise MazetrackError(
            f"The trials file {path} has no column {missing[0]}. Its columns are: {', '.join(COLUMNS)}."
        )
    unknown = [name for name in columns if name and name not in COLUMNS]
    if unknown:
        raise MazetrackError(
            f"The trials file {path} has a column '{unknown[0]}' that is not known. Rename it, or put its content "
            f"into notes; the columns are: {', '.join(COLUMNS)}."
        )


def _trial(row: _Row) -> Trial:
    name = row.text("trial")
    if not name:
        raise MazetrackError(f"{row.where}: the trial has no name. Fill in the column trial.")
    texts = ("film", "arena", "animal", "group", "sex", "cohort", "start", "platform", "former_platform")
    trial = Trial(
        trial=name,
        kind=row.kind(),
        **{column: row.text(column) for column in (*texts, "exclude_reason", "notes")},
        day=row.integer("day"),
        trial_of_day=row.integer("trial_of_day"),
        release_s=row.seconds("release_s"),
        end_s=row.seconds("end_s"),
        limit_s=row.seconds("limit_s"),
        exclude=row.flag("exclude"),
        is_release_found=False,
    )
    if trial.release_s is not None and trial.end_s is not None and trial.end_s <= trial.release_s:
        raise MazetrackError(
            f"{row.where}: the trial ends at {trial.end_s:g} s, which is not after its release at "
            f"{trial.release_s:g} s. Correct one of them."
        )
    if trial.limit_s == 0:
        raise MazetrackError(f"{row.where}: limit_s is 0. Give the seconds that the trial may last.")
    return trial
