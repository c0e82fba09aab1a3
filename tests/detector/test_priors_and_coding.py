"""Priors lie where the network's cells look; coding and decoding undo each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.detector.coding import (
    box_cxcywh_to_xyxy,
    box_xyxy_to_cxcywh,
    decode_boxes,
    decode_keypoints,
    encode_boxes,
    encode_keypoints,
)
from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import PriorSpec

VARIANCES = (0.1, 0.2)
places = st.floats(-500, 2000, width=32)
sizes = st.floats(1, 1000, width=32)


def test_first_cell_of_each_level_is_centred_on_its_pixels():
    priors = compute_priors((64, 96), PriorSpec(strides=(8, 16), sizes_px=((10.0, 20.0), (40.0,))))
    assert priors.shape == (8 * 12 * 2 + 4 * 6, 4)
    np.testing.assert_allclose(priors[0], [3.5, 3.5, 10, 10])  # pixels 0..7
    np.testing.assert_allclose(priors[1], [3.5, 3.5, 20, 20])  # sizes change fastest
    np.testing.assert_allclose(priors[2], [11.5, 3.5, 10, 10])  # then columns
    np.testing.assert_allclose(priors[24], [3.5, 11.5, 10, 10])  # then rows
    np.testing.assert_allclose(priors[8 * 12 * 2], [7.5, 7.5, 40, 40])
    np.testing.assert_allclose(priors[-1], [87.5, 55.5, 40, 40])


@given(cx=places, cy=places, width=sizes, height=sizes, px=places, py=places, prior=sizes)
def test_boxes_survive_coding(cx, cy, width, height, px, py, prior):
    priors = np.array([[px, py, prior, prior]], np.float64)
    box = box_cxcywh_to_xyxy(np.array([[cx, cy, width, height]], np.float64))
    decoded = decode_boxes(encode_boxes(box, priors, VARIANCES), priors, VARIANCES)
    np.testing.assert_allclose(decoded, box, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(box_cxcywh_to_xyxy(box_xyxy_to_cxcywh(box)), box, atol=1e-9)


@given(points=st.lists(st.tuples(places, places), min_size=3, max_size=3), px=places, py=places, prior=sizes)
def test_keypoints_survive_coding(points, px, py, prior):
    priors = np.array([[px, py, prior, prior]], np.float64)
    keypoints = np.array([points], np.float64)
    decoded = decode_keypoints(encode_keypoints(keypoints, priors, VARIANCES), priors, VARIANCES)
    np.testing.assert_allclose(decoded, keypoints, rtol=1e-6, atol=1e-6)


def test_offset_of_one_unit_is_a_tenth_of_the_prior():
    priors = np.array([[100.0, 50.0, 40.0, 40.0]])
    assert encode_keypoints(np.array([[[104.0, 46.0]]]), priors, VARIANCES).tolist() == [[[1.0, -1.0]]]
    box = np.array([[84.0, 30.0, 124.0, 70.0]])  # same size, 4 px to the right
    np.testing.assert_allclose(encode_boxes(box, priors, VARIANCES), [[1, 0, 0, 0]])
