"""Every number that an analysis depends on."""

from __future__ import annotations

from dataclasses import dataclass

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
