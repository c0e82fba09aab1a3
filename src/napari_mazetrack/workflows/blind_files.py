"""The key of a blinded experiment and the log of its blinding: two small files beside the trials sheet.

They may come from strangers: sizes are capped, nothing but the expected words and numbers is taken, and whatever else
is found is told in one sentence.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import BlindKey
from napari_mazetrack.experiment.exclusions import RULES
from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.experiment.unblinding import FixedChoices, Unblinding
from napari_mazetrack.files import atomic_path
from napari_mazetrack.maze.tables import read_text

KEY_ENDING, LOG_ENDING = ".blind_key.json", ".blinding.jsonl"
SCHEMA = 1
MAX_BYTES = 8 * 2**20
_MAX_LINES = 1000
_ABOUT = "Which code stands for which name. Who reads on is no longer blind. mazetrack analyse --unblind needs no key."
_CODES = {"groups": r"group [A-Z]"} | {
    f"{what}s": rf"{what} \d{{1,7}}" for what in ("animal", "trial", "film", "arena", "path")
}
BLINDED, UNBLINDED = "blinded", "unblinded"


Parsed = TypeVar("Parsed")


class BlindState(Enum):
    """Whether who analyses an experiment knows which group is which."""

    NEVER_BLINDED = "never blinded"
    BLINDED = "blinded"
    UNBLINDED = "unblinded"


@dataclass(frozen=True)
class BlindingLog:
    """What the log says: its text, and the first unblinding (None before it)."""

    text: str = ""
    unblinding: Unblinding | None = None


def key_path(sheet: Path) -> Path:
    """Return where the key of a sheet's experiment lies."""
    return sheet.with_name(sheet.stem + KEY_ENDING)


def log_path(sheet: Path) -> Path:
    """Return where the log of a sheet's experiment lies."""
    return sheet.with_name(sheet.stem + LOG_ENDING)


def blind_state(sheet: Path) -> BlindState:
    """Return how far the blinding of a sheet's experiment has gone; raises as `load_log`."""
    log = load_log(log_path(sheet))
    if log.unblinding is not None:
        return BlindState.UNBLINDED
    return BlindState.BLINDED if log.text or key_path(sheet).exists() else BlindState.NEVER_BLINDED


def load_key(path: Path) -> BlindKey:
    """Read a key.

    Raises
    ------
    MazetrackError
        It is not there, or no key that this program wrote.
    """
    return _parsed(
        lambda: _key(json.loads(read_text(path, "key of the blinding", max_bytes=MAX_BYTES))), f"The key {path}"
    )


def find_key(record: Path, sums: Collection[str]) -> Path:
    """Return the key of a blinded analysis by the place of its record and the sums that stand in it.

    Raises
    ------
    MazetrackError
        The key is in none of the folders above the record.
    """
    for folder in record.absolute().parents:
        for path in sorted(folder.glob(f"*{KEY_ENDING}")):
            if load_key(path).digest in sums:
                return path
    raise MazetrackError(
        f"{record} is of a blinded analysis, which names no path, and its key is in none of the folders above it. "
        "Say with --trials where the sheet lies; the key is beside it."
    )


def true_paths(key_file: Path) -> dict[str, Path]:
    """Return the path of each code of a key; raises as `load_key`."""
    folder = key_file.absolute().parent
    return {code: Path(os.path.normpath(folder / path)) for path, code in load_key(key_file).paths.items()}


def key_text(key: BlindKey) -> str:
    """Return the text of a key's file."""
    return json.dumps({"about": _ABOUT, "schema": SCHEMA, **asdict(key)}, indent=1, ensure_ascii=False) + "\n"


def load_log(path: Path) -> BlindingLog:
    """Read the log of a blinding; an empty one where there is no file.

    Raises
    ------
    MazetrackError
        A line of it is none that this program wrote, or was changed by hand.
    """
    if not path.exists():
        return BlindingLog()
    return _parsed(lambda: _log(read_text(path, "log of the blinding", max_bytes=MAX_BYTES)), f"The log {path}")


def blinded_line(date: str, by: str, version: str) -> str:
    """Return the line of the log that says when a blinding began."""
    return json.dumps({"event": BLINDED, "date": date, "by": by, "version": version}, ensure_ascii=False) + "\n"


def unblinded_line(entry: Unblinding) -> str:
    """Return the line of the log for an unblinding."""
    line = {"event": UNBLINDED, "date": entry.date, "by": entry.by, "version": entry.version}
    return json.dumps({**line, **asdict(entry.fixed), "digest": entry.fixed.digest}, ensure_ascii=False) + "\n"


def save_text(text: str, path: Path) -> None:
    """Write a key or a log, whole or not at all; `MazetrackError` where it cannot be written or read back."""
    if len(text.encode()) > MAX_BYTES:
        raise MazetrackError(f"{path} would be larger than {MAX_BYTES // 2**20} MiB. Shorten the names in the sheet.")
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _parsed(parse: Callable[[], Parsed], what: str) -> Parsed:
    try:
        return parse()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MazetrackError(
            f"{what} is damaged or none that mazetrack wrote ({error}). Restore it from a copy."
        ) from error


def _key(data: Mapping[str, Any]) -> BlindKey:
    if set(data) != {"about", "schema", *_CODES} or data["schema"] != SCHEMA:
        raise ValueError("other entries than those of a key")
    return BlindKey(**{what: _codes(data[what], pattern) for what, pattern in _CODES.items()})


def _codes(codes: Mapping[str, Any], pattern: str) -> dict[str, str]:
    found = {_text(name): _text(code) for name, code in codes.items()}
    if not all(re.fullmatch(pattern, code, re.ASCII) for code in found.values()):
        raise ValueError("a code of another form")
    if len(set(found.values())) < len(found):
        raise ValueError("one code for two names")
    return found


def _log(text: str) -> BlindingLog:
    *lines, rest = text.split("\n")
    if not lines or rest or len(lines) > _MAX_LINES:
        raise ValueError("no lines, too many, or half a line")
    entries = [_entry(json.loads(line)) for line in lines]
    return BlindingLog(text, next((entry for entry in entries if entry is not None), None))


def _entry(data: Mapping[str, Any]) -> Unblinding | None:
    """Return the unblinding of a line; None where it says that the blinding began."""
    said = {"event", "date", "by", "version"}
    date, by, version = (_text(data[name]) for name in ("date", "by", "version"))
    datetime.fromisoformat(date)
    if data["event"] == BLINDED and set(data) == said:
        return None
    choices = {"primary", "limits", "left_out", "groups", "digest"}
    if data["event"] != UNBLINDED or set(data) - {"animals"} != said | choices:
        raise ValueError("other entries than those of a log")
    groups = {_text(trial): _text(group) for trial, group in data["groups"].items()}
    animals = {_text(trial): _text(animal) for trial, animal in data.get("animals", {}).items()}
    fixed = FixedChoices(_text(data["primary"]), _limits(data["limits"]), _left_out(data["left_out"]), groups, animals)
    if fixed.digest != data["digest"]:
        raise ValueError("a digest that does not belong to its line: was it changed by hand?")
    return Unblinding(date, by, version, fixed)


def _limits(data: Mapping[str, Any]) -> ExclusionLimits:
    if set(data) != {field.name for field in fields(ExclusionLimits)}:
        raise ValueError("other limits than those of exclusions")
    try:
        return ExclusionLimits(**data)
    except MazetrackError as error:
        raise ValueError(str(error)) from error


def _left_out(data: Mapping[str, Sequence[Any]]) -> dict[str, tuple[str, ...]]:
    found = {_text(trial): tuple(_text(rule) for rule in rules) for trial, rules in data.items()}
    if not all(rule in RULES for rules in found.values() for rule in rules):
        raise ValueError("a rule that is not known")
    return found


def _text(value: object) -> str:
    """Return a text of a file that can be written again."""
    if not isinstance(value, str):
        raise ValueError("something else where a text should be")
    value.encode()  # half a surrogate pair is no text
    return value
