"""Measures as rows that people read: a name in words, a rounded value, its unit, its definition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from napari_mazetrack.maze.measures.registry import FORMER_MEASURES, REGISTRY
from napari_mazetrack.maze.measures.settings import Measure

NOT_KNOWN = "–"
PERCENT = "%"
#: Units as they are drawn.
_UNIT_SIGNS = {"deg": "°", "deg/s": "°/s", "cm s": "cm·s"}
_FRACTION = "_fraction"
_KNOWN = {**REGISTRY, **{measure.name: measure for measure in FORMER_MEASURES}}
_ORDER = {name: i for i, name in enumerate(_KNOWN)}


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
    definition, variant : str
        How it is computed, empty for what is no measure; and whose definition that is.
    animal : str
        Whose it is; empty where there is one animal.
    """

    name: str
    text: str
    value: str
    unit: str = ""
    definition: str = ""
    variant: str = "default"
    animal: str = ""


def measure_rows(values: Mapping[str, object], animal: str = "") -> tuple[MeasureRow, ...]:
    """Return the rows of one trial: first what is no measure (such as the end's reason), then the measures in order.

    Parameters
    ----------
    values : mapping
        Column names and values; None and NaN mean that a value is not known.
    animal : str
        Stands before each name where several animals are measured.
    """
    names = sorted(values, key=lambda name: _ORDER.get(name, -1))
    rows = (_row(_KNOWN.get(name, Measure(name, "", "")), values[name]) for name in names)
    return tuple(replace(row, text=f"{animal}: {row.text}", animal=animal) if animal else row for row in rows)


def _row(measure: Measure, value: object) -> MeasureRow:
    is_share = measure.name.endswith(_FRACTION)
    unit = PERCENT if is_share else _UNIT_SIGNS.get(measure.unit, measure.unit)
    ending = _FRACTION if is_share else "_" + measure.unit.replace(" ", "_").replace("/", "_") if measure.unit else ""
    words = measure.name.removesuffix(ending).replace("_", " ")
    shown = _shown(100 * value if is_share and isinstance(value, float) else value)
    return MeasureRow(measure.name, words[:1].upper() + words[1:], shown, unit, measure.formula)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return NOT_KNOWN
        return f"{value:.1f}" if abs(value) >= 10 or value == 0 else f"{value:.2f}"
    return NOT_KNOWN if value is None or value == "" else str(value).replace("_", " ")
