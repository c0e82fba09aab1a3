"""A button that plays the film, how fast, and what time it is in it."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from napari_mazetrack.widgets.films.film_times import describe_time, film_times, since_release
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.timeline.playback import Playback
from napari_mazetrack.widgets.window.keys import PLAY_KEYS, BoundKeys, help_text

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class PlaybackBar(QWidget):
    """Plays the film of a session.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where it is played.
    session : Session
        Its film, with the times of its track where there is one.
    """

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = session
        self.playback = Playback(viewer, lambda: film_times(session, viewer.layers), parent=self)
        self.button = QPushButton()
        self.button.setToolTip(f"Plays the film at its own speed\n{help_text(PLAY_KEYS)}")
        self.speed = QComboBox()
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setToolTip("How fast the film is played; frames that there is no time to draw are left out")
        self.now = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for view in (self.button, self.speed):
            layout.addWidget(view)
        layout.addWidget(self.now, stretch=1)
        self.button.clicked.connect(lambda _checked=False: self.playback.toggle())
        self.speed.currentIndexChanged.connect(lambda _index: self.playback.set_speed(self.speed.currentData()))
        self.playback.changed.connect(self._show_state)
        self._keys = BoundKeys(viewer, PLAY_KEYS, self)
        session.events.film.connect(self._on_film)
        for signal in (session.events.found_marks, session.events.said_marks):
            signal.connect(self.follow)
        viewer.dims.events.current_step.connect(self.follow)
        self._show_state()
        self._on_film(session.film)

    def toggle_playing(self) -> None:
        """Play the film, or stop."""
        self.playback.toggle()

    def close_down(self) -> None:
        """Stop, and let go of viewer and session."""
        self.playback.stop()
        self._keys.give_back()
        self._viewer.dims.events.current_step.disconnect(self.follow)
        self._session.events.film.disconnect(self._on_film)
        for signal in (self._session.events.found_marks, self._session.events.said_marks):
            signal.disconnect(self.follow)

    def follow(self, _event: object = None) -> None:
        """Say what time it is in the frame that is shown."""
        frame, time_s = int(self._viewer.dims.current_step[0]), film_times(self._session, self._viewer.layers)
        if time_s is None or not 0 <= frame < len(time_s):
            self.now.setText("")
            return
        moment_s = float(time_s[frame])
        since = since_release(self._session, moment_s)
        self.now.setText(f"{moment_s:.2f} s" if since is None else f"{since:+.2f} s")
        self.now.setToolTip(describe_time(self._session, moment_s))

    def _on_film(self, _film: object) -> None:
        self.playback.stop()
        for view in (self.button, self.speed):
            view.setEnabled(self._session.film is not None)
        self.follow()

    def _show_state(self) -> None:
        self.button.setText("Pause" if self.playback.is_playing else "Play")
