"""A film is played at its own speed: where drawing is slow, frames are left out, so that the clock stays right."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from napari.components import ViewerModel
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Qt, QTimer, Signal

from napari_mazetrack.widgets.films.film_times import frame_at

#: How often it is looked whether another frame is due; a screen shows sixty a second.
LOOK_EVERY_MS = 10


class Playback(QObject):
    """Moves a viewer through the frames of a film as time goes by; tells `changed` when it starts and stops.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose first axis is moved along.
    times : callable
        Time of each frame of the film on the screen, float64 [T] in seconds; None where there is no film.
    clock : callable
        Seconds that only go forward.
    """

    changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        times: Callable[[], NDArray[np.float64] | None],
        clock: Callable[[], float] = time.perf_counter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._times = times
        self._clock = clock
        self._speed = 1.0
        self._time_s: NDArray[np.float64] = np.zeros(0)
        self._frame = 0
        self._began = (0.0, 0.0)  # the clock, and the film's time then
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_playing(self) -> bool:
        """Whether the film is being played."""
        return self._timer.isActive()

    def set_speed(self, speed: float) -> None:
        """Play so many seconds of the film in a second."""
        self._speed = speed
        if self.is_playing:
            self._begin_at(int(self._viewer.dims.current_step[0]))

    def start(self) -> None:
        """Play from the current frame on; from the first one where the film is at its end."""
        time_s = self._times()
        if time_s is None or len(time_s) < 2:
            return
        self._time_s = time_s
        frame = int(self._viewer.dims.current_step[0])
        self._begin_at(frame if frame < len(time_s) - 1 else 0)
        self._timer.start()
        self.changed.emit()

    def stop(self, _event: object = None) -> None:
        """Stop where it is."""
        if self.is_playing:
            self._timer.stop()
            self.changed.emit()

    def toggle(self) -> None:
        """Play, or stop."""
        if self.is_playing:
            self.stop()
        else:
            self.start()

    def look(self) -> None:
        """Show the frame that is due now."""
        shown = int(self._viewer.dims.current_step[0])
        if shown != self._frame:  # somebody went elsewhere: go on from there
            self._begin_at(shown)
        clock_s, film_s = self._began
        due_s = film_s + self._speed * (self._clock() - clock_s)
        self._go(frame_at(self._time_s, due_s))
        if due_s >= self._time_s[-1]:
            self.stop()

    def _begin_at(self, frame: int) -> None:
        frame = min(frame, len(self._time_s) - 1)
        self._began = (self._clock(), float(self._time_s[frame]))
        self._go(frame)

    def _go(self, frame: int) -> None:
        self._frame = frame
        if int(self._viewer.dims.current_step[0]) != frame:
            self._viewer.dims.set_point(0, frame)
