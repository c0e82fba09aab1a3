"""The days of training in order, also where a reversal counts its days anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Kinds of trials in which an animal is trained, in the order of an experiment.
TRAINING = ("hidden", "reversal")


@dataclass(frozen=True)
class TrainingDays:
    """Where the days of training stand one after the other.

    Where hidden and reversal trials have days of one number, the reversal's come after all of the others and are told
    by an R before the number; else a day stands at its number.

    Attributes
    ----------
    days : tuple of (str, float)
        Kind and number of each day, in order.
    are_counted_anew : bool
        Both kinds have a day of one number.
    """

    days: tuple[tuple[str, float], ...]
    are_counted_anew: bool

    @classmethod
    def of(cls, days: Iterable[tuple[str, float]]) -> TrainingDays:
        """Return the order of days that are given as kind and number, in any order and repeatedly."""
        found = sorted(set(days), key=lambda one: (TRAINING.index(one[0]), one[1]))
        numbers = [{number for kind, number in found if kind == one} for one in TRAINING]
        are_counted_anew = bool(numbers[0] & numbers[1])
        return cls(tuple(found if are_counted_anew else sorted(found, key=lambda one: one[1])), are_counted_anew)

    @property
    def axis_name(self) -> str:
        """What stands under an axis of days."""
        return "day (R: reversal)" if self.are_counted_anew else "day"

    def place(self, kind: str, number: float) -> float:
        """Return where a day stands on an axis of days."""
        if not self.are_counted_anew or kind == TRAINING[0]:
            return number
        last = max(number for own, number in self.days if own == TRAINING[0])
        first = min(number for own, number in self.days if own == TRAINING[1])
        return last + 1 + number - first

    def label(self, kind: str, number: float) -> str:
        """Return a day's name on an axis or over a column."""
        return f"R{number:g}" if self.are_counted_anew and kind == TRAINING[1] else f"{number:g}"
