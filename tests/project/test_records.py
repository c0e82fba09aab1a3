"""Values and their payloads: exact both ways, and strict with what strangers wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import CorrectionRecord, FilmRecord, LabelRecord, ModelRecord, RunRecord, records
from napari_mazetrack.project.payload import decode, encode

KEYPOINTS = ("head", "body", "tail")
coordinates = st.floats(allow_nan=True, allow_infinity=False, width=64)
texts = st.text(max_size=20)
tables = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=3)


@st.composite
def instances(draw: st.DrawFn) -> LabelledInstance:
    points = draw(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=3))
    flags = draw(st.lists(st.integers(0, 2), min_size=3, max_size=3))
    box = draw(st.none() | st.lists(st.floats(-1e4, 1e4), min_size=4, max_size=4))
    return LabelledInstance(
        np.array(points, np.float64), np.array(flags, np.uint8), None if box is None else np.array(box)
    )


@given(found=st.lists(instances(), max_size=3), annotator=texts)
def test_labels_come_back_bit_by_bit(found, annotator):
    label = LabelRecord("f", 7, tuple(found), annotator)
    payload = decode(encode(records.label_to_payload(label, KEYPOINTS)))
    back = records.label_from_payload("f", 7, payload, KEYPOINTS)
    assert back.annotator == annotator
    for one, other in zip(back.instances, label.instances, strict=True):
        np.testing.assert_array_equal(one.keypoints_xy, other.keypoints_xy)
        np.testing.assert_array_equal(one.visibility, other.visibility)
        assert one.visibility.dtype == np.uint8
        assert (one.box_xyxy is None) == (other.box_xyxy is None)
        assert one.box_xyxy is None or np.array_equal(one.box_xyxy, other.box_xyxy)


seconds = st.none() | st.floats(0, 1e5)


@given(
    st.builds(
        Trial,
        trial=st.just("t"),
        kind=st.sampled_from(TrialKind),
        film=texts,
        notes=texts,
        day=st.none() | st.integers(0, 50),
        release_s=seconds,
        end_s=seconds,
        exclude=st.booleans(),
    )
)
def test_trials_come_back(trial):
    assert records.trial_from_payload("t", decode(encode(records.trial_to_payload(trial)))) == trial


@given(timing=tables, paths=st.lists(texts).map(tuple), value=tables)
def test_the_rest_comes_back(timing, paths, value):
    film = FilmRecord("f", paths, 3, 2, 1, timing)
    assert records.film_from_payload("f", decode(encode(records.film_to_payload(film)))) == film
    correction = CorrectionRecord("f", 4, "swap", value)
    assert records.correction_from_payload("f", 4, decode(encode(records.correction_to_payload(correction)))) == (
        correction
    )
    model = ModelRecord("m", "ab", paths, value)
    assert records.model_from_payload("m", decode(encode(records.model_to_payload(model)))) == model
    run = RunRecord("r", "track", "f", "ab", paths, value)
    assert records.run_from_payload("r", decode(encode(records.run_to_payload(run)))) == run


@pytest.mark.parametrize("value", [math.nan, math.inf], ids=str)
def test_numbers_that_are_none_never_get_in(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"x": value})


FILM = {"paths": [], "n_frames": 1, "width": 1, "height": 1, "timing": {}}
TRIAL = records.trial_to_payload(Trial("t", TrialKind.HIDDEN))


@pytest.mark.parametrize(
    "payload",
    [
        FILM | {"n_frames": -1},
        FILM | {"n_frames": True},
        FILM | {"width": 1.5},
        FILM | {"paths": "a.mp4"},
        FILM | {"paths": [1]},
        FILM | {"timing": []},
        {},
    ],
    ids=str,
)
def test_films_of_strangers(payload):
    with pytest.raises(MazetrackError, match="entry for the film f needs"):
        records.film_from_payload("f", payload)


@pytest.mark.parametrize(
    "payload",
    [
        TRIAL | {"kind": "swim"},
        TRIAL | {"kind": None},
        TRIAL | {"animal": None},
        TRIAL | {"day": "2"},
        TRIAL | {"release_s": "1"},
        TRIAL | {"exclude": 1},
    ],
    ids=str,
)
def test_trials_of_strangers(payload):
    with pytest.raises(MazetrackError, match="entry for the trial 't'"):
        records.trial_from_payload("t", payload)
