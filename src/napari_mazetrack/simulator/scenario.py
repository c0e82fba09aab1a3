"""What is to happen in a simulated trial: named scenarios, and the settings of pool, film and animal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from napari_mazetrack.maze.trials import TrialKind


class Course(StrEnum):
    """How a trial runs."""

    ESCAPE = "escape"  #: searches, finds the platform, stays on it
    TOUCH_AND_LEAVE = "touch_and_leave"  #: on the platform for less than 2 s, swims on, escapes later
    TOUCH_ONLY = "touch_only"  #: on the platform for less than 2 s, swims on until the limit
    JUMP_OFF = "jump_off"  #: escapes, stays for over 2 s, jumps off again
    CHORD = "chord"  #: crosses the platform between two frames, never to be seen on it
    LIMIT = "limit"  #: swims until the limit and is then taken out by hand
    GUIDED = "guided"  #: swims until the limit; then a hand leads it to the platform, where it sits
    REMOVED = "removed"  #: taken out by hand before the limit
    FILM_ENDS = "film_ends"  #: the film stops before the limit


@dataclass(frozen=True)
class Scenario:
    """The settings of a simulated trial; what is not set here (light, camera, coat …) follows from the seed.

    Attributes
    ----------
    name : str
        What it is called in file names.
    kind : TrialKind
        Hidden, visible, reversal or probe.
    course : Course
        How it runs.
    fps : float
        Frames a second.
    shape : (int, int)
        Height and width of the film in pixels.
    limit_s : float
        Longest duration from release.
    search_s : float
        Time of swimming before what `course` names happens.
    radius_cm : float
        The pool's radius.
    platform_radius_cm : float
        The platform's radius, or half its side.
    square_platform : bool
        A square platform.
    platform_at_cm : (float, float) or None
        Where the platform is, from the pool's centre; None: the seed says.
    memory : float
        0 … 1: how often the animal makes for the platform's neighbourhood while it searches.
    length_cm : float
        The animal from nose to tail's base.
    floats : bool
        It floats motionless for some seconds.
    circles : bool
        It follows the wall for most of the search.
    hand_mid_trial : bool
        A hand comes over the water while the animal swims.
    """

    name: str
    kind: TrialKind = TrialKind.HIDDEN
    course: Course = Course.ESCAPE
    fps: float = 15.0
    shape: tuple[int, int] = (480, 480)
    limit_s: float = 60.0
    search_s: float = 15.0
    radius_cm: float = 60.0
    platform_radius_cm: float = 5.0
    square_platform: bool = False
    platform_at_cm: tuple[float, float] | None = None
    memory: float = 0.0
    length_cm: float = 8.0
    floats: bool = False
    circles: bool = False
    hand_mid_trial: bool = False


_HIDDEN, _PROBE = TrialKind.HIDDEN, TrialKind.PROBE

#: Every behaviour that a water-maze program must tell apart, at different rates and sizes.
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("escape", fps=25, search_s=12),
    Scenario("escape_late", fps=15, search_s=28, square_platform=True, shape=(480, 640)),
    Scenario("touch_and_leave", course=Course.TOUCH_AND_LEAVE, fps=15, search_s=9),
    Scenario("touch_only", course=Course.TOUCH_ONLY, fps=10, search_s=10, limit_s=30, shape=(240, 320)),
    Scenario("jump_off", course=Course.JUMP_OFF, fps=30, search_s=8),
    Scenario("guided", course=Course.GUIDED, fps=15, limit_s=25),
    Scenario("limit", course=Course.LIMIT, fps=12.5, limit_s=30, circles=True),
    Scenario("chord", course=Course.CHORD, fps=5, limit_s=30, shape=(576, 720), radius_cm=75),
    Scenario("hand_mid_trial", fps=15, search_s=14, hand_mid_trial=True),
    Scenario("probe", kind=_PROBE, course=Course.LIMIT, fps=15, limit_s=30, memory=0.5),
    Scenario("reversal", kind=TrialKind.REVERSAL, fps=15, search_s=16),
    Scenario("visible", kind=TrialKind.VISIBLE, fps=60, search_s=4, shape=(480, 640)),
    Scenario("floating", fps=15, search_s=16, floats=True),
    Scenario("circling", fps=29.97, search_s=16, circles=True, radius_cm=50),
    Scenario("removed", course=Course.REMOVED, fps=15, search_s=14),
    Scenario("film_ends", course=Course.FILM_ENDS, fps=5, search_s=20, shape=(720, 720)),
    Scenario("rat", fps=25, search_s=12, radius_cm=90, platform_radius_cm=7, length_cm=17, shape=(576, 720)),
    Scenario("full_hd", fps=10, search_s=6, shape=(1080, 1920)),
)


def scenario_named(name: str) -> Scenario:
    """Return the scenario with this name; KeyError where there is none."""
    return {scenario.name: scenario for scenario in SCENARIOS}[name]
