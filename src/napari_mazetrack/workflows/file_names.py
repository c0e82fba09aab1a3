"""What the names of films say of their trials: a pattern such as ``{animal}_d{day}_t{trial}`` fills in a trials sheet.

A pattern is a name without its ending; words in braces stand for the columns of the sheet, ``{}`` for anything. With
slashes it is held against folders too: ``{group}/{animal}_{day}``. Upper and lower case are the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.workflows.recording import film_stem

#: What may stand in braces, and the column that it fills.
COLUMN_OF = {
    name: name for name in ("animal", "group", "sex", "cohort", "day", "trial_of_day", "kind", "start", "platform")
} | {"trial": "trial_of_day"}
_NUMBERS = ("day", "trial_of_day")
_FIELD = re.compile(r"\{([^{}]*)\}")
EXAMPLE = "{animal}_d{day}_t{trial}"


@dataclass(frozen=True)
class NameMatch:
    """What the name of one film says.

    Attributes
    ----------
    film : Path
        The film.
    cells : dict
        Texts by column of the sheet; empty where the name does not match.
    why : str
        Why it is of no use; empty where it is.
    """

    film: Path
    cells: dict[str, str] = field(default_factory=dict)
    why: str = ""


def match_names(films: Sequence[Path], pattern: str) -> list[NameMatch]:
    """Return what the names of films say, film by film; nothing of any where the pattern is empty.

    Raises
    ------
    MazetrackError
        The pattern names no column, an unknown one, or one twice.
    """
    if not pattern.strip():
        return [NameMatch(film) for film in films]
    columns, expression = _parse(pattern.strip())
    n_parts = pattern.strip().count("/") + 1
    first: dict[tuple[tuple[str, str], ...], Path] = {}
    matches = []
    for film in films:
        match = _match(film, columns, expression, n_parts)
        if match.cells:
            known = first.setdefault(tuple(match.cells.items()), film)
            if known != film:
                match = NameMatch(film, match.cells, f"says the same as {known.name}")
        matches.append(match)
    return matches


def told_of(matches: Sequence[NameMatch]) -> str:
    """Return in words how many names match."""
    n = sum(bool(match.cells) for match in matches)
    n_same = sum(bool(match.cells and match.why) for match in matches)
    same = f"; {n_same} {'says' if n_same == 1 else 'say'} the same as another one" if n_same else ""
    return f"{n} of {len(matches)} names match{same}."


def _match(film: Path, columns: list[str], expression: re.Pattern[str], n_parts: int) -> NameMatch:
    parts = [*film.absolute().parts[:-1], film_stem(film)][-n_parts:]
    found = expression.fullmatch("/".join(parts))
    if found is None:
        return NameMatch(film, why="does not match")
    cells = {
        column: str(int(text)) if column in _NUMBERS else text.strip()
        for column, text in zip(columns, found.groups(), strict=True)
    }
    kind = cells.get("kind")
    if kind is not None:
        cells["kind"] = kind.lower()
        if cells["kind"] not in set(TrialKind):
            return NameMatch(film, why=f"'{kind}' is no kind: {', '.join(TrialKind)}")
    return NameMatch(film, cells)


def _parse(pattern: str) -> tuple[list[str], re.Pattern[str]]:
    """Return the columns that a pattern fills, in order, and the expression whose groups they are."""
    columns: list[str] = []
    expression, at = "", 0
    for found in _FIELD.finditer(pattern):
        expression += re.escape(pattern[at : found.start()])
        at = found.end()
        name = found.group(1).strip().lower()
        if not name:
            expression += r"[^/]*"
            continue
        if name not in COLUMN_OF:
            raise MazetrackError(f"'{{{name}}}' is no column. Use {', '.join(f'{{{n}}}' for n in COLUMN_OF)} or {{}}.")
        if COLUMN_OF[name] in columns:
            raise MazetrackError(f"The pattern names {COLUMN_OF[name]} twice. Use {{}} for what is not needed.")
        columns.append(COLUMN_OF[name])
        expression += r"(\d{1,5})" if COLUMN_OF[name] in _NUMBERS else r"([^/]+?)"
    if not columns:
        raise MazetrackError(f"The pattern names no column. Write it as {EXAMPLE}, for a film such as m7_d2_t1.mp4.")
    return columns, re.compile(expression + re.escape(pattern[at:]), re.IGNORECASE)
