"""Each change of the look does what its name says, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.training.augmentation import LookSettings, change_look

NOTHING = LookSettings(
    invert=0, gamma=1, contrast=1, brightness=0, shading=0, glare=0, distractors=0, blur=0, noise=0, noise_sd=2, jpeg=0
)
NOBODY = np.zeros((0, 3, 2), np.float32)
#: A dark disc on a light, finely striped floor.
ROWS, COLUMNS = np.mgrid[:96, :96]
CROP = (150 + 10.0 * (COLUMNS % 2)).astype(np.float32)
CROP[np.hypot(ROWS - 48, COLUMNS - 48) < 14] = 30


def looks(n=20, **changes):
    """The crop in `n` looks in which only these changes happen."""
    settings = replace(NOTHING, **changes)
    return [change_look(CROP, NOBODY, np.random.default_rng(seed), settings).astype(float) for seed in range(n)]


def stripes(look):
    """How strong the floor's stripes are, grey levels."""
    return float(np.abs(np.diff(look[:20], axis=1)).mean())


def test_nothing_changes_nothing():
    for look in looks():
        np.testing.assert_allclose(look, CROP, atol=1)


def test_inverted_is_light_on_dark():
    for look in looks(invert=1):
        np.testing.assert_allclose(look, 255 - CROP, atol=1)


def test_glare_adds_light_in_spots():
    for look in looks(glare=1):
        assert (look >= CROP - 1).all()
        assert look.max() > CROP.max() + 20
    assert np.median([np.mean(look > CROP + 10) for look in looks(glare=1)]) < 0.5


def test_shading_is_smooth():
    for look in looks(shading=1):
        factor = look / CROP
        assert factor.max() - factor.min() > 0.05
        assert np.abs(np.diff(factor[:20, ::2], axis=1)).max() < 0.1  # one column of two, which are equally light


def test_blur_takes_detail():
    assert max(stripes(look) for look in looks(blur=1)) < 8 < stripes(CROP)


def test_compression_costs_detail_and_keeps_the_picture():
    compressed = looks(jpeg=1)
    assert min(stripes(look) for look in compressed) < 3
    for look in compressed:
        assert np.abs(look - CROP).max() > 0
        assert abs(look[40:56, 40:56].mean() - 30) < 5


def test_noise_is_as_strong_as_told():
    strengths = [(look - CROP).std() for look in looks(noise=1, noise_sd=12)]
    assert 1 <= min(strengths) < 4
    assert 8 < max(strengths) < 13
    assert abs(np.mean([look - CROP for look in looks(noise=1, noise_sd=12)])) < 0.5


@pytest.mark.parametrize(
    ("change", "spread"), [({"brightness": 40.0}, 20), ({"contrast": 1.5}, 20), ({"gamma": 1.8}, 20)]
)
def test_tones_move_either_way(change, spread):
    floors = [look[:20].mean() for look in looks(**change)]
    discs = [look[48, 48] for look in looks(**change)]
    assert max(floors) - min(floors) > 20
    assert all(floor > disc for floor, disc in zip(floors, discs, strict=True))
