"""Every number that an analysis depends on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from napari_mazetrack.errors import MazetrackError


@dataclass(frozen=True)
class ExclusionLimits:
    """When a trial or an animal is flagged.

    Attributes
    ----------
    max_missing_fraction : float
        A trial with a larger share of samples without a position is flagged.
    max_outside_fraction : float
        A trial in which the animal is outside of 1.1 pool radii for a larger share of its samples is flagged.
    max_start_distance : float
        A trial that begins farther from its named start than this, in pool diameters, is flagged.
    max_floating_fraction, floating_days
        An animal that floats for a larger share of its time on at least so many days is flagged.
    min_visible_reached : float
        An animal that reaches the visible platform in a smaller share of its visible trials is flagged.
    """

    max_missing_fraction: float = 0.05
    max_outside_fraction: float = 0.02
    max_start_distance: float = 0.25
    max_floating_fraction: float = 0.5
    floating_days: int = 2
    min_visible_reached: float = 0.5

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            highest = 1.0 if name.endswith(("_fraction", "_reached")) else 1000.0
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
                raise MazetrackError(f"{name} must be a number between 0 and {highest:g}, got {value!r}. Correct it.")


def limits_from(words: Sequence[str]) -> ExclusionLimits:
    """Return the limits with some changed, each in words such as ``max_missing_fraction=0.1``.

    Raises
    ------
    MazetrackError
        There is no such limit, or its value is none.
    """
    changed: dict[str, int | float] = {}
    known = [field.name for field in fields(ExclusionLimits)]
    for word in words:
        name, _, text = word.partition("=")
        if name not in known:
            raise MazetrackError(f"There is no limit '{name}'. Write NAME=NUMBER with one of {', '.join(known)}.")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if name == "floating_days" and not number.is_integer():
            raise MazetrackError(f"{name} must be a whole number, got '{text}'. Correct it.")
        changed[name] = int(number) if name == "floating_days" else number
    return ExclusionLimits(**changed)  # type: ignore[arg-type]


def limit_words(limits: ExclusionLimits) -> list[str]:
    """Return the words of `limits_from` for those limits that are not the usual ones."""
    usual = ExclusionLimits()
    named = ((field.name, getattr(limits, field.name)) for field in fields(ExclusionLimits))
    return [f"{name}={value}" for name, value in named if value != getattr(usual, name)]


@dataclass(frozen=True)
class AnalysisSettings:
    """How an experiment is analysed.

    Attributes
    ----------
    primary : str
        Name of the primary outcome (`outcomes.Outcome.name`); empty where none was named: then all are exploratory.
    n_permutations : int
        Relabellings of the animals in a test; all of them are used where there are no more than this.
    n_bootstrap : int
        Resamples of an interval.
    seed : int
        Of permutations and resamples.
    limits : ExclusionLimits
        When a trial or an animal is flagged.
    """

    primary: str = ""
    n_permutations: int = 20000
    n_bootstrap: int = 2000
    seed: int = 1
    limits: ExclusionLimits = ExclusionLimits()

    def __post_init__(self) -> None:
        if not 99 <= self.n_permutations <= 10**6 or not 99 <= self.n_bootstrap <= 10**6:
            raise MazetrackError("Permutations and resamples must be between 99 and 1,000,000. Correct the number.")
