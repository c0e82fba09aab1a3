from __future__ import annotations

import time

import numpy as np
import pytest

from napari_mazetrack.tracking.slow_errors import SLOW_SHARE, draw_slow
from napari_mazetrack.tracking.smoothing import Observations, smooth

NOISE_PX = 2.0


def length(xy):
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def observed(time_s, xy, sigma=NOISE_PX, anchors=()):
    is_anchor = np.zeros(len(time_s), bool)
    is_anchor[list(anchors)] = True
    return Observations(time_s, xy, np.where(np.isfinite(xy[:, 0]), sigma, np.nan), is_anchor)


def noisy(xy, seed=0, noise=NOISE_PX):
    return xy + np.random.default_rng(seed).normal(0, noise, xy.shape)


def circle(duration_s, fps, radius=80.0, turns_per_s=0.16):
    time_s = np.arange(0, duration_s, 1 / fps)
    angle = 2 * np.pi * turns_per_s * time_s
    return time_s, np.stack([320 + radius * np.cos(angle), 240 + radius * np.sin(angle)], axis=1)


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_a_circles_length_is_kept(fps):
    time_s, truth = circle(120, fps)
    lengths = [length(smooth(observed(time_s, noisy(truth, seed))).compute_xy()) for seed in range(3)]
    assert np.mean(lengths) == pytest.approx(length(truth), rel=0.01)
    if fps == 30:
        assert length(noisy(truth)) > 1.5 * length(truth)  # what it would be without smoothing


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_a_wandering_swims_length_is_kept(fps, swim):
    biases = []
    for seed in range(4):
        time_s, rows = swim(60, fps, seed=seed)
        truth = rows[:, :2]
        biases.append(length(smooth(observed(time_s, noisy(truth, seed))).compute_xy()) / length(truth) - 1)
    assert abs(np.mean(biases)) < 0.01


def test_noise_is_reduced_and_the_posterior_says_by_how_much(swim):
    time_s, rows = swim(60, 30, seed=2)
    path = smooth(observed(time_s, noisy(rows[:, :2])))
    error = path.compute_xy() - rows[:, :2]
    rms = np.sqrt((error**2).mean())
    assert rms < 0.5 * NOISE_PX
    assert 0.8 < rms / np.sqrt(((path.posterior.compute_sd() * path.noise_scale) ** 2).mean()) < 1.25


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_sigma_keeps_its_word_where_errors_last(swim, fps):
    """A detector whose errors are partly slow, as real ones' are: most of them stay in the path, and σ knows."""
    within = []
    for seed in range(4):
        time_s, rows = swim(60, fps, seed=seed)
        slow = draw_slow(time_s, 1, np.random.default_rng(seed))[0]
        white = noisy(np.zeros_like(slow), seed) / NOISE_PX
        seen = rows[:, :2] + NOISE_PX * (np.sqrt(SLOW_SHARE) * slow + np.sqrt(1 - SLOW_SHARE) * white)
        path = smooth(observed(time_s, seen))
        error = np.abs(path.compute_xy() - rows[:, :2]) / path.compute_sigma_px()[:, None]
        within.append([(error < 1).mean(), (error < 2).mean()])
        spread = path.draw_deviations(200, seed).std(axis=(0, 2))
        np.testing.assert_allclose(spread, path.compute_sigma_px(), rtol=0.25)
    one, two = np.mean(within, axis=0)
    assert 0.6 < one < 0.8
    assert 0.9 < two < 0.99


def test_a_still_animal_does_not_wander():
    time_s = np.arange(900) / 30
    truth = np.full((900, 2), 100.0)
    path = smooth(observed(time_s, noisy(truth)))
    assert length(path.compute_xy()) < 0.02 * length(noisy(truth))
    assert np.abs(path.compute_xy() - 100).max() < 1.5


def test_a_swim_after_a_long_rest_is_no_outlier(swim):
    time_s, rows = swim(60, 30)
    truth = rows[:, :2]
    truth[:1500] = truth[1500]
    seen = noisy(truth, noise=0.05)
    path = smooth(observed(time_s, seen)).compute_xy()
    assert np.abs(path - truth).max() < 2


def test_the_true_noise_is_found_when_the_detector_is_too_sure_or_too_shy(swim):
    time_s, rows = swim(60, 30)
    for said in (0.5, 2.0, 8.0):
        path = smooth(observed(time_s, noisy(rows[:, :2]), sigma=said))
        assert path.noise_scale * said == pytest.approx(NOISE_PX, rel=0.15)
        assert length(path.compute_xy()) == pytest.approx(length(rows[:, :2]), rel=0.015)


@pytest.mark.parametrize("fps", [5, 30])
def test_single_outliers_do_not_pull(swim, fps):
    time_s, rows = swim(60, fps, seed=1)
    truth = rows[:, :2]
    hurt = noisy(truth)
    places = np.arange(11, len(truth) - 5, max(len(truth) // 20, 7))
    hurt[places] += [90, -60]
    path = smooth(observed(time_s, hurt)).compute_xy()
    without = noisy(truth)
    without[places] = np.nan
    expected = smooth(observed(time_s, without)).compute_xy()
    assert np.linalg.norm(path - truth, axis=1)[places].max() < (12 if fps == 5 else 4)
    assert length(path) == pytest.approx(length(expected), rel=0.01)


def test_gaps_are_bridged_and_their_sigma_grows(swim):
    time_s, rows = swim(20, 30, seed=4)
    seen = noisy(rows[:, :2])
    seen[200:215] = np.nan
    path = smooth(observed(time_s, seen))
    sigma = path.compute_sigma_px()
    assert sigma[207] > 1.5 * sigma[150]
    error = np.linalg.norm(path.compute_xy() - rows[:, :2], axis=1)
    assert (error[200:215] < 4 * sigma[200:215] * np.sqrt(2)).all()


def test_nothing_is_said_before_the_first_and_after_the_last_observation():
    time_s, truth = circle(3, 30)
    seen = noisy(truth)
    seen[:7] = seen[-4:] = np.nan
    path = smooth(observed(time_s, seen))
    known = np.isfinite(path.compute_xy()).all(axis=1)
    assert not known[:7].any()
    assert not known[-4:].any()
    assert known[7:-4].all()
    assert path.draw_deviations(2, seed=0).shape == (2, len(time_s), 2)


def test_an_anchor_holds_against_the_detector(swim):
    time_s, rows = swim(20, 30)
    seen = noisy(rows[:, :2])
    seen[300] += [25, 0]
    sigma = np.full(len(seen), NOISE_PX)
    sigma[300] = 0.2
    is_anchor = np.zeros(len(seen), bool)
    is_anchor[300] = True
    path = smooth(Observations(time_s, seen, sigma, is_anchor))
    np.testing.assert_allclose(path.compute_xy()[300], seen[300], atol=1)


def test_a_variable_frame_rate_is_no_acceleration():
    rng = np.random.default_rng(0)
    time_s = np.cumsum(rng.choice([1 / 60, 1 / 30, 1 / 8], 400))
    truth = np.stack([50 + 70 * time_s, 300 - 20 * time_s], axis=1)
    path = smooth(observed(time_s, noisy(truth)))
    assert length(path.compute_xy()) == pytest.approx(length(truth), rel=0.01)


def test_equal_time_stamps_do_no_harm():
    time_s, truth = circle(4, 30)
    time_s[50] = time_s[49]
    assert np.isfinite(smooth(observed(time_s, noisy(truth))).compute_xy()).all()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
def test_few_observations_are_enough(n):
    time_s, truth = circle(1, 10)
    seen = np.full_like(truth, np.nan)
    seen[:n] = truth[:n]
    path = smooth(observed(time_s, seen))
    np.testing.assert_allclose(path.compute_xy()[:n], truth[:n], atol=2.5)


def test_nothing_observed_is_no_path():
    assert smooth(observed(np.arange(5.0), np.full((5, 2), np.nan))) is None


def test_a_path_of_twelve_metres_is_drawn_at_its_length(swim):
    """The 12 m of a 60-s swim at 20 cm/s: draws agree with the truth where independent noise adds far more."""
    time_s, rows = swim(60, 30, seed=3)
    path = smooth(observed(time_s, noisy(rows[:, :2])))
    drawn = [length(path.compute_xy() + deviation) for deviation in path.draw_deviations(20, seed=1)]
    assert np.mean(drawn) == pytest.approx(length(rows[:, :2]), rel=0.01)
    np.testing.assert_array_equal(path.draw_deviations(2, seed=1), path.draw_deviations(2, seed=1))
    assert np.abs(path.draw_deviations(1, seed=1) - path.draw_deviations(1, seed=2)).max() > 0


@pytest.mark.proof
def test_an_hours_film_is_smoothed_in_well_under_a_second_of_work(swim):
    time_s, rows = swim(2000, 30)
    seen = observed(time_s, noisy(rows[:, :2]))
    begin = time.process_time()
    smooth(seen).compute_sigma_px()
    assert time.process_time() - begin < 0.5
