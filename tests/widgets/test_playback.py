"""Playing a film, with a clock that the test turns."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_mazetrack.widgets.timeline.playback import Playback

#: The camera paused for half a second after the frame at 0.2 s.
TIMES = np.array([0.0, 0.1, 0.2, 0.7, 0.8, 0.9, 1.0])


class Player:
    """A film of the frames above in a viewer without a window, and its clock."""

    def __init__(self):
        self.viewer = ViewerModel()
        self.viewer.add_image(np.zeros((len(TIMES), 4, 4)))
        self.now = 100.0
        self.times = TIMES
        self.playback = Playback(self.viewer, lambda: self.times, clock=lambda: self.now)
        self.viewer.dims.set_point(0, 0)

    @property
    def frame(self):
        return self.viewer.dims.current_step[0]

    def after(self, seconds):
        self.now += seconds
        self.playback.look()
        return self.frame


@pytest.fixture
def player(qapp):
    player = Player()
    yield player
    player.playback.stop()


def test_frames_come_at_their_own_times(player):
    player.playback.start()
    shown = [player.after(0.105) for _ in range(10)]
    assert shown == [1, 2, 2, 2, 2, 2, 3, 4, 5, 6]


def test_frames_are_left_out_where_drawing_is_slow(player):
    player.playback.start()
    assert [player.after(0.45), player.after(0.45)] == [2, 5]


@pytest.mark.parametrize(("speed", "frame"), [(0.25, 1), (0.5, 2), (1, 2), (2, 4), (8, 6)])
def test_speed(player, speed, frame):
    player.playback.set_speed(speed)
    player.playback.start()
    assert player.after(0.4) == frame


def test_another_speed_goes_on_from_the_frame_that_is_shown(player):
    player.playback.start()
    player.after(0.105)
    player.playback.set_speed(0.5)
    assert [player.after(0.105), player.after(0.105)] == [1, 2]


def test_it_stops_at_the_end_and_begins_anew(player):
    changes = []
    player.playback.changed.connect(lambda: changes.append(player.playback.is_playing))
    player.playback.start()
    assert player.after(5) == 6
    assert changes == [True, False]
    player.playback.toggle()
    assert (player.frame, changes) == (0, [True, False, True])
    player.playback.toggle()
    assert not player.playback.is_playing


def test_who_goes_elsewhere_is_followed(player):
    player.playback.start()
    player.after(0.105)
    player.viewer.dims.set_point(0, 3)
    assert [player.after(0.05), player.after(0.105)] == [3, 4]


def test_a_window_without_a_film_plays_nothing(player):
    player.times = None
    player.playback.toggle()
    assert not player.playback.is_playing


def test_the_timer_plays(player, qtbot):
    player.playback.start()
    player.now += 0.15
    qtbot.waitUntil(lambda: player.frame == 1, timeout=5000)
