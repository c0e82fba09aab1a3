"""What a model file says of itself."""

from __future__ import annotations

import json

import pytest

from napari_mazetrack.detector.spec import SCHEMA, ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import MOUSE


def test_round_trip_through_json():
    spec = ModelSpec(MOUSE, 480, 640, trained_on={"frames": 93}, scores={"ap50": 0.9}, code_version="0.1.0")
    assert ModelSpec.from_json(spec.to_json()) == spec


def changed(**changes: object) -> str:
    return json.dumps({**json.loads(ModelSpec(MOUSE, 480, 640).to_json()), **changes})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "cannot be read"),
        ("[]", "cannot be read"),
        (changed(schema=SCHEMA + 1), "newer napari-mazetrack"),
        (changed(skeleton={"keypoints": ["a"]}), "damaged"),
        (changed(surprise=1), "damaged"),
        (changed(input_height=481), "multiple of 32"),
        (changed(input_width=10**6), "multiple of 32"),
        (changed(top_k=10**6), "candidates"),
    ],
    ids=["text", "list", "newer", "no edges", "unknown field", "odd size", "huge", "too many candidates"],
)
def test_a_bad_description_is_told_in_words(text, says):
    with pytest.raises(MazetrackError, match=says):
        ModelSpec.from_json(text)
