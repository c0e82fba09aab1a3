"""Write simulated pictures, simulated films with their truth, or the tracks of a simulated experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress


def simulate_pictures(folder: Path, n: int, seed: int = 0, *, overwrite: bool = False) -> Job[Path]:
    """Write n single pictures of n different pools to `folder`; return the path of their label file."""
    from napari_mazetrack.simulator.picture_files import LABELS_NAME, write_pictures

    yield Progress("Painting pictures", 0, n)
    for done in write_pictures(folder, n, seed, overwrite=overwrite):
        yield Progress("Painting pictures", done, n)
    return folder / LABELS_NAME


def simulate_films(
    folder: Path, n: int, seed: int = 0, *, names: Sequence[str] = (), overwrite: bool = False
) -> Job[Path]:
    """Write n films with their truth to `folder`; return the path of ``trials.csv``.

    Parameters
    ----------
    folder : Path
        Where they go.
    n : int
        Films; the scenarios are gone through in order, again and again.
    seed : int
        The same seed gives the same films.
    names : sequence of str
        Only these scenarios; none means all.
    overwrite : bool
        Replace existing files.

    Raises
    ------
    MazetrackError
        There is no such scenario, or a file cannot be written.
    """
    from napari_mazetrack.simulator.scenario import SCENARIOS
    from napari_mazetrack.simulator.trial_files import TRIALS_NAME, write_trials

    known = {scenario.name: scenario for scenario in SCENARIOS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise MazetrackError(f"There is no scenario '{unknown[0]}'. Choose among: {', '.join(known)}.")
    chosen = [known[name] for name in names] or list(SCENARIOS)
    yield from write_trials([chosen[i % len(chosen)] for i in range(n)], folder, seed, overwrite=overwrite)
    return folder / TRIALS_NAME


def simulate_experiment(folder: Path, seed: int = 0, *, overwrite: bool = False) -> Job[Path]:
    """Write the tracks of a whole simulated experiment to `folder`; return the path of its ``trials.csv``."""
    from napari_mazetrack.simulator.experiment import TRIALS_NAME, ExperimentDesign, write_experiment

    design = ExperimentDesign()
    stage = "Simulating an experiment"
    yield Progress(stage, 0, design.n_swims)
    for done in write_experiment(folder, design, seed, overwrite=overwrite):
        yield Progress(stage, done, design.n_swims)
    return folder / TRIALS_NAME
