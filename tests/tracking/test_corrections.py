from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.tracking.corrections import (
    CORRECTIONS_DIGEST,
    AddInstance,
    DeleteInstance,
    ExchangeAnimals,
    MarkMissing,
    SetKeypoint,
    SwapHeadTail,
    are_of_track,
    correction_from_json,
    correction_to_json,
    corrections_digest,
)

frames = st.integers(0, 10**7)
animals = st.integers(0, 15)
places = st.floats(-1e5, 1e5)
points = st.none() | st.tuples(places, places)
corrections = st.one_of(
    st.builds(SetKeypoint, frames, animals, st.text(max_size=10), places, places),
    st.builds(AddInstance, frames, animals, st.lists(points, max_size=5).map(tuple)),
    st.builds(SwapHeadTail, frames, frames, animals),
    st.builds(DeleteInstance, frames, places, places),
    st.builds(MarkMissing, frames, frames, animals),
    st.builds(ExchangeAnimals, frames, animals, animals),
)


@settings(deadline=None, max_examples=50)
@given(corrections)
def test_json_gives_back_the_same_value(correction):
    assert correction_from_json(correction_to_json(correction)) == correction


@settings(deadline=None, max_examples=50)
@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_correction_is_refused(text):
    with pytest.raises(MazetrackError, match="cannot be read"):
        correction_from_json(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "explode"),
        ("kind", ["set_keypoint"]),
        ("frame_index", -1),
        ("frame_index", 1.5),
        ("frame_index", True),
        ("frame_index", "1"),
        ("x", "left"),
        ("x", None),
        ("y", float("nan")),
        ("y", 10**400),
        ("extra", 1),
    ],
)
def test_a_damaged_field_is_refused(field, value):
    data = json.loads(correction_to_json(SetKeypoint(3, 0, "head", 1.0, 2.0)))
    data[field] = value
    with pytest.raises(MazetrackError, match="cannot be read"):
        correction_from_json(json.dumps(data))


@pytest.mark.parametrize("value", ["ab", [["a", "b"]], [[1, 2, 3]], [[1]], 3, {"x": 1}])
def test_damaged_points_are_refused(value):
    data = json.loads(correction_to_json(AddInstance(3, 0, ((1.0, 2.0),))))
    data["keypoints_xy"] = value
    with pytest.raises(MazetrackError, match="cannot be read"):
        correction_from_json(json.dumps(data))


def test_a_missing_field_is_refused():
    with pytest.raises(MazetrackError, match="cannot be read"):
        correction_from_json('{"kind": "mark_missing", "first_frame": 1, "animal": 0}')


def test_a_track_is_of_the_corrections_that_it_was_computed_with_in_their_order():
    first, second = SwapHeadTail(1, 5, 0), DeleteInstance(3, 10.0, 20.0)
    attributes = {CORRECTIONS_DIGEST: corrections_digest([first, second]), "n_corrections": 2}
    assert are_of_track([first, second], attributes)
    for others in ([second, first], [first], [first, DeleteInstance(3, 10.0, 20.5)], []):
        assert not are_of_track(others, attributes)


def test_an_older_track_is_trusted_only_where_there_are_no_corrections():
    assert are_of_track([], {"n_corrections": 0})
    assert are_of_track([], {})
    assert not are_of_track([], {"n_corrections": 1})
    assert not are_of_track([DeleteInstance(3, 10.0, 20.0)], {"n_corrections": 1})
