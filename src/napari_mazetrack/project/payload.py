"""Payloads: what the project keeps of an entity, as canonical JSON text, so that equal values are equal texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from napari_mazetrack.errors import MazetrackError

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

#: Longest name of an entity, and of an author or a summary, in characters.
MAX_NAME_LENGTH = 300


def encode(value: Mapping[str, Json]) -> str:
    """Return `value` as canonical JSON text: sorted keys, no spaces, ASCII; floats come back bit by bit.

    Raises
    ------
    ValueError, TypeError
        A number is NaN or infinite, or a value is none of JSON's: a mistake of the program, not of a person.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def decode(text: str) -> dict[str, Json]:
    """Return the object that `text` holds; `MazetrackError` where a stranger's file holds something else."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MazetrackError(f"An entry of the project is not proper JSON ({error}). Open a backup of it.") from error
    if not isinstance(value, dict):
        raise MazetrackError("An entry of the project is not a JSON object. Open a backup of it.")
    return value


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def checked_name(name: str, what: str) -> str:
    """Return `name` where it can name an entity: not empty, not too long, proper Unicode."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise MazetrackError(f"The name of {what} holds characters that cannot be stored. Rename it.") from None
    if not name.strip() or len(name) > MAX_NAME_LENGTH:
        raise MazetrackError(
            f"The name of {what} must have 1 to {MAX_NAME_LENGTH} characters, got {len(name.strip())}. Rename it."
        )
    return name


def plain_text(text: str) -> str:
    """Return free text in a form that any database takes: proper Unicode, and not too long."""
    return text.encode("utf-8", "replace").decode("utf-8")[:MAX_NAME_LENGTH]


class Reader:
    """Reads typed values out of a payload that a stranger may have written; `MazetrackError` for a wrong one."""

    def __init__(self, payload: Mapping[str, Json], what: str) -> None:
        self._payload = payload
        self._what = what

    def text(self, key: str) -> str:
        """Return the text under `key`."""
        value = self._payload.get(key)
        return value if isinstance(value, str) else self._fail(key, "a text")

    def integer(self, key: str) -> int:
        """Return the whole number from 0 up under `key`."""
        value = self._payload.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._fail(key, "a whole number from 0 up")
        return value

    def number(self, key: str) -> float:
        """Return the finite number under `key`."""
        value = self._payload.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self._fail(key, "a finite number")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return the truth value under `key`."""
        value = self._payload.get(key)
        return value if isinstance(value, bool) else self._fail(key, "true or false")

    def table(self, key: str) -> Mapping[str, Json]:
        """Return the object under `key`."""
        value = self._payload.get(key)
        return value if isinstance(value, Mapping) else self._fail(key, "an object")

    def items(self, key: str) -> Sequence[Json]:
        """Return the list under `key`."""
        value = self._payload.get(key)
        return value if isinstance(value, list) else self._fail(key, "a list")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`."""
        values = self.items(key)
        return tuple(value if isinstance(value, str) else self._fail(key, "a list of texts") for value in values)

    def _fail(self, key: str, expected: str) -> NoReturn:
        raise MazetrackError(
            f"The project's entry for {self._what} needs {expected} under '{key}'. Run `mazetrack project check` on "
            "it, and open a backup."
        )
