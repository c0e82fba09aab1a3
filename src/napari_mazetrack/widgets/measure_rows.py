"""Measures as rows that people read: a name in words, a rounded value, its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: Endings of a measure's column that say its unit, the longest first.
_UNITS = (
    ("_cm_s", "cm/s"),
    ("_deg_s", "°/s"),
    ("_deg", "°"),
    ("_cm", "cm"),
    ("_s", "s"),
    ("_fraction", "%"),
)
NOT_KNOWN = "–"


@dataclass(frozen=True)
class MeasureRow:
    """One line of the table.

    Attributes
    ----------
    name : str
        The measure's column as it stands in files, for programs.
    text : str
        The measure in words.
    value : str
        Rounded, as people write it.
    unit : str
        Empty for counts and calls.
    """

    name: str
    text: str
    value: str
    unit: str


def measure_rows(measures: Mapping[str, object]) -> tuple[MeasureRow, ...]:
    """Return the rows of the measures of one trial, in their order.

    Parameters
    ----------
    measures : mapping
        Column names and values; None and NaN mean that a value is not known.
    """
    return tuple(_row(name, value) for name, value in measures.items())


def _row(name: str, value: object) -> MeasureRow:
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return MeasureRow(name, _words(name.removesuffix(ending)), _number(value, unit), unit)
    return MeasureRow(name, _words(name), _number(value, ""), "")


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _number(value: object, unit: str) -> str:
    if value is None or value == "":
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return NOT_KNOWN
        return f"{100 * value:.1f}" if unit == "%" else f"{value:.4g}" if abs(value) < 1 else f"{value:.1f}"
    return str(value).replace("_", " ")
