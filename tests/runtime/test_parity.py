"""The gate between precisions: what counts as the same animal, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.parity import ParityLimits, ParityReport, compare_instances, refuse_worse

GOOD = ParityReport(100, 100, 100, 0, 0, 0.2, 0.9, 30.0)


def animals(*centres_and_scores, shift=(0.0, 0.0)):
    """Return instances 20 px wide at (x, y, score), best first."""
    table = np.array(sorted(centres_and_scores, key=lambda row: -row[2]), np.float32).reshape(-1, 3)
    xy = table[:, :2] + np.asarray(shift, np.float32)
    points = xy[:, None] + np.array([[8, 0], [0, 0], [-8, 0]], np.float32)
    return Instances(table[:, 2], np.hstack([xy - 10, xy + 10]), points, np.ones((len(xy), 3), np.float32))


def test_the_same_differs_by_nothing():
    frames = [animals((50, 50, 0.9)), animals(), animals((20, 20, 0.5))]
    assert compare_instances(frames, frames, score_threshold=0.4) == ParityReport(3, 2, 2, 0, 0, 0.0, 0.0, 0.0)


def test_a_shift_is_its_length():
    report = compare_instances([animals((50, 50, 0.9))], [animals((50, 50, 0.9), shift=(3, 4))], score_threshold=0.4)
    assert (report.median_px, report.p95_px, report.max_px) == (5, 5, 5)


@pytest.mark.parametrize(
    ("here", "there", "lost", "extra"),
    [
        ([(50, 50, 0.9)], [], 1, 0),
        ([], [(50, 50, 0.9)], 0, 1),
        ([(50, 50, 0.45)], [], 0, 0),  # as good as on the threshold
        ([], [(50, 50, 0.45)], 0, 0),
        ([(50, 50, 0.9)], [(80, 50, 0.9)], 1, 1),
        ([(50, 50, 0.9), (90, 50, 0.8)], [(50, 50, 0.8), (90, 50, 0.9)], 0, 0),  # the best two change places
    ],
)
def test_lost_and_extra_animals_are_those_that_one_model_is_sure_of(here, there, lost, extra):
    report = compare_instances([animals(*here)], [animals(*there)], score_threshold=0.4)
    assert (report.n_lost, report.n_extra) == (lost, extra)


def test_two_animals_are_both_wanted_where_two_are_looked_for():
    here, there = [animals((50, 50, 0.9), (90, 50, 0.8))], [animals((50, 50, 0.9))]
    assert compare_instances(here, there, score_threshold=0.4).n_lost == 0
    assert compare_instances(here, there, score_threshold=0.4, n_animals=2).n_lost == 1


def test_one_instance_is_no_partner_of_two_animals():
    here, there = [animals((50, 50, 0.9), (53, 50, 0.8))], [animals((51, 50, 0.9))]
    report = compare_instances(here, there, score_threshold=0.4, n_animals=2)
    assert (report.n_matched, report.n_lost) == (1, 1)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), st.floats(0.4, 1)), max_size=5),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), st.floats(0.4, 1)), max_size=5),
    st.integers(1, 3),
)
def test_every_animal_is_matched_or_not_and_lost_is_extra_the_other_way_round(here, there, n_animals):
    first = compare_instances([animals(*here)], [animals(*there)], score_threshold=0.4, n_animals=n_animals)
    second = compare_instances([animals(*there)], [animals(*here)], score_threshold=0.4, n_animals=n_animals)
    assert first.n_animals == min(n_animals, len(here))
    assert first.n_matched + first.n_lost <= first.n_animals
    assert (first.n_lost, first.n_extra) == (second.n_extra, second.n_lost)


def test_what_is_within_the_limits_passes_whatever_its_worst_point():
    refuse_worse(GOOD, "The int8 model")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"median_px": 0.6}, "differs too much"),
        ({"p95_px": 2.1}, "differs too much"),
        ({"n_lost": 1}, "1 lost, 0 extra"),
        ({"n_extra": 1}, "0 lost, 1 extra"),
        ({"median_px": float("nan"), "p95_px": float("nan")}, "differs too much"),
        ({"n_animals": 19}, "finds only 19 animals"),
    ],
)
def test_what_is_worse_is_refused(change, message):
    with pytest.raises(MazetrackError, match=message):
        refuse_worse(replace(GOOD, **change), "The int8 model")


def test_other_limits_can_be_asked_for():
    with pytest.raises(MazetrackError, match=r"allowed are 0\.1 px"):
        refuse_worse(GOOD, "The int8 model", ParityLimits(median_px=0.1))
