"""What was computed from the same numbers is not computed again; from any others it is."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread

import numpy as np
import pytest

from napari_mazetrack.tracking import recall
from napari_mazetrack.tracking.recall import recalled


@dataclass(frozen=True)
class Point:
    xy: np.ndarray
    name: str


def make_counted(n=4):
    calls = []

    @recalled(n)
    def double(value, by=2):
        calls.append(value)
        return value.xy * by if isinstance(value, Point) else np.array(value) * by

    return double, calls


def test_the_same_content_is_recalled_whoever_holds_it():
    double, calls = make_counted()
    first = double(Point(np.array([1.0, np.nan]), "a"))
    again = double(Point(np.array([1.0, np.nan]), "a"))
    assert again is first
    assert len(calls) == 1
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Point(np.array([1.0, 2.0]), "a"), Point(np.array([1.0, 2.0]), "b")),
        (Point(np.array([1.0, 2.0]), "a"), Point(np.array([1.0, -2.0]), "a")),
        (np.array([0.0]), np.array([-0.0])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1], np.int64), np.array([1], np.int32)),
        (((1, 2), 3), (1, (2, 3))),
        (1, 1.0),
        (1, True),
        ("1", 1),
    ],
)
def test_other_content_is_computed_anew(one, other):
    _, calls = make_counted()
    remember = recalled(4)(calls.append)
    for value in (one, other, one, other):
        remember(value)
    assert len(calls) == 2


@dataclass(frozen=True, eq=False)
class Still:
    """Never changes."""

    xy: np.ndarray


def test_what_never_changes_is_looked_at_once_and_told_apart():
    _, calls = make_counted()
    remember = recalled(4)(calls.append)
    one, same, other = (Still(np.array([1.0, y])) for y in (2.0, 2.0, 3.0))
    for value in (one, other, same, one):
        remember(value)
    assert calls == [one, other]
    one.xy[:] = 5.0
    remember(one)
    assert len(calls) == 2
    gone = Still(np.array([9.0]))
    remember(gone)
    n_known = len(recall._digests)
    calls.clear()
    del gone
    assert len(recall._digests) == n_known - 1


def test_where_nothing_is_recalled_all_is_computed_and_forgotten():
    double, calls = make_counted()
    double(1)
    with recall.nothing_recalled():
        assert (double(1), double(1)) == (2, 2)
        with recall.nothing_recalled():
            double(3)
        double(3)
    n_inside = len(calls)
    assert n_inside == 5
    double(1)
    assert len(calls) == n_inside
    double(3)
    assert len(calls) == n_inside + 1


def test_the_oldest_results_are_forgotten():
    double, calls = make_counted(n=2)
    for value in (1, 2, 1, 3, 1, 2):
        double(value)
    assert calls == [1, 2, 3, 2]
    double(2, by=3)
    assert calls[-1] == 2


def test_threads_may_ask_at_once():
    double, _ = make_counted(n=3)
    wrong = []

    def ask(seed):
        for value in np.random.default_rng(seed).integers(0, 6, 300).tolist():
            if double(value) != 2 * value:
                wrong.append(value)

    threads = [Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_has_no_content_of_its_own_is_refused():
    with pytest.raises(TypeError, match="takes no list"):
        recalled(2)(len)([1, 2])
