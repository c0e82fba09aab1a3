"""A long film is smoothed in pieces: the same path, and a correction costs no more than its piece."""

import numpy as np
import pytest

from napari_mazetrack.tracking import long_films
from napari_mazetrack.tracking.long_films import PIECE, smooth_film
from napari_mazetrack.tracking.smoothing import Observations, smooth

N = 5 * PIECE
RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def film():
    """A swim of 14 minutes with outliers, lone gaps, a gap over a join, and nothing at either end."""
    time_s = np.arange(N) / 25
    xy = np.array([320, 240]) + 140 * np.sin(time_s[:, None] * [0.31, 0.47]) + RNG.normal(0, 1, (N, 2))
    xy[RNG.choice(N, 200)] += RNG.normal(0, 30, (200, 2))
    xy[RNG.random(N) < 0.02] = np.nan
    xy[2 * PIECE - 300 : 2 * PIECE + 300] = np.nan
    xy[:100] = np.nan
    xy[-50:] = np.nan
    sigma = np.where(np.isfinite(xy[:, 0]), 1 + 0.3 * np.sin(time_s), np.nan)
    return Observations(time_s, xy, sigma, np.zeros(N, bool))


def corrected(film, frame, xy):
    moved, sigma, is_anchor = film.xy.copy(), film.sigma_px.copy(), film.is_anchor.copy()
    moved[frame], sigma[frame], is_anchor[frame] = xy, 0.2, True
    return Observations(film.time_s, moved, sigma, is_anchor)


def test_pieces_have_the_path_of_the_whole(film):
    whole = smooth(film)
    xy, sigma = smooth_film(film)
    expected_xy, expected_sigma = whole.compute_xy(), whole.compute_sigma_px()
    np.testing.assert_array_equal(np.isnan(xy), np.isnan(expected_xy))
    assert np.nanmax(np.abs(xy - expected_xy)) < 0.1  # noise is found on a sample: a hundredth of its size
    np.testing.assert_allclose(sigma, expected_sigma, rtol=0.02)


def test_nothing_is_to_be_seen_of_the_joins(film, monkeypatch):
    xy, sigma = smooth_film(film)
    monkeypatch.setattr(long_films, "PIECE", N)
    one_xy, one_sigma = smooth_film.__wrapped__(film)
    np.testing.assert_allclose(xy, one_xy, atol=0.02)  # outliers are weighed anew until a piece is settled
    np.testing.assert_allclose(sigma, one_sigma, rtol=0.01)


def test_a_correction_costs_its_own_piece(film, monkeypatch):
    smooth_film(film)
    smoothed = []
    fit = long_films.fit_path_as

    def count(known, *arguments):
        smoothed.append(len(known.xy))
        return fit(known, *arguments)

    monkeypatch.setattr(long_films, "fit_path_as", count)
    frame = 3 * PIECE + 1700
    place = smooth_film(film)[0][frame] + (7.0, -5.0)
    xy, _ = smooth_film(corrected(film, frame, place))
    assert len(smoothed) == 1
    assert xy[frame] == pytest.approx(place, abs=1.5)
    smooth_film(film)  # undone
    assert len(smoothed) == 1


def test_a_path_at_a_join_follows_a_correction_on_either_side(film):
    join = 3 * PIECE
    for frame in (join - 1, join):
        place = smooth_film(film)[0][frame] + (7.0, -5.0)
        xy, _ = smooth_film(corrected(film, frame, place))
        reference = smooth(corrected(film, frame, place)).compute_xy()
        around = slice(join - 10, join + 10)
        np.testing.assert_allclose(xy[around], reference[around], atol=0.1)


def test_a_film_in_which_nothing_was_seen_has_no_path(film):
    nothing = np.full_like(film.xy, np.nan)
    assert smooth_film(Observations(film.time_s, nothing, nothing[:, 0], film.is_anchor)) is None
