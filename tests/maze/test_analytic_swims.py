"""Swims whose measures are arithmetic, and what must not change a measure: turning, moving, waiting, more samples."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import Window, measure_trial
from napari_mazetrack.maze.swim import Swim, make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind

RADIUS, SPEED = 100.0, 20.0
ARENA = Arena(
    Ellipse(0.0, 0.0, RADIUS, RADIUS),
    units="cm",
    y_axis="up",
    platforms={"east": Platform("circle", 50.0, 0.0, 10.0)},
    quadrant_frame="platform",
)
PROBE = Trial("t", TrialKind.PROBE, platform="east", release_s=0.0)
#: What thresholds decide: a turn, a strategy.
DECIDED = re.compile("turns_|strategy|total_turn|mean_angular")
#: What is named by the picture, not by the platform, and the cells of a grid that lies along it.
BY_PICTURE = re.compile("quadrant_[1-4]_|coverage_fraction")


def along(knots: np.ndarray, fps: float) -> Swim:
    """Swim along straight lines from knot to knot at `SPEED`."""
    knots_s = np.r_[0.0, np.cumsum(np.hypot(*np.diff(knots, axis=0).T)) / SPEED]
    time = np.r_[np.arange(0, knots_s[-1], 1 / fps), knots_s[-1]]
    return make_swim(time, np.stack([np.interp(time, knots_s, knots[:, axis]) for axis in (0, 1)], axis=1))


def measure(swim: Swim, arena: Arena = ARENA, trial: Trial = PROBE) -> dict[str, float]:
    return measure_trial(swim, arena, trial, windows=[Window()])[0].values  # type: ignore[return-value]


def square(side: float) -> np.ndarray:
    half = side / 2
    return np.array([[half, -half], [half, half], [-half, half], [-half, -half], [half, -half]])


def test_a_square_round_the_centre() -> None:
    values = measure(along(square(80.0), fps=50))
    assert values["path_length_cm"] == pytest.approx(320, rel=0.005)
    assert values["displacement_cm"] == pytest.approx(0, abs=1e-9)
    assert values["trial_duration_s"] == pytest.approx(16)
    assert values["mean_speed_cm_s"] == pytest.approx(SPEED, rel=0.005)
    for role in ("target", "opposite", "left", "right"):
        assert values[f"quadrant_{role}_time_fraction"] == pytest.approx(0.25, abs=2e-3)
    assert values["total_turn_deg"] == pytest.approx(270, abs=10)  # three corners; at the fourth it stops
    assert values["thigmotaxis_fraction"] == 0


def test_a_spiral_from_the_centre_to_the_wall() -> None:
    """r = a φ for ten radians: ∫ √(r² + a²) dφ = a/2 (φ √(1 + φ²) + asinh φ)."""
    pitch, phi_end = 9.5, 10.0
    phi = np.linspace(0, phi_end, 4001)
    length = pitch / 2 * (phi * np.sqrt(1 + phi**2) + np.arcsinh(phi))
    swim = make_swim(length / SPEED, pitch * phi[:, None] * np.stack([np.cos(phi), np.sin(phi)], axis=1))
    values = measure(swim)
    assert values["path_length_cm"] == pytest.approx(length[-1], rel=2e-3)
    assert values["displacement_cm"] == pytest.approx(pitch * phi_end)

    assert values["turns_left"] == 1
    assert values["turns_right"] == 0
    assert values["mean_speed_cm_s"] == pytest.approx(SPEED, rel=2e-3)


def test_an_animal_that_stays_where_it_is() -> None:
    time = np.arange(0, 20.01, 0.04)
    values = measure(make_swim(time, np.tile([0.0, 50.0], (len(time), 1))))
    expected = {
        "path_length_cm": 0,
        "displacement_cm": 0,
        "mean_speed_cm_s": 0,
        "floating_time_s": 20,
        "mean_proximity_cm": 50 * np.sqrt(2),
        "quadrant_left_time_fraction": 1,
        "platform_crossings": 0,
        "total_turn_deg": 0,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert not values["reached_platform"]


@pytest.mark.parametrize("angle_deg", [0, 17, 45, 90, 200])
def test_right_over_the_centre(angle_deg: float) -> None:
    """A diameter: half of it on each side, the platform's ring is crossed twice, the centre's share is its radius'."""
    to = 95 * np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    values = measure(along(np.array([-to, to]), fps=25))
    assert values["path_length_cm"] == pytest.approx(190)
    assert values["displacement_cm"] == pytest.approx(190)
    shares = [values[f"quadrant_{role}_time_fraction"] for role in ("target", "opposite", "left", "right")]
    assert sum(shares) == pytest.approx(1)
    if angle_deg % 90 != 45:
        assert sorted(shares) == pytest.approx([0, 0, 0.5, 0.5], abs=1e-6)


@pytest.fixture(params=range(12))
def swim(request: pytest.FixtureRequest) -> Swim:
    """A swim with corners anywhere in the pool, at the frame rate of a camera."""
    rng = np.random.default_rng(request.param)
    knots = rng.uniform(-68, 68, (rng.integers(3, 8), 2))
    return along(knots, (10.0, 25.0, 29.97, 60.0)[request.param % 4])


def changed(before: dict[str, float], after: dict[str, float], tolerance: float = 1e-6) -> set[str]:
    """Return the measures that differ, but for those that a threshold decides: there rounding may tip the scale."""
    assert before.keys() == after.keys()
    assert len(before) > 50
    return {name for name in before if not DECIDED.match(name) and not _same(before[name], after[name], tolerance)}


def _same(one: object, other: object, tolerance: float) -> bool:
    if not isinstance(one, float) or not isinstance(other, float):
        return one == other
    return bool(np.isclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True))


def test_moving_pool_and_swim_changes_nothing(swim: Swim) -> None:
    shift = np.array([312.5, -87.25])
    moved = replace(
        ARENA,
        pool=Ellipse(*shift.tolist(), RADIUS, RADIUS),
        platforms={"east": Platform("circle", 50.0 + shift[0], float(shift[1]), 10.0)},
    )
    assert changed(measure(swim), measure(replace(swim, xy_cm=swim.xy_cm + shift), moved)) == set()


def test_a_later_release_changes_nothing(swim: Swim) -> None:
    late = replace(swim, time_s=swim.time_s + 734.1)
    assert changed(measure(swim), measure(late, trial=replace(PROBE, release_s=734.1))) == set()


@pytest.mark.parametrize("angle_deg", [33.0, 141.0, 270.0])
def test_turning_pool_and_swim_changes_only_what_is_named_by_the_picture(swim: Swim, angle_deg: float) -> None:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = np.array([[cos, -sin], [sin, cos]])
    x, y = (matrix @ [50.0, 0.0]).tolist()
    turned = replace(ARENA, platforms={"east": Platform("circle", x, y, 10.0)})
    after = measure(replace(swim, xy_cm=swim.xy_cm @ matrix.T), turned)
    assert {name for name in changed(measure(swim), after) if not BY_PICTURE.match(name)} == set()


@pytest.mark.parametrize("n_between", [1, 3])
def test_more_samples_on_the_same_lines_change_next_to_nothing(swim: Swim, n_between: int) -> None:
    """The local parabolas before the fixed rate see more samples: that is worth a thousandth, exact cuts nothing."""
    index = np.arange(len(swim.time_s))
    parts = np.linspace(0, 1, n_between + 2)[:-1]
    at = np.r_[(index[:-1, None] + parts).ravel(), index[-1]]
    xy = np.stack([np.interp(at, index, swim.xy_cm[:, axis]) for axis in (0, 1)], axis=1)
    before, after = measure(swim), measure(make_swim(np.interp(at, index, swim.time_s), xy))
    assert changed(before, after, 0.02) == set()
    times = {name for name in before if name.endswith(("_time_s", "_time_fraction", "_entries", "crossings"))}
    assert {name for name in changed(before, after) & times if not name.startswith("corridor")} == set()
