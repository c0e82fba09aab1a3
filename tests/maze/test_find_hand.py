"""A hand brings the animal to a drawn pool, holds it and withdraws: when it lets go is known."""

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.maze.find_hand import FoundHand, HandFinder, judge

FPS, N_FRAMES, SIDE = 25, 200, 200
POOL = Ellipse(100, 100, 80, 80)
WATER, ROOM, ANIMAL = 150, 60, 40
COMES_S, HELD_S, RELEASE_S, GONE_S = 1.0, 1.5, 2.4, 3.3
Y, X = np.mgrid[:SIDE, :SIDE]
AT = (150.0, 100.0)


def tip_x(time_s, again=False):
    """Return how far to the left the hand reaches; None where it is away."""
    if again and 4.0 <= time_s < 5.0:
        return 60.0
    if not COMES_S <= time_s < GONE_S:
        return None
    if time_s < RELEASE_S:
        return AT[0] + 3 + 60 * max(0.0, HELD_S - time_s)
    return AT[0] + 3 + 200 * (time_s - RELEASE_S) ** 2


def animal_xy(time_s):
    if time_s < COMES_S:
        return None
    if time_s < RELEASE_S:
        return AT[0] + 60 * max(0.0, HELD_S - time_s), AT[1]
    after_s = time_s - RELEASE_S
    return max(66.0, AT[0] - 30 * after_s * min(1.0, 1.4 * after_s)), AT[1]


def picture(time_s, hand, again=False):
    luma = np.where(np.hypot(X - 100, Y - 100) <= 80, WATER, ROOM).astype(float)
    animal, tip = animal_xy(time_s), tip_x(time_s, again)
    if animal is not None:
        luma[np.hypot((X - animal[0]) / 8, (Y - animal[1]) / 4) <= 1] = ANIMAL
    if tip is not None and hand is not None:
        arm = (tip <= X) & (np.abs(Y - 96) <= 8)
        luma[arm] = hand if np.isscalar(hand) else luma[arm] + hand[0]
    noise = np.random.default_rng(int(time_s * FPS)).normal(0, 1.5, luma.shape)
    return np.clip(luma + noise, 0, 255).round().astype(np.uint8)


def box(time_s):
    animal = animal_xy(time_s)
    return np.full(4, np.nan) if animal is None else np.array([*np.subtract(animal, (8, 4)), *np.add(animal, (8, 4))])


def looked(hand, begin_s=0.0, again=False):
    times = np.arange(N_FRAMES) / FPS
    finder = HandFinder((picture(t, hand, again) for t in times[::5]), POOL)
    return judge([finder.look(t, picture(t, hand, again), box(t)) for t in times[times >= begin_s]])


@pytest.mark.parametrize("hand", [220, 100, 15], ids=str)
def test_a_hand_is_found_and_when_it_lets_go(hand):
    found = looked(hand)
    assert isinstance(found, FoundHand), found
    assert found.release_s == pytest.approx(RELEASE_S, abs=0.2)
    assert found.hand_in_s == pytest.approx(COMES_S, abs=0.3)
    assert RELEASE_S < found.hand_out_s < GONE_S
    assert found.n_touching == pytest.approx((RELEASE_S - COMES_S) * FPS, abs=8)


SILENT = {
    "no hand": ({"hand": None}, "No arm is seen"),
    "a hand like what lies behind it": ({"hand": (2,)}, "No arm is seen"),
    "the film begins just before it lets go": (
        {"hand": 220, "begin_s": RELEASE_S - 0.1},
        "hold the animal for a while",
    ),
    "a hand comes again": ({"hand": 220, "again": True}, "touches the animal again"),
}


@pytest.mark.parametrize(("film", "why"), SILENT.values(), ids=SILENT)
def test_nothing_is_said_where_it_is_not_sure(film, why):
    found = looked(**film)
    assert isinstance(found, str), found
    assert why in found


def test_nothing_is_said_where_weak_and_clear_differences_disagree():
    """A shadow, which only weak differences show, joins hand and animal for longer."""
    times = np.arange(N_FRAMES) / FPS
    finder = HandFinder((picture(t, 220) for t in times[::5]), POOL)

    def shaded(time_s):
        luma = picture(time_s, 220).astype(int)
        if RELEASE_S <= time_s < RELEASE_S + 0.9:
            near = (np.abs(Y - 98) <= 12) & (animal_xy(time_s)[0] - 10 < X)
            luma[near & (luma > 130) & (luma < 180)] -= 11
        return luma.astype(np.uint8)

    found = judge([finder.look(t, shaded(t), box(t)) for t in times])
    assert isinstance(found, str), found


def test_a_picture_that_changes_everywhere_says_nothing():
    times = np.arange(N_FRAMES) / FPS
    finder = HandFinder((picture(t, 220) for t in times[::5]), POOL)
    found = judge([finder.look(t, picture(t, 220)[:, ::-1] // 2, box(t)) for t in times])
    assert isinstance(found, str), found
