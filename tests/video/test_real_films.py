"""Films that nobody here made."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.video import open_film

FILMS = {
    "openfield_video/m3v1_part.mp4": (797, 480, 640, 797 / 30),
    "watermaze_video/watermaze.mp4": (150, 720, 720, 150 / 5),
    "arena_round/one_mouse_round_arena.mp4": (None, 404, 416, None),
}


@pytest.mark.parametrize("name", FILMS)
def test_random_reads_give_the_same_pixels_as_reading_in_order(shared_data, name):
    n_frames, height, width, duration_s = FILMS[name]
    with open_film(shared_data / name) as film:
        assert (film.height, film.width) == (height, width)
        assert film.warnings == ()
        assert (np.diff(film.time_s) > 0).all()
        if n_frames is not None:
            assert film.n_frames == n_frames
            assert film.time_s[-1] == pytest.approx(duration_s * (n_frames - 1) / n_frames, rel=1e-3)
        stop = min(film.n_frames, 60)
        in_order = dict(film.iter_luma(0, stop))
        wanted = np.random.default_rng(0).integers(0, stop, 12).tolist()
        assert all(np.array_equal(film.luma(i), in_order[i]) for i in wanted)
        assert film.rgb(5).shape == (height, width, 3)


@pytest.mark.parametrize("name", FILMS)
def test_reading_on_from_the_middle_gives_the_same_pixels(shared_data, name):
    with open_film(shared_data / name) as film:
        start = int(0.85 * film.n_frames)
        in_order = {i: luma for i, luma in film.iter_luma() if i >= start}
        from_there = dict(film.iter_luma(start))
        assert list(from_there) == list(in_order)
        assert all(np.array_equal(from_there[i], in_order[i]) for i in in_order)


@pytest.mark.proof
@pytest.mark.parametrize("name", FILMS)
def test_every_frame_of_a_real_film_reads_the_same_at_random(shared_data, name):
    with open_film(shared_data / name) as film:
        marks = [luma.tobytes().__hash__() for _, luma in film.iter_luma()]
        for i in np.random.default_rng(1).permutation(film.n_frames).tolist():
            assert film.luma(i).tobytes().__hash__() == marks[i]
