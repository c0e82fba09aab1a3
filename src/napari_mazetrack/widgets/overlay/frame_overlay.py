"""Follows the current frame of a viewer: lines of that frame, the tail of the path, and the time in the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer

from napari_mazetrack.widgets.films.film_layer import FILM_ID, find_film_layer
from napari_mazetrack.widgets.films.film_times import describe_time, film_times, frame_at
from napari_mazetrack.widgets.overlay.frame_marks import frame_layer, frame_lines, lines_to_napari
from napari_mazetrack.widgets.overlay.overlays import NOW, PATH, ROLE
from napari_mazetrack.widgets.session import Session


class FrameOverlay:
    """Shows what a session's `overlays` say of the frame that a viewer shows.

    A step costs the same whatever the length of the film.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layer of the lines.
    session : Session
        Its track is shown.
    add : callable
        Adds a layer to the viewer.
    """

    def __init__(self, viewer: ViewerModel, session: Session, add: Callable[[Any], Layer]) -> None:
        self._viewer = viewer
        self._session = session
        self._add = add
        self._lines: Layer | None = None
        self._text_before: tuple[bool, str] | None = None
        self._signals = [session.events.found_marks, session.events.said_marks, session.events.film]
        for signal in self._signals:
            signal.connect(self.follow)
        viewer.dims.events.current_step.connect(self.follow)

    def close(self) -> None:
        """Follow no longer; napari's own text comes back, and the layer stays."""
        self._viewer.dims.events.current_step.disconnect(self.follow)
        for signal in self._signals:
            signal.disconnect(self.follow)
        self._show_text(None)

    def show(self) -> None:
        """Show another choice, or another track."""
        self._show_lines()
        self.follow()

    def follow(self, _event: object = None) -> None:
        """Show the frame that the viewer shows."""
        frame = int(self._viewer.dims.current_step[0])
        track, choice = self._session.track, self._session.overlays
        if track is not None and 0 <= frame < track.n_frames:
            if self._lines is not None and self._lines in self._viewer.layers:
                self._lines.data[:] = lines_to_napari(frame_lines(track, frame, choice))
                self._lines.refresh(extent=False, thumbnail=False)
            if choice.tail_s is not None:
                self._show_tail(frame - frame_at(track.time_s, float(track.time_s[frame]) - choice.tail_s), 0)
        self._show_text(self._text(frame) if choice.time else None)

    def show_whole_path(self) -> None:
        """Let the whole swim be seen, wherever the slider stands."""
        if self._session.track is not None:
            self._show_tail(self._session.track.n_frames, self._session.track.n_frames)

    def _show_tail(self, n_before: int, n_after: int) -> None:
        """Draw the path of so many frames before and after the current one."""
        film = self._session.film
        for path in self._viewer.layers:
            if film is not None and path.metadata.get(ROLE) == PATH and path.metadata.get(FILM_ID) == film.film_id:
                if path.tail_length != max(n_before, 1):
                    path.tail_length = max(n_before, 1)
                if path.head_length != n_after:
                    path.head_length = n_after

    def _show_lines(self) -> None:
        """Make the layer of the lines anew, or take it away."""
        film, track, choice = self._session.film, self._session.track, self._session.overlays
        for old in [layer for layer in self._viewer.layers if layer.metadata.get(ROLE) == NOW]:
            self._viewer.layers.remove(old)
        self._lines = None
        if film is not None and track is not None and (choice.heading or choice.box or choice.sigma):
            frame = min(int(self._viewer.dims.current_step[0]), track.n_frames - 1)
            self._lines = self._add(frame_layer(track, frame, choice, film.path.stem, film.film_id))

    def _text(self, frame: int) -> str | None:
        film, time_s = self._session.film, film_times(self._session, self._viewer.layers)
        is_shown = film is not None and find_film_layer(self._viewer.layers, film.film_id) is not None
        if not is_shown or time_s is None or not 0 <= frame < len(time_s):
            return None
        return describe_time(self._session, float(time_s[frame]))

    def _show_text(self, text: str | None) -> None:
        """Write the time into the picture; None gives napari its own text back."""
        shown = self._viewer.canvas.overlays.text
        if text is not None:
            if self._text_before is None:
                self._text_before = (shown.visible, shown.text)
            shown.text, shown.visible = text, True
        elif self._text_before is not None:
            (shown.visible, shown.text), self._text_before = self._text_before, None
