"""A simulated experiment: groups of animals that learn over days, as tracks without films.

Each trial is a swim of `course`; what makes a group learn is that its search shortens, and its memory of the platform
grows, from day to day. The tracks are tables of ``time_s, x_cm, y_cm`` with the pool's centre at 0, 0 and y down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.tables import write_table
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.simulator.course import Attempt, Happening
from napari_mazetrack.simulator.scenario import Course, Scenario
from napari_mazetrack.simulator.swim import DensePath, Mode

MAX_TRIES = 100
ARENA_NAME = "arena.json"
TRIALS_NAME = "trials.csv"


@dataclass(frozen=True)
class GroupDesign:
    """How a group learns.

    Attributes
    ----------
    name : str
        Of the group.
    search_s : float
        Mean time of searching on the first day.
    learning : float
        Factor by which it shrinks from day to day.
    memory : float
        0 … 1: how often it makes for the platform's place in the probe, and, growing to that, while it learns.
    """

    name: str
    search_s: float = 38.0
    learning: float = 0.65
    memory: float = 0.7


@dataclass(frozen=True)
class ExperimentDesign:
    """What is simulated: every animal of every group swims `n_trials` on each day, then one probe.

    Attributes
    ----------
    groups : tuple of GroupDesign
        The groups.
    n_animals, n_days, n_trials : int
        Animals in a group, days of training, trials on a day.
    limit_s, rate_hz, radius_cm : float
        Longest trial, samples a second, the pool's radius.
    platform_cm, platform_radius_cm
        The platform's place and size.
    """

    groups: tuple[GroupDesign, ...] = (GroupDesign("control"), GroupDesign("lesion", learning=0.9, memory=0.15))
    n_animals: int = 8
    n_days: int = 5
    n_trials: int = 2
    limit_s: float = 60.0
    rate_hz: float = 5.0
    radius_cm: float = 60.0
    platform_cm: tuple[float, float] = (24.0, -22.0)
    platform_radius_cm: float = 6.0

    @property
    def n_swims(self) -> int:
        """Trials of all animals, with their probes."""
        return len(self.groups) * self.n_animals * (self.n_days * self.n_trials + 1)


def write_experiment(
    folder: Path, design: ExperimentDesign | None = None, seed: int = 0, *, overwrite: bool = False
) -> Iterator[int]:
    """Write ``arena.json``, ``trials.csv`` and a track for each trial into a folder; always the same for a seed.

    Yields
    ------
    int
        Trials written so far.
    """
    design = design or ExperimentDesign()
    platform = Platform("circle", *design.platform_cm, design.platform_radius_cm)
    pool = Ellipse(0.0, 0.0, design.radius_cm, design.radius_cm)
    arena = Arena(pool, units="cm", diameter_cm=2 * design.radius_cm, platforms={"platform": platform})
    save_arena(arena, folder / ARENA_NAME, overwrite=overwrite)
    rows: list[Trial] = []
    for group_number, group in enumerate(design.groups):
        for animal_number in range(design.n_animals):
            rng = np.random.default_rng([seed, group_number, animal_number])
            animal = f"{group.name[0].upper()}{animal_number + 1}"
            for row, path in _animal(rng, design, group, animal):
                write_table(("time_s", "x_cm", "y_cm"), _samples(path, design), folder / row.film, overwrite=overwrite)
                rows.append(row)
                yield len(rows)
    save_trials(rows, folder / TRIALS_NAME, overwrite=overwrite)


def _animal(
    rng: np.random.Generator, design: ExperimentDesign, group: GroupDesign, animal: str
) -> Iterator[tuple[Trial, DensePath]]:
    """Swim all trials of one animal; animals differ in how quickly they find and how well they remember."""
    pace, wit = float(np.exp(rng.normal(0, 0.2))), float(rng.normal(0, 0.1))
    for day in range(1, design.n_days + 1):
        for number in range(1, design.n_trials + 1):
            search_s = group.search_s * group.learning ** (day - 1) * pace * float(np.exp(rng.normal(0, 0.35)))
            memory = float(np.clip((group.memory + wit) * (day - 1) / design.n_days, 0, 1))
            yield _trial(rng, design, group, _Swim(animal, TrialKind.HIDDEN, day, number, max(2.0, search_s), memory))
    memory = float(np.clip(group.memory + wit, 0, 1))
    probe = _Swim(animal, TrialKind.PROBE, design.n_days + 1, 1, design.limit_s, memory)
    yield _trial(rng, design, group, probe)


@dataclass(frozen=True)
class _Swim:
    """One trial to be swum."""

    animal: str
    kind: TrialKind
    day: int
    number: int
    search_s: float
    memory: float


def _trial(
    rng: np.random.Generator, design: ExperimentDesign, group: GroupDesign, swim: _Swim
) -> tuple[Trial, DensePath]:
    finds = swim.kind == TrialKind.HIDDEN and swim.search_s < design.limit_s - 4
    scenario = Scenario(
        "experiment",
        kind=swim.kind,
        course=Course.ESCAPE if finds else Course.LIMIT,
        fps=design.rate_hz,
        limit_s=design.limit_s,
        search_s=swim.search_s,
        radius_cm=design.radius_cm,
        platform_radius_cm=design.platform_radius_cm,
        platform_at_cm=design.platform_cm,
        memory=swim.memory,
    )
    happening = _happening(rng, scenario)
    name = f"{swim.animal}_day{swim.day}_{swim.number}"
    row = Trial(
        trial=name,
        kind=swim.kind,
        film=f"{name}.csv",
        arena=ARENA_NAME,
        animal=swim.animal,
        group=group.name,
        day=swim.day,
        trial_of_day=swim.number,
        platform="platform",
        release_s=round(happening.truth.release_s, 3),
        end_s=round(happening.truth.end_s, 3) if happening.truth.end_reason != "escaped" else None,
        limit_s=design.limit_s,
    )
    return row, happening.path


def _happening(rng: np.random.Generator, scenario: Scenario) -> Happening:
    for _ in range(MAX_TRIES):
        happening = Attempt(rng, scenario).run()
        if happening is not None:
            return happening
    raise MazetrackError("No swim fits the experiment. Give it a larger pool or a longer limit.")


def _samples(path: DensePath, design: ExperimentDesign) -> Sequence[dict[str, float]]:
    """Return the path at the rate of the tracks; where the animal is absent there is no position."""
    step = round((len(path.time_s) - 1) / (path.time_s[-1] - path.time_s[0]) / design.rate_hz)
    return [
        {"time_s": round(float(t), 3)}
        | ({} if mode == Mode.ABSENT else {"x_cm": round(float(x), 2), "y_cm": round(float(y), 2)})
        for t, (x, y), mode in zip(path.time_s[::step], path.xy_cm[::step], path.mode[::step], strict=True)
    ]
