"""A film as an array: it must index as NumPy does, and napari must take it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices

from napari_mazetrack.video import FilmArray, open_film

SHAPE = (20, 64, 96)


@pytest.fixture(scope="module")
def film(films):
    path = films("array.mkv", codec="ffv1", pix_fmt="bgr0", n_frames=SHAPE[0])
    with open_film(path) as film:
        yield film


@pytest.fixture(scope="module")
def luma(film):
    return np.stack([luma for _, luma in film.iter_luma()])


def test_it_has_what_an_array_has(film, luma):
    array = FilmArray(film, colour=False)
    assert array.shape == SHAPE
    assert array.dtype == np.uint8
    assert array.ndim == 3
    assert array.size == array.nbytes == luma.size
    assert len(array) == 20
    assert np.array_equal(np.asarray(array), luma)
    assert FilmArray(film).shape == (*SHAPE, 3)
    assert FilmArray(film)[3].shape == (64, 96, 3)


KEYS = [
    (slice(3, 4), slice(None), slice(None)),
    5,
    -1,
    np.int64(7),
    slice(None, None, -7),
    slice(30, 40),
    slice(2, 9, 3),
    [1, 1, 5],
    np.array([[0, 3], [4, -2]]),
    np.arange(20) % 3 == 0,
    ...,
    (..., 4),
    (2, ...),
    (slice(0, 4), 10),
    (4, slice(None, None, 2), slice(10, 2, -1)),
    ([1, 2], slice(0, 5), 3),
    ([1, 2], [3, 4], [5, 6]),
    ([1, 2], [3, 4]),
    (slice(1, 3), [3, 4], [5, 6]),
    (3, [3, 4], [5, 6]),
    (),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_keys_mean_what_they_mean_to_numpy(film, luma, key):
    got = FilmArray(film, colour=False)[key]
    assert np.array_equal(got, luma[key])
    assert np.shape(got) == np.shape(luma[key])


@given(key=basic_indices(SHAPE, allow_newaxis=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_basic_key_means_what_it_means_to_numpy(film, luma, key):
    assert np.array_equal(FilmArray(film, colour=False)[key], luma[key])


@given(frames=st.lists(st.integers(-20, 19), max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_list_of_frames_means_what_it_means_to_numpy(film, luma, frames):
    key = np.array(frames, np.intp)
    assert np.array_equal(FilmArray(film, colour=False)[key], luma[key])


@pytest.mark.parametrize("key", [20, -21, [0, 20], (0, 64), (0, 0, 0, 0), None, (..., ...), "a", 1.5], ids=str)
def test_wrong_keys_raise_index_errors(film, key):
    with pytest.raises(IndexError):
        FilmArray(film, colour=False)[key]


def test_a_frame_that_cannot_be_decoded_is_black(films, tmp_path):
    data = films("whole.mp4", muxer_options={"movflags": "faststart"}).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) * 6 // 10])
    with open_film(path) as film:
        array = FilmArray(film)
        assert array[10].any()
        assert not array[149].any()


@pytest.mark.parametrize("colour", [False, True])
def test_napari_shows_it(film, luma, colour):
    from napari.components import ViewerModel

    viewer = ViewerModel()
    (layer,) = [viewer.add_image(FilmArray(film, colour=colour), rgb=colour)]
    for frame in (0, 7, 19, 3):
        viewer.dims.set_current_step(0, frame)
        shown = np.asarray(layer._data_view)
        expected = film.rgb(frame) if colour else luma[frame]
        assert np.array_equal(shown[..., :3] if colour else shown, expected)
