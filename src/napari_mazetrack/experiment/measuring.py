"""How the trials of an experiment are measured, and what a report says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.measures import VARIANTS, MeasureSettings, Window
from napari_mazetrack.maze.measures.chosen_settings import chosen_settings
from napari_mazetrack.maze.measures.variants import Variant


@dataclass(frozen=True)
class MeasuringChoices:
    """What a person may choose of the measuring; names as the options of `mazetrack measure`.

    Attributes
    ----------
    variant : str
        Whose definitions.
    windows : tuple of str
        Stretches besides the whole, ``BEGIN:END`` in s from release; empty for the usual ones of each kind.
    fps : float or None
        Samples a second of files that have no times.
    point : str or None
        Point whose path is measured, in files that have several.
    n_draws : int
        Paths drawn for the intervals of each trial, 0 for no intervals.
    settings : tuple of str
        Numbers of the measures other than the usual ones, ``NAME=VALUE`` each.
    """

    variant: str = "default"
    windows: tuple[str, ...] = ()
    fps: float | None = None
    point: str | None = None
    n_draws: int = 0
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise MazetrackError(f"There is no variant '{self.variant}'. Name one of {', '.join(VARIANTS)}.")
        if not 0 <= self.n_draws <= 10_000 or not (self.fps is None or 0 < self.fps <= 10_000):
            raise MazetrackError("Paths for intervals are 0 to 10,000, and frames a second above 0. Correct them.")
        for text in self.windows:
            Window.parse(text)
        chosen_settings(self.settings)

    @property
    def stretches(self) -> tuple[Window, ...] | None:
        """The whole trial, which exclusions are told from, and the windows; None for the usual ones of each kind."""
        return tuple(dict.fromkeys([Window(), *map(Window.parse, self.windows)])) if self.windows else None

    @property
    def definitions(self) -> Variant:
        """The variant of its name."""
        return VARIANTS[self.variant]

    @property
    def numbers(self) -> MeasureSettings:
        """Every number of the measures."""
        return chosen_settings(self.settings)

    def to_plain(self) -> dict[str, Any]:
        """Return what differs from the usual choices, for JSON."""
        usual = asdict(MeasuringChoices())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


@dataclass(frozen=True)
class Measuring:
    """What a report says of how its trials were measured.

    Attributes
    ----------
    choices : MeasuringChoices
        What was chosen.
    n_marked, n_corrected, n_split : int
        Trials whose begin or end a person said in the film, whose track a person corrected, and whose stretch of a
        session film was told apart by the presence of the animal.
    has_former : bool
        Whether anything was measured of a reversal's old platform.
    warnings : tuple of str
        What must be read before the results.
    doubts : mapping
        By trial: why its track is in doubt.
    chance : mapping
        By measure that is a share of time in a zone: the zone's share of the pool's area, or the lowest and the highest
        where trials differ.
    """

    choices: MeasuringChoices = field(default_factory=MeasuringChoices)
    n_marked: int = 0
    n_corrected: int = 0
    n_split: int = 0
    has_former: bool = False
    warnings: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
    chance: Mapping[str, float | list[float]] = field(default_factory=dict)
