import pytest

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.window.pace import Pace, format_duration


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def feed(pace, clock, reports):
    for now, report in reports:
        clock.now = now
        pace.add(report)


def test_speed_and_time_left_follow_from_two_reports():
    clock = Clock()
    pace = Pace(clock)
    feed(pace, clock, [(0.0, Progress("Tracking", 0, 900)), (2.0, Progress("Tracking", 200, 900))])
    assert pace.line(Progress("Tracking", 200, 900)) == "Tracking · 200 of 900 · 100 fps · 7 s left"


def test_nothing_is_said_of_the_speed_before_it_is_known():
    clock = Clock()
    pace = Pace(clock)
    pace.add(Progress("Opening", 0))
    assert pace.line(Progress("Opening", 0)) == "Opening"


def test_a_slow_start_is_forgotten():
    clock = Clock()
    pace = Pace(clock)
    feed(pace, clock, [(float(s), Progress("T", 0, 1000)) for s in range(60)])
    feed(pace, clock, [(60.0 + s, Progress("T", 100 * s, 1000)) for s in range(8)])
    assert pace.units_per_s == pytest.approx(100, rel=0.2)


def test_a_new_stage_starts_anew():
    clock = Clock()
    pace = Pace(clock)
    feed(pace, clock, [(0.0, Progress("A", 0)), (1.0, Progress("A", 50)), (2.0, Progress("B", 100))])
    assert pace.units_per_s is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (65, "1 min 05 s"), (3600, "1 h 00 min"), (4260, "1 h 11 min")]
)
def test_durations_as_people_say_them(seconds, text):
    assert format_duration(seconds) == text
