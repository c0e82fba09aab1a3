"""Session films: made-up tracks in which an animal is in the pool, or nobody is."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.sessions import SessionSettings, Stretch, find_stretches, split_session
from napari_mazetrack.maze.trials import Trial, TrialKind

TIME = np.arange(0, 100, 0.1)


def present(*stretches: tuple[float, float]) -> np.ndarray:
    """True while one of the stretches lasts, at 10 Hz for 100 s."""
    return np.any([np.abs(TIME - (begin + end) / 2) <= (end - begin) / 2 + 1e-9 for begin, end in stretches], axis=0)


def found(*stretches: tuple[float, float], **settings: float) -> list[tuple[float, float]]:
    at = find_stretches(TIME, present(*stretches), SessionSettings(**settings))
    return [(round(s.begin_s, 6), round(s.end_s, 6)) for s in at]


def row(name: str, **known: float | None) -> Trial:
    return Trial(name, TrialKind.HIDDEN, film="session.mp4", **known)  # type: ignore[arg-type]


TWO = [(2.0, 30.0), (40.0, 70.0)]
CASES = {
    "nobody": ((), []),
    "one swim": ([(2.0, 30.0)], [(2.0, 30.0)]),
    "two swims": (TWO, TWO),
    "lost for a moment": ([(2.0, 10.0), (14.0, 30.0)], [(2.0, 30.0)]),
    "a hand between them": ([(2.0, 30.0), (36.0, 36.5), (42.0, 70.0)], [(2.0, 30.0), (42.0, 70.0)]),
    "from the first frame to the last": ([(0.0, 20.0), (50.0, 99.9)], [(0.0, 20.0), (50.0, 99.9)]),
}


@pytest.mark.parametrize(("swims", "expected"), CASES.values(), ids=CASES)
def test_swims_are_told_apart_by_the_time_without_an_animal(swims, expected) -> None:
    assert found(*swims) == expected


def test_the_gap_and_the_shortest_swim_are_settings() -> None:
    assert found((2, 10), (14, 30), gap_s=3.5) == [(2.0, 10.0), (14.0, 30.0)]
    assert found((2, 10), (20, 20.5), least_s=0.4) == [(2.0, 10.0), (20.0, 20.5)]


def test_rows_get_the_swims_in_the_order_of_the_sheet() -> None:
    trials = split_session([row("b"), row("a")], [Stretch(*s) for s in TWO])
    assert [(t.trial, t.release_s, t.end_s) for t in trials] == [("b", 2.0, 30.0), ("a", 40.0, 70.0)]


def test_what_the_sheet_says_stays() -> None:
    stretches = [Stretch(*s) for s in [*TWO, (80.0, 95.0)]]
    trials = split_session([row("c"), row("b", release_s=41.0), row("a", end_s=90.0)], stretches)
    assert [(t.trial, t.release_s, t.end_s) for t in trials] == [("c", 2.0, 30.0), ("b", 41.0, 70.0), ("a", 80.0, 90.0)]


def test_a_trial_without_an_end_lasts_no_longer_than_until_the_next_release() -> None:
    trials = split_session([row("a", release_s=2.0), row("b", release_s=20.0)], [Stretch(0.0, 50.0)])
    assert [t.end_s for t in trials] == [20.0, 50.0]


@pytest.mark.parametrize("n_rows", [1, 3])
def test_another_number_of_swims_than_rows_is_refused(n_rows: int) -> None:
    with pytest.raises(MazetrackError, match=rf"{n_rows} rows? .*in 2 stretches .*2.0–30.0 s, 40.0–70.0 s"):
        split_session([row(f"t{i}") for i in range(n_rows)], [Stretch(*s) for s in TWO])


def test_stretches_of_rows_with_a_release_are_not_given_twice() -> None:
    with pytest.raises(MazetrackError, match=r"2 rows without a release .*in 1 stretch "):
        split_session([row("a", release_s=2.0), row("b"), row("c")], [Stretch(*s) for s in TWO])


def test_an_animal_that_is_lost_for_a_while_is_not_gone_where_every_trial_has_its_release() -> None:
    stretches = [Stretch(2.0, 15.0), Stretch(21.0, 40.0), Stretch(60.0, 80.0), Stretch(90.0, 95.0)]
    trials = split_session([row("a", release_s=3.0), row("b", release_s=61.0)], stretches)
    assert [(t.release_s, t.end_s) for t in trials] == [(3.0, 40.0), (61.0, 95.0)]


def test_a_release_after_the_last_swim_has_no_end() -> None:
    trials = split_session([row("a", release_s=3.0), row("b", release_s=90.0)], [Stretch(2.0, 15.0)])
    assert [t.end_s for t in trials] == [15.0, None]
