"""How an animal swims: a smooth random walk of the heading that avoids walls, follows them, or makes for a goal.

Positions are centimetres from the pool's centre, x right and y down; headings are radians from x towards y; the path is
recorded every `STEP_S`. The turning rate follows an Ornstein–Uhlenbeck process round what a phase asks for, so that the
path is smooth at the scale of a frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

STEP_S = 1 / 120
TURN_MEMORY_S = 0.25
SPEED_MEMORY_S = 1.0
MAX_TURN_RAD_S = 5.0
#: What a step keeps of turn and speed, and how hard the dice push them.
_TURN_SHARE, _PACE = STEP_S / TURN_MEMORY_S, STEP_S / SPEED_MEMORY_S
_TURN_KICK, _PACE_KICK = 1.6 * math.sqrt(2 * _TURN_SHARE), math.sqrt(2 * _PACE)
#: Two throws: for the turn and for the speed of a step.
Dice = list[float]


class Mode(IntEnum):
    """What the animal does at a moment."""

    ABSENT = 0
    HELD = 1
    SWIMS = 2
    STANDS = 3


@dataclass(frozen=True)
class DensePath:
    """The true path, every `STEP_S` from the film's start.

    Attributes
    ----------
    time_s : float64 [N]
        Times.
    xy_cm : float64 [N, 2]
        The middle of the body; meaningless where it is absent.
    heading_rad : float64 [N]
        Where the nose points (not wrapped).
    mode : int8 [N]
        `Mode` values.
    """

    time_s: NDArray[np.float64]
    xy_cm: NDArray[np.float64]
    heading_rad: NDArray[np.float64]
    mode: NDArray[np.int8]

    def delayed(self, delay_s: float) -> DensePath:
        """Return the path with `delay_s` of nothing before it."""
        n = math.ceil(delay_s / STEP_S)
        before = delay_s - np.arange(n, 0, -1) * STEP_S
        return DensePath(
            time_s=np.concatenate([before, self.time_s + delay_s]),
            xy_cm=np.concatenate([np.repeat(self.xy_cm[:1], n, axis=0), self.xy_cm]),
            heading_rad=np.concatenate([np.repeat(self.heading_rad[:1], n), self.heading_rad]),
            mode=np.concatenate([np.repeat(np.int8(Mode.ABSENT), n), self.mode]),
        )


@dataclass(frozen=True)
class Basin:
    """What steers a swimmer: the pool, and a disc that it must not touch by chance.

    Attributes
    ----------
    radius_cm : float
        The pool's radius.
    margin_cm : float
        How near its middle comes to the wall.
    avoid : (x, y, radius) or None
        A disc to swim round, in cm.
    favourite : (x, y, weight) or None
        A place to which it makes with probability `weight` whenever it chooses where to swim.
    """

    radius_cm: float
    margin_cm: float
    avoid: tuple[float, float, float] | None = None
    favourite: tuple[float, float, float] | None = None


class Swimmer:
    """Records a path phase by phase.

    Parameters
    ----------
    rng : numpy.random.Generator
        Its will.
    basin : Basin
        Where it swims.
    start_cm : (float, float)
        Where it begins.
    speed_cm_s : float
        Its mean swimming speed.
    """

    def __init__(
        self, rng: np.random.Generator, basin: Basin, start_cm: tuple[float, float], speed_cm_s: float = 20.0
    ) -> None:
        self._rng = rng
        self.basin = basin
        self.x, self.y = start_cm
        self.heading = math.atan2(self.y, self.x)  # released facing the wall
        self._mean_speed = speed_cm_s
        self._speed = 0.0
        self._turn = 0.0
        self._record: list[tuple[float, float, float, int]] = []

    @property
    def time_s(self) -> float:
        """Time recorded so far."""
        return len(self._record) * STEP_S

    def path(self) -> DensePath:
        """Return what was recorded."""
        table = np.array(self._record, dtype=np.float64)
        return DensePath(
            time_s=np.arange(len(table), dtype=np.float64) * STEP_S,
            xy_cm=table[:, :2],
            heading_rad=table[:, 2],
            mode=table[:, 3].astype(np.int8),
        )

    def rest(self, duration_s: float, mode: Mode) -> None:
        """Stay where it is."""
        self._speed = self._turn = 0.0
        for _ in range(round(duration_s / STEP_S)):
            self._note(mode)

    def stand(self, duration_s: float, place_cm: tuple[float, float]) -> None:
        """Walk to a place on the platform and look round there."""
        still = 0.6
        turn_to = self._rng.uniform(-2.0, 2.0)
        x0, y0, heading0 = self.x, self.y, self.heading
        n = round(duration_s / STEP_S)
        for i in range(n):
            t = i * STEP_S
            walked = _ease(t / still)
            self.x, self.y = x0 + (place_cm[0] - x0) * walked, y0 + (place_cm[1] - y0) * walked
            self.heading = heading0 + turn_to * _ease((t - still) / 2.0)
            self._note(Mode.STANDS)
        self._speed = self._turn = 0.0

    def carry(self, duration_s: float, to_cm: tuple[float, float]) -> None:
        """Be carried by a hand."""
        x0, y0 = self.x, self.y
        n = max(1, round(duration_s / STEP_S))
        for i in range(n):
            share = _ease((i + 1) / n)
            self.x, self.y = x0 + (to_cm[0] - x0) * share, y0 + (to_cm[1] - y0) * share
            self._note(Mode.HELD)
        self._speed = self._turn = 0.0

    def search(self, duration_s: float) -> None:
        """Swim about, now towards one part of the pool, now towards another."""
        dice_of_steps = self._dice(1, duration_s)
        steps_left, towards = 0, (0.0, 0.0)
        for dice in dice_of_steps:
            if steps_left == 0:
                steps_left = int(self._rng.uniform(1.5, 5.0) / STEP_S)
                towards = self._somewhere()
            steps_left -= 1
            error = _wrap(math.atan2(towards[1] - self.y, towards[0] - self.x) - self.heading)
            self._swim(self._wall_turn() + _clip(0.8 * error, 1.2), self._mean_speed, dice)

    def _somewhere(self) -> tuple[float, float]:
        favourite = self.basin.favourite
        if favourite is not None and self._rng.random() < favourite[2]:
            aside = self._rng.normal(0, 0.15 * self.basin.radius_cm, 2)
            return favourite[0] + float(aside[0]), favourite[1] + float(aside[1])
        radius, azimuth = self.basin.radius_cm * math.sqrt(self._rng.uniform(0, 0.9)), self._rng.uniform(0, 2 * math.pi)
        return radius * math.cos(azimuth), radius * math.sin(azimuth)

    def circle(self, duration_s: float) -> None:
        """Follow the wall."""
        side = 1.0 if self._rng.random() < 0.5 else -1.0
        track = self.basin.radius_cm - self.basin.margin_cm - 2.0
        for dice in self._dice(0.4, duration_s):
            radius = math.hypot(self.x, self.y)
            along = math.atan2(self.y, self.x) + side * math.pi / 2
            wanted = along - side * _clip(0.12 * (track - radius), 1.0)
            self._swim(4.0 * _wrap(wanted - self.heading), self._mean_speed, dice)

    def drift(self, duration_s: float) -> None:
        """Float nearly motionless."""
        for dice in self._dice(0.15, duration_s):
            self._swim(0.3 * self._wall_turn(), 1.2, dice)

    def go_to(self, place_cm: tuple[float, float], arrive_cm: float, limit_s: float = 15.0) -> bool:
        """Swim to a place; return whether it came within `arrive_cm` of it in time."""
        for dice in self._dice(0.35, limit_s):
            dx, dy = place_cm[0] - self.x, place_cm[1] - self.y
            distance = math.hypot(dx, dy)
            if distance < arrive_cm:
                return True
            error = _wrap(math.atan2(dy, dx) - self.heading)
            # Slower where the goal lies aside: else it would circle round it.
            pace = self._mean_speed * (1.0 if distance > 12 else max(0.3, math.cos(error)))
            self._swim(4.0 * error, pace, dice)
        return False

    def _dice(self, spread: float, duration_s: float) -> list[Dice]:
        """Throw for each step."""
        thrown: list[Dice] = self._rng.normal(0, spread, (round(duration_s / STEP_S), 2)).tolist()
        return thrown

    def _wall_turn(self) -> float:
        """Return the turning rate that keeps it off the wall and off what it must avoid."""
        ahead = 0.35 * max(self._speed, 6.0) + 2.0
        px, py = self.x + ahead * math.cos(self.heading), self.y + ahead * math.sin(self.heading)
        beyond = math.hypot(px, py) - (self.basin.radius_cm - self.basin.margin_cm)
        turn = 0.0
        if beyond > 0:
            inward = math.atan2(-self.y, -self.x)
            error = _wrap(inward - self.heading)
            turn += math.copysign(min(5.0, 1.2 + 0.9 * beyond), error if error else 1.0)
        if self.basin.avoid is not None:
            ax, ay, ar = self.basin.avoid
            dx, dy = ax - self.x, ay - self.y
            distance = math.hypot(dx, dy) - ar
            error = _wrap(math.atan2(dy, dx) - self.heading)
            if distance < 14 and abs(error) < 1.4:
                turn -= math.copysign(min(5.0, 50 / max(distance, 4.0)), error if error else 1.0)
        return turn

    def _swim(self, turn_wanted: float, speed_wanted: float, dice: Dice) -> None:
        turn_dice, speed_dice = dice
        self._turn += _TURN_SHARE * 3 * (_clip(turn_wanted, MAX_TURN_RAD_S) - self._turn) + _TURN_KICK * turn_dice
        self._turn = _clip(self._turn, MAX_TURN_RAD_S)
        self._speed += _PACE * 3 * (speed_wanted - self._speed)
        self._speed += 0.12 * speed_wanted * _PACE_KICK * speed_dice
        self._speed = max(0.2, self._speed)
        self.heading += self._turn * STEP_S
        self.x += self._speed * math.cos(self.heading) * STEP_S
        self.y += self._speed * math.sin(self.heading) * STEP_S
        self._keep_inside()
        self._note(Mode.SWIMS)

    def _keep_inside(self) -> None:
        limit = self.basin.radius_cm - 0.8 * self.basin.margin_cm
        radius = math.hypot(self.x, self.y)
        if radius > limit:
            self.x *= limit / radius
            self.y *= limit / radius

    def _note(self, mode: Mode) -> None:
        self._record.append((self.x, self.y, self.heading, mode))


def _ease(share: float) -> float:
    t = min(1.0, max(0.0, share))
    return t * t * (3 - 2 * t)


def _clip(value: float, limit: float) -> float:
    return limit if value > limit else -limit if value < -limit else value


def _wrap(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi
