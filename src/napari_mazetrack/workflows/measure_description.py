"""What stands beside a table of measures: every column's formula and who defines it, and the numbers it went by."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from napari_mazetrack import __version__
from napari_mazetrack.files import atomic_path
from napari_mazetrack.maze.measures import REGISTRY, MeasureSettings
from napari_mazetrack.maze.measures.chosen_settings import changed_settings
from napari_mazetrack.maze.measures.quadrant_use import AREA_SHARE
from napari_mazetrack.maze.measures.registry import FORMER_MEASURES
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.variants import Variant

#: Whose definition a measure has that a variant does not name.
DEFAULT = "default"
_ABOUT_CHANCE = (
    "the share of the pool's area that the zone of each measure covers; [lowest, highest] where the trials differ"
)
_SAME_SHARE = 1e-9


def measures_in(rows: Sequence[Mapping[str, Any]]) -> list[Measure]:
    """Return the measures of a table in the order of its columns: all, and the former platform's where one is there."""
    former = [m for m in FORMER_MEASURES if any(m.name in row for row in rows)]
    return [*REGISTRY.values(), *former]


def describe_measures(
    path: Path, settings: MeasureSettings, variant: Variant, rows: Sequence[Mapping[str, Any]], about: dict[str, Any]
) -> None:
    """Write what stands beside a table of measures: formulas, settings and `about`; replaces a file of that name."""
    described = {
        m.name: {
            "unit": m.unit,
            "defined_by": variant.name if m.name in variant.formulas else DEFAULT,
            "formula": variant.formulas.get(m.name, m.formula),
            "source": m.source,
            "missing": m.missing,
        }
        for m in measures_in(rows)
    }
    description = {
        "version": __version__,
        "variant": {"name": variant.name, "about": variant.about},
        "settings": asdict(settings),
        "changed_settings": changed_settings(settings),
        "chance": {"quadrant": AREA_SHARE, "about": _ABOUT_CHANCE, **chance_of_trials(about.get("trials", ()))},
        "measures": described,
        **about,
    }
    text = json.dumps(description, indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def chance_of_trials(trials: Sequence[Mapping[str, Any]]) -> dict[str, float | list[float]]:
    """Return the chance of each zone: a number where it is the same in all trials, else the lowest and the highest."""
    values: dict[str, list[float]] = {}
    for trial in trials:
        for name, share in trial["chance"].items():
            values.setdefault(name, []).append(share)
    return {name: _one_or_range(of_trials) for name, of_trials in values.items()}


def _one_or_range(values: Sequence[float]) -> float | list[float]:
    low, high = min(values), max(values)
    return low if high - low < _SAME_SHARE else [low, high]
