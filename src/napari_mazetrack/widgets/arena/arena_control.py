"""Between the form of the arena, its handles on the film, and the session: where an arena comes from and goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import arena_to_json, load_arena, save_arena
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoice, ArenaChoiceView
from napari_mazetrack.widgets.arena.arena_editor import ArenaEditor
from napari_mazetrack.widgets.arena.arena_handles import add_platform, arena_to_mark
from napari_mazetrack.widgets.films.sample_films import is_sample_file
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.window.notify import failures_shown


class ArenaControl(QObject):
    """Lets a person choose, mark, move and save the arena of a session.

    Parameters
    ----------
    view : ArenaChoiceView
        The form.
    editor : ArenaEditor
        The handles.
    session : Session
        Gets the arena.
    film_hw : callable
        Height and width of the film that is chosen; None where there is none.
    folder : callable
        Where an arena is saved unless told otherwise.
    """

    changed = Signal()
    cleared = Signal()  # by the person
    move_begins = Signal()

    def __init__(
        self,
        view: ArenaChoiceView,
        editor: ArenaEditor,
        session: Session,
        film_hw: Callable[[], tuple[int, int] | None],
        folder: Callable[[], Path | None],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._editor = editor
        self._session = session
        self._film_hw = film_hw
        self._folder = folder
        self._path: Path | None = None
        view.value_changed.connect(self._on_chosen)
        view.move_toggled.connect(self._on_move_toggled)
        view.platform_requested.connect(self._on_platform_requested)
        view.save_requested.connect(self._on_save_requested)
        editor.edited.connect(self.take)
        session.events.arena.connect(self._on_session_arena)

    @property
    def is_of_a_file(self) -> bool:
        """Whether the arena stands in a file of its own, which the form names."""
        return self._path is not None

    @property
    def is_for_other_films(self) -> bool:
        """Whether the arena may hold for other films too: it stands in a file that is not a sample's."""
        return self._path is not None and not is_sample_file(self._path)

    def take(self, arena: Arena) -> None:
        """Let an arena be the session's that was found, or edited by hand: it is no file's."""
        self._path = None
        self._session.arena = arena

    def take_file(self, path: Path) -> None:
        """Let the arena of a file be the session's, as if a person had chosen it."""
        self._view.set_value(ArenaChoice(path))

    def take_kept(self, arena: Arena | None) -> None:
        """Show the arena that a film had before; without one the file that is shown holds for this film too."""
        of_file = self._load(self._path)
        if arena is None:
            if self._session.arena is None:
                self._session.arena = of_file
        elif of_file is None or arena_to_json(of_file) != arena_to_json(arena):
            self.take(arena)
        else:
            self._session.arena = arena

    def take_away(self) -> None:
        """Work without an arena."""
        self._path = None
        self._session.arena = None

    def forget_sample(self) -> None:
        """Show nothing of a sample's arena any more, for another film; a file of the person's own stays."""
        if not self.is_for_other_films:
            self._path = None
            self._view.set_value(ArenaChoice())

    def stop_moving(self) -> None:
        """Take the handles away."""
        self._view.move.setChecked(False)

    def _on_chosen(self) -> None:
        choice, arena = self._view.value(), self._session.arena
        if choice.path != self._path:
            self._path = choice.path
            self._session.arena = self._load(choice.path)
            if choice.path is None:
                self.cleared.emit()
        elif arena is not None and choice.diameter_cm != arena.diameter_cm:
            self._session.arena = replace(arena, diameter_cm=choice.diameter_cm)

    def _load(self, path: Path | None) -> Arena | None:
        if path is not None:
            with failures_shown():
                return load_arena(path)
        return None

    def _on_move_toggled(self, wanted: bool) -> None:
        self._editor.stop()
        if wanted:
            self.move_begins.emit()
            film_hw = self._film_hw()
            if self._session.arena is None and film_hw is not None:
                self.take(arena_to_mark(film_hw, self._view.value().diameter_cm))
            if not self._editor.start():
                self.stop_moving()

    def _on_platform_requested(self) -> None:
        if self._session.arena is not None:
            self.take(add_platform(self._session.arena))
            self._view.move.setChecked(True)

    def _on_save_requested(self) -> None:
        film, folder, arena = self._session.film, self._folder(), self._session.arena
        if film is None or arena is None:
            return
        start = (folder or film.path.parent) / f"{film.path.stem}.arena.json"
        chosen, _ = QFileDialog.getSaveFileName(self._view, "Save the arena", str(start), "Arenas (*.json)")
        if chosen:
            with failures_shown():
                save_arena(arena, Path(chosen), overwrite=True)  # the dialog has asked
                self._path = Path(chosen)
                self._on_session_arena(arena)

    def _on_session_arena(self, arena: Arena | None) -> None:
        if arena is None:
            self.stop_moving()
        diameter = self._view.value().diameter_cm if arena is None else arena.diameter_cm
        self._view.set_value(ArenaChoice(self._path, diameter))
        self.changed.emit()
