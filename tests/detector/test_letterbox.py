"""One resize for training and inference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_mazetrack.detector.letterbox import PAD_LUMA, compute_letterbox, letterbox_luma


@given(film=st.tuples(st.integers(16, 2000), st.integers(16, 2000)))
def test_the_frame_fits_and_fills_one_side(film):
    box = compute_letterbox(film, (480, 640))
    assert box.height <= 480
    assert box.width <= 640
    assert box.height == 480 or box.width == 640


@pytest.mark.parametrize("film", [(480, 640), (960, 1280), (720, 720), (240, 320)])
def test_a_spot_lands_where_the_letterbox_says(film):
    """The centre of a bright square, resized, is at x * scale + offset."""
    luma = np.zeros(film, np.uint8)
    y0, x0, half = film[0] // 3, film[1] // 2, 8
    luma[y0 - half : y0 + half + 1, x0 - half : x0 + half + 1] = 255
    box = compute_letterbox(film, (480, 640))
    slot = letterbox_luma(luma, box, np.empty((480, 640), np.uint8)).astype(float)
    y, x = (np.sum(slot * grid) / slot.sum() for grid in np.mgrid[:480, :640])
    assert x == pytest.approx(x0 * box.scale + box.offset_px, abs=0.02)
    assert y == pytest.approx(y0 * box.scale + box.offset_px, abs=0.02)


def test_the_rest_of_the_slot_is_padded_even_when_it_was_used_before():
    slot = np.full((480, 640), 77, np.uint8)
    box = compute_letterbox((720, 720), (480, 640))
    letterbox_luma(np.full((720, 720), 200, np.uint8), box, slot)
    assert (slot[:, :480] == 200).all()
    assert (slot[:, 480:] == PAD_LUMA).all()
