"""A session film: several swims one after the other in one film, told apart by when an animal is in the pool.

Between two swims nobody is in the pool. An animal that is lost for less than the gap, under water or behind a hand, is
still swimming; what is seen for only a moment (a hand, a reflection) is no swim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial


@dataclass(frozen=True)
class SessionSettings:
    """What counts as a swim of its own.

    Attributes
    ----------
    gap_s : float
        Two swims lie at least this far apart.
    least_s : float
        A swim has positions for at least this long.
    """

    gap_s: float = 5.0
    least_s: float = 1.0


@dataclass(frozen=True)
class Stretch:
    """A stretch of a film with the animal in the pool, from its first to its last position, film times in s."""

    begin_s: float
    end_s: float

    def overlap_s(self, other: Stretch) -> float:
        """Return for how long both last."""
        return max(min(self.end_s, other.end_s) - max(self.begin_s, other.begin_s), 0.0)


def find_stretches(
    time_s: NDArray[np.float64], is_present: NDArray[np.bool_], settings: SessionSettings | None = None
) -> tuple[Stretch, ...]:
    """Return the stretches of a film with the animal, in order.

    Parameters
    ----------
    time_s : float64 [T]
        Recorded times, increasing.
    is_present : bool [T]
        Samples with a position.
    settings : SessionSettings or None
        What counts as a swim of its own; None: the usual values.
    """
    settings = settings or SessionSettings()
    seen_s = time_s[is_present]
    if not len(seen_s):
        return ()
    interval_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    # A sample stands for the interval that follows it.
    is_gap = np.diff(seen_s) >= settings.gap_s + interval_s
    groups = np.split(seen_s, np.flatnonzero(is_gap) + 1)
    return tuple(
        Stretch(float(group[0]), float(group[-1])) for group in groups if len(group) * interval_s >= settings.least_s
    )


def split_session(
    trials: Sequence[Trial], stretches: Sequence[Stretch], settings: SessionSettings | None = None
) -> list[Trial]:
    """Return the trials of a session film, each with the begin and the end of its own stretch.

    What the sheet says stays: a trial with a release keeps it, and ends where the next trial is released, or before
    that where the animal is last seen. The others get the stretches that are left, in the order of the sheet; where
    there are others, a trial with a release ends with the stretch that it begins in.

    Parameters
    ----------
    trials : sequence of Trial
        The rows that name one animal's recording, in the order of the sheet.
    stretches : sequence of Stretch
        `find_stretches` of the recording.
    settings : SessionSettings or None
        What the stretches were found with.

    Raises
    ------
    MazetrackError
        There are more, or fewer, stretches than rows.
    """
    given = [trial for trial in trials if trial.release_s is not None]
    are_all_given = len(given) == len(trials)
    ended = {trial.trial: _with_end(trial, given, stretches, are_all_given=are_all_given) for trial in given}
    taken = [_stretch_of(trial, stretches) for trial in ended.values()]
    free = [s for s in stretches if not any(s.overlap_s(other) > 0 for other in taken)]
    open_trials = [trial for trial in trials if trial.release_s is None]
    if open_trials and len(free) != len(open_trials):
        raise MazetrackError(_mismatch(trials, open_trials, free, settings or SessionSettings()))
    placed = {
        trial.trial: replace(trial, release_s=stretch.begin_s, end_s=_earlier(trial.end_s, stretch.end_s))
        for trial, stretch in zip(open_trials, free, strict=bool(open_trials))
    }
    return [ended.get(trial.trial) or placed[trial.trial] for trial in trials]


def _with_end(trial: Trial, given: Sequence[Trial], stretches: Sequence[Stretch], *, are_all_given: bool) -> Trial:
    """Return a trial with a release, ended where the sheet says, the animal is gone, or the next trial begins.

    An animal that is lost for a while is not gone: where all trials have a release, the last stretch before the next
    one counts.
    """
    release_s = trial.release_s or 0.0
    if trial.end_s is not None:
        return trial
    next_s = min((t.release_s for t in given if t.release_s is not None and t.release_s > release_s), default=np.inf)
    own = [
        stretch.end_s
        for stretch in stretches
        if stretch.end_s > release_s and (stretch.end_s <= next_s or stretch.begin_s <= release_s)
    ]
    end_s = min([next_s, *(own[-1:] if are_all_given else own[:1])])
    return replace(trial, end_s=float(end_s)) if np.isfinite(end_s) else trial


def _stretch_of(trial: Trial, stretches: Sequence[Stretch]) -> Stretch:
    last_s = max((stretch.end_s for stretch in stretches), default=np.inf)
    return Stretch(trial.release_s or 0.0, last_s if trial.end_s is None else trial.end_s)


def _earlier(given_s: float | None, found_s: float) -> float:
    return found_s if given_s is None else min(given_s, found_s)


def _mismatch(
    trials: Sequence[Trial], open_trials: Sequence[Trial], free: Sequence[Stretch], settings: SessionSettings
) -> str:
    at = ", ".join(f"{stretch.begin_s:.1f}–{stretch.end_s:.1f} s" for stretch in free[:12]) or "none"
    some = "" if len(open_trials) == len(trials) else " without a release"
    n = len(open_trials)
    return (
        f"the sheet has {n} {'row' if n == 1 else 'rows'}{some} for the film '{trials[0].film}', but the animal is in "
        f"the pool in {len(free)} {'stretch' if len(free) == 1 else 'stretches'} (at least {settings.gap_s:g} s apart: "
        f"{at}). Give release_s and end_s of its rows, or correct the rows or the track."
    )
