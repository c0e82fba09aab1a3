"""How a trial runs: the animal's and the hand's ways that fit a scenario, found by trying."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.simulator.pool import PoolPlatform
from napari_mazetrack.simulator.scenario import Course, Scenario
from napari_mazetrack.simulator.swim import STEP_S, Basin, DensePath, Mode, Swimmer
from napari_mazetrack.simulator.truth import Event, TrialTruth, Visit, escape_of, platform_visits, sum_up

BEFORE_S = 0.8  # an empty pool before the hand comes in
CARRY_S = 0.8
HOLD_S = 0.6
HAND_OUT_S = 0.9
AFTER_S = 3.0
PLATFORM = "platform"
FORMER = "former"
#: A touch that is no escape stays well below the escape's dwell.
MAX_TOUCH_S = 1.5


@dataclass(frozen=True)
class HandMove:
    """The hand's tip goes from one place to another, cm from the pool's centre; `towards_rad` is where the arm is."""

    start_s: float
    stop_s: float
    from_cm: tuple[float, float]
    to_cm: tuple[float, float]
    towards_rad: float


@dataclass(frozen=True)
class Happening:
    """What came of one try: the path, the hand's moves, the truth, and the platforms by name."""

    path: DensePath
    hand: tuple[HandMove, ...]
    truth: TrialTruth
    platforms: dict[str, PoolPlatform]


class _Misfit(Exception):  # noqa: N818 - control flow inside this file, never seen outside
    """A swim that did not come out as the scenario wants it."""


class Attempt:
    """One try at a swim that fits a scenario."""

    def __init__(self, rng: np.random.Generator, scenario: Scenario) -> None:
        self._rng = rng
        self._scenario = scenario
        radius = scenario.radius_cm
        azimuth, out = rng.uniform(0, 2 * math.pi), rng.uniform(0.4, 0.6) * radius
        x, y = scenario.platform_at_cm or (out * math.cos(azimuth), out * math.sin(azimuth))
        azimuth = math.atan2(y, x)
        self._platform = PoolPlatform(
            x=x,
            y=y,
            half_cm=scenario.platform_radius_cm,
            square=scenario.square_platform,
            angle_deg=float(rng.uniform(0, 90)),
        )
        start_azimuth = azimuth + rng.uniform(0.35, 1.65) * math.pi
        self._start_azimuth = start_azimuth
        at = radius - 1.2 * scenario.length_cm
        start = (at * math.cos(start_azimuth), at * math.sin(start_azimuth))
        margin = 0.6 * scenario.length_cm + 1.0
        avoid = (self._platform.x, self._platform.y, self._reach + 1.5)
        self._basin = Basin(
            radius,
            margin,
            avoid=None if scenario.kind == TrialKind.PROBE else avoid,
            favourite=(self._platform.x, self._platform.y, scenario.memory) if scenario.memory > 0 else None,
        )
        self._swimmer = Swimmer(rng, self._basin, start, speed_cm_s=float(rng.uniform(16, 24)))
        self._hand: list[HandMove] = []
        self._events: list[Event] = []

    @property
    def _reach(self) -> float:
        """How far the platform reaches from its centre."""
        p = self._platform
        return p.half_cm * (math.sqrt(2.0) if p.square else 1.0)

    def run(self) -> Happening | None:
        """Return path, hand, truth and platforms, or None where the swim went another way."""
        try:
            self._be_released()
            release_s = self._swimmer.time_s
            self._events.append(Event("release", release_s))
            self._take_course(release_s)
            path = self._swimmer.path()
            if self._scenario.course == Course.CHORD:
                self._put_platform_on(path, release_s)
                delay_s = self._delay_between_frames(path)
                path = path.delayed(delay_s)
                self._delay_all(delay_s)
                release_s += delay_s
            truth = self._judge(path, release_s)
        except _Misfit:
            return None
        return Happening(path, tuple(self._hand), truth, self._platforms())

    # -- before the swim ------------------------------------------------------------------------------------

    def _be_released(self) -> None:
        """Have the hand bring the animal from beyond the wall, lower it facing the wall, let go and withdraw."""
        swimmer, radius = self._swimmer, self._scenario.radius_cm
        start = (swimmer.x, swimmer.y)
        swimmer.rest(BEFORE_S + float(self._rng.uniform(0, 0.5)), Mode.ABSENT)
        hand_in = swimmer.time_s
        self._events.append(Event("hand_in", hand_in))
        outside = (radius + 25) / math.hypot(*start)
        swimmer.x, swimmer.y = start[0] * outside, start[1] * outside
        away = (swimmer.x, swimmer.y)
        swimmer.carry(CARRY_S, start)
        swimmer.rest(HOLD_S, Mode.HELD)
        side = self._start_azimuth + float(self._rng.uniform(-0.4, 0.4))
        release = swimmer.time_s
        self._hand.append(HandMove(hand_in, hand_in + CARRY_S, away, start, side))
        self._hand.append(HandMove(hand_in + CARRY_S, release, start, start, side))
        self._hand.append(HandMove(release, release + HAND_OUT_S, start, away, side))
        self._events.append(Event("hand_out", release + HAND_OUT_S))

    # -- the swim -------------------------------------------------------------------------------------------

    def _take_course(self, release_s: float) -> None:
        """Swim as the scenario says, to the film's end."""
        scenario, swimmer, course = self._scenario, self._swimmer, self._scenario.course
        limit_at = release_s + scenario.limit_s
        if course in (Course.LIMIT, Course.GUIDED, Course.CHORD):
            self._search_for(limit_at - swimmer.time_s)
            self._after_limit()
            return
        self._search_for(scenario.search_s)
        if course == Course.REMOVED:
            self._take_out()
        elif course == Course.TOUCH_ONLY:
            self._touch()
            swimmer.search(max(0.0, limit_at - swimmer.time_s))
            self._after_limit()
        elif course != Course.FILM_ENDS:
            self._escape()

    def _escape(self) -> None:
        """Find the platform and stay, after a first touch or with a jump off where the scenario wants it."""
        course, swimmer = self._scenario.course, self._swimmer
        if course == Course.TOUCH_AND_LEAVE:
            self._touch()
            swimmer.search(float(self._rng.uniform(3, 6)))
        self._climb(float(self._rng.uniform(4, 6)))
        if course == Course.JUMP_OFF:
            swimmer.basin = self._basin
            swimmer.search(float(self._rng.uniform(3, 5)))

    def _after_limit(self) -> None:
        if self._scenario.course == Course.GUIDED:
            self._be_guided()
        elif self._scenario.course == Course.CHORD:
            self._swimmer.search(0.6)
        else:
            self._take_out()

    def _search_for(self, duration_s: float) -> None:
        """Search, with the wall, floats and a hand over the water where the scenario wants them."""
        scenario, swimmer = self._scenario, self._swimmer
        until = swimmer.time_s + duration_s
        swimmer.search(min(3.0, duration_s))
        if scenario.circles:
            swimmer.circle(0.6 * duration_s)
        if scenario.floats:
            swimmer.drift(4.0)
        if scenario.hand_mid_trial:
            self._wave_hand()
        swimmer.search(max(0.0, until - swimmer.time_s))

    def _wave_hand(self) -> None:
        """Have a hand come over the water on the side away from the animal, wait and go."""
        swimmer, radius = self._swimmer, self._scenario.radius_cm
        now = swimmer.time_s
        side = math.atan2(-swimmer.y, -swimmer.x)
        away = ((radius + 25) * math.cos(side), (radius + 25) * math.sin(side))
        over = (0.8 * radius * math.cos(side), 0.8 * radius * math.sin(side))
        for start, stop, a, b in ((0.0, 1.0, away, over), (1.0, 2.2, over, over), (2.2, 3.2, over, away)):
            self._hand.append(HandMove(now + start, now + stop, a, b, side))
        self._events += [Event("hand_in", now), Event("hand_out", now + 3.2)]

    def _touch(self) -> None:
        """Swim over the platform without staying."""
        p = self._platform
        self._without_avoiding()
        if not self._swimmer.go_to((p.x, p.y), 0.5 * p.half_cm):
            raise _Misfit
        self._swimmer.rest(float(self._rng.uniform(0.2, 0.8)), Mode.STANDS)
        dx, dy = p.x - self._swimmer.x, p.y - self._swimmer.y
        out = math.atan2(dy, dx) if dx or dy else 0.0
        far = (p.x + 22 * math.cos(out), p.y + 22 * math.sin(out))
        self._swimmer.go_to(far, 5.0, limit_s=4.0)
        self._swimmer.basin = self._basin

    def _climb(self, stay_s: float) -> None:
        """Swim to the platform and stand on it."""
        p = self._platform
        self._without_avoiding()
        if not self._swimmer.go_to((p.x, p.y), 0.6 * p.half_cm):
            raise _Misfit
        spot = (
            p.x + float(self._rng.uniform(-0.3, 0.3)) * p.half_cm,
            p.y + float(self._rng.uniform(-0.3, 0.3)) * p.half_cm,
        )
        self._swimmer.stand(stay_s, spot)

    def _without_avoiding(self) -> None:
        self._swimmer.basin = replace(self._basin, avoid=None)

    # -- the hand at the end --------------------------------------------------------------------------------

    def _reach_in(self) -> tuple[float, tuple[float, float]]:
        """Have the hand come to the animal; return where the arm is and where it came from."""
        swimmer, radius = self._swimmer, self._scenario.radius_cm
        side = math.atan2(swimmer.y, swimmer.x)
        away = ((radius + 25) * math.cos(side), (radius + 25) * math.sin(side))
        start = swimmer.time_s
        swimmer.search(0.8)
        self._events.append(Event("hand_in", start))
        self._hand.append(HandMove(start, swimmer.time_s, away, (swimmer.x, swimmer.y), side))
        return side, away

    def _be_guided(self) -> None:
        """Have the hand lead the animal to the platform, where it sits."""
        swimmer, p = self._swimmer, self._platform
        self._without_avoiding()
        side, away = self._reach_in()
        here = (swimmer.x, swimmer.y)
        grip = swimmer.time_s
        distance = math.hypot(p.x - here[0], p.y - here[1])
        swimmer.heading = math.atan2(p.y - here[1], p.x - here[0])
        swimmer.carry(max(0.8, distance / 25), (p.x, p.y))
        self._hand.append(HandMove(grip, swimmer.time_s, here, (p.x, p.y), side))
        self._events.append(Event("guided", swimmer.time_s))
        self._hand.append(HandMove(swimmer.time_s, swimmer.time_s + HAND_OUT_S, (p.x, p.y), away, side))
        self._events.append(Event("hand_out", swimmer.time_s + HAND_OUT_S))
        swimmer.stand(6.0, (p.x, p.y))

    def _take_out(self) -> None:
        """Have the hand lift the animal out; an empty pool stays in the picture for a moment."""
        swimmer = self._swimmer
        side, away = self._reach_in()
        here = (swimmer.x, swimmer.y)
        grip = swimmer.time_s
        self._events.append(Event("removed", grip))
        swimmer.carry(CARRY_S, away)
        self._hand.append(HandMove(grip, swimmer.time_s, here, away, side))
        self._events.append(Event("hand_out", swimmer.time_s))
        swimmer.rest(AFTER_S, Mode.ABSENT)

    # -- the chord ------------------------------------------------------------------------------------------

    def _put_platform_on(self, path: DensePath, release_s: float) -> None:
        """Lay the platform beside the path so that a short chord of it is crossed, once, in mid-swim."""
        scenario = self._scenario
        r = scenario.platform_radius_cm
        i = int(np.searchsorted(path.time_s, release_s + scenario.limit_s * self._rng.uniform(0.3, 0.8)))
        step = path.xy_cm[i + 6] - path.xy_cm[i - 6]
        speed = float(np.linalg.norm(step)) / (12 * STEP_S)
        chord = 0.55 * speed / scenario.fps
        if chord >= r or speed < 8:
            raise _Misfit
        normal = np.array([-step[1], step[0]]) / np.linalg.norm(step) * self._rng.choice([-1.0, 1.0])
        centre = path.xy_cm[i] + normal * math.sqrt(r**2 - (chord / 2) ** 2)
        if not 0.25 < np.linalg.norm(centre) / scenario.radius_cm < 0.75:
            raise _Misfit
        self._platform = replace(self._platform, x=float(centre[0]), y=float(centre[1]))

    def _delay_between_frames(self, path: DensePath) -> float:
        """Return by how much to delay the film for the only visit to fall between two frames."""
        visits = platform_visits(path, self._platform, 0.0, float(path.time_s[-1]))
        frame = 1 / self._scenario.fps
        if len(visits) != 1 or not 0.2 * frame < visits[0].duration_s < 0.8 * frame:
            raise _Misfit
        middle = (visits[0].enter_s + visits[0].leave_s) / 2
        return (0.5 - middle / frame) % 1.0 * frame

    def _delay_all(self, delay_s: float) -> None:
        self._events = [replace(e, time_s=e.time_s + delay_s) for e in self._events]
        self._hand = [replace(h, start_s=h.start_s + delay_s, stop_s=h.stop_s + delay_s) for h in self._hand]

    # -- the answer -----------------------------------------------------------------------------------------

    def _platforms(self) -> dict[str, PoolPlatform]:
        platforms = {PLATFORM: self._platform}
        if self._scenario.kind == TrialKind.REVERSAL:
            platforms[FORMER] = replace(self._platform, x=-self._platform.x, y=-self._platform.y)
        return platforms

    def _judge(self, path: DensePath, release_s: float) -> TrialTruth:
        """Work out the answer, and refuse a swim that is not what the scenario names."""
        course, fps = self._scenario.course, self._scenario.fps
        film_end_s = math.floor(float(path.time_s[-1]) * fps + 1e-9) / fps  # what lies after the last frame nobody sees
        limit_at = release_s + self._scenario.limit_s
        visits = platform_visits(path, self._platform, release_s, min(film_end_s, limit_at))
        is_probe = self._scenario.kind == TrialKind.PROBE
        escape = None if is_probe else escape_of(visits, film_end_s, film_ends_on_platform=True)
        removed = [e.time_s for e in self._events if e.kind == "removed"]
        if escape is not None:
            reason, end = "escaped", escape.enter_s
        elif removed and removed[0] < limit_at - 1e-6:
            reason, end = "removed", removed[0]
        elif film_end_s < limit_at:
            reason, end = "film_ended", film_end_s
        else:
            reason, end = "limit", limit_at
        if not is_probe:
            _check_course(course, reason, visits)
            self._events += _platform_events(visits, escape, course)
        self._events.append(Event("end", end))
        length, times, paths = sum_up(path, release_s, end)
        return TrialTruth(
            events=tuple(sorted(self._events, key=lambda e: e.time_s)),
            end_reason=reason,
            release_s=release_s,
            end_s=end,
            latency_s=end - release_s,
            path_length_cm=length,
            quadrant_time_s=times,
            quadrant_path_cm=paths,
            visits=visits,
        )


_VISITS = {Course.ESCAPE: 1, Course.JUMP_OFF: 1, Course.TOUCH_AND_LEAVE: 2, Course.TOUCH_ONLY: 1, Course.CHORD: 1}
_REASONS = {
    Course.ESCAPE: "escaped",
    Course.JUMP_OFF: "escaped",
    Course.TOUCH_AND_LEAVE: "escaped",
    Course.REMOVED: "removed",
    Course.FILM_ENDS: "film_ended",
}


def _check_course(course: Course, reason: str, visits: tuple[Visit, ...]) -> None:
    """Refuse a swim whose visits to the platform are not those that the course names."""
    if reason != _REASONS.get(course, "limit") or len(visits) != _VISITS.get(course, 0):
        raise _Misfit
    touches = visits[:1] if course in (Course.TOUCH_AND_LEAVE, Course.TOUCH_ONLY) else ()
    if any(not 0.3 <= visit.duration_s <= MAX_TOUCH_S for visit in touches):
        raise _Misfit


def _platform_events(visits: tuple[Visit, ...], escape: Visit | None, course: Course) -> list[Event]:
    """Return a touch for every visit, the escape, and the jump off after it."""
    events = [Event("touch", visit.enter_s) for visit in visits]
    if escape is not None:
        events.append(Event("escape", escape.enter_s))
        if course == Course.JUMP_OFF:
            events.append(Event("jump_off", escape.leave_s))
    return events
