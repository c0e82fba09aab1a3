"""One row of the table of statistics: never a p-value without the test's name, its unit and n."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

#: The usual unit of analysis: trials of one animal are not independent.
UNIT = "animal"


@dataclass(frozen=True)
class Sample:
    """One group in a comparison: its name, its animals, mean and SD over them (NaN where there are too few)."""

    group: str
    n: int
    mean: float
    sd: float

    @classmethod
    def of(cls, group: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> Sample:
        """Describe the values [n] of a group's animals."""
        return cls(
            group,
            len(values),
            float(values.mean()) if len(values) else np.nan,
            float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        )

    @property
    def mean_sd(self) -> str:
        """Mean ± SD in words; of one animal there is no SD, of none nothing."""
        if not self.n:
            return "no value"
        return f"{self.mean:.4g} ± {self.sd:.4g}" if self.n > 1 else f"{self.mean:.4g} (one value)"


@dataclass(frozen=True)
class Effect:
    """An effect size and its 95 % interval; NaN where there is none."""

    name: str = ""
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True)
class Result:
    """The result of one test.

    Attributes
    ----------
    outcome, unit : str
        What was compared, and its unit.
    test : str
        Name of the test.
    samples : tuple of Sample
        The groups that were compared.
    statistic_name, statistic
        What was computed.
    effect : Effect
        How large the difference is.
    p : float
        NaN where there was no test; then `note` says why.
    method : str
        How p was found: ``exact, n relabellings``, …
    note : str
        What a reader must know.
    unit_of_analysis : str
        What was permuted: animals, or cohorts where whole cohorts were treated.
    is_secondary : bool
        A second opinion (the mixed model): it does not enter the correction for many outcomes.
    """

    outcome: str
    unit: str
    test: str
    samples: tuple[Sample, ...]
    statistic_name: str = ""
    statistic: float = np.nan
    effect: Effect = Effect()
    p: float = np.nan
    method: str = ""
    note: str = ""
    unit_of_analysis: str = UNIT
    is_secondary: bool = False

    def __post_init__(self) -> None:
        if np.isfinite(self.p) and not (self.test and self.samples and all(s.n for s in self.samples)):
            raise ValueError("a p-value needs the name of its test and the number of animals")
        if not np.isfinite(self.p) and not self.note:
            raise ValueError("a result without a p-value must say why")

    @property
    def comparison(self) -> str:
        """Which groups."""
        return " vs ".join(s.group or "all animals" for s in self.samples)

    def to_row(self) -> dict[str, Any]:
        """Return the row of ``statistics.csv``; groups beyond the second are told in `comparison` and `n`."""
        row: dict[str, Any] = {
            "outcome": self.outcome,
            "unit": self.unit,
            "comparison": self.comparison,
            "test": self.test,
            "unit_of_analysis": self.unit_of_analysis,
            "n": " + ".join(str(s.n) for s in self.samples),
            "mean_sd": "; ".join(f"{s.group}: {s.mean_sd}" for s in self.samples),
            "statistic_name": self.statistic_name,
            "statistic": self.statistic,
            "p": self.p,
            "method": self.method,
            "note": self.note,
        }
        return row | {f"effect_{key}" if key != "value" else "effect": v for key, v in asdict(self.effect).items()}
