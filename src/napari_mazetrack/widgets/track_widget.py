"""The Track panel: from the film that is open to its track, drawn on it, and its measures in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari.components import ViewerModel
from napari.utils.notifications import show_error, show_warning
from qtpy.QtWidgets import QFileDialog, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import load_arena, save_arena
from napari_mazetrack.maze.find_arena import FindSettings, FoundArena
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Progress
from napari_mazetrack.review.event_marks import EventMark, trial_with_marks
from napari_mazetrack.widgets import work
from napari_mazetrack.widgets.arena_choice import ArenaChoice, ArenaChoiceView
from napari_mazetrack.widgets.arena_editor import ArenaEditor
from napari_mazetrack.widgets.arena_handles import add_platform, arena_to_mark
from napari_mazetrack.widgets.ask import GoOn, ask_to_go_on, ask_to_replace
from napari_mazetrack.widgets.background import Cancelled, Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.correct_panel import CorrectPanel
from napari_mazetrack.widgets.dock_panel import DockPanel
from napari_mazetrack.widgets.events_panel import EventsPanel
from napari_mazetrack.widgets.film_choice import FilmChoice
from napari_mazetrack.widgets.film_layer import film_of_layer
from napari_mazetrack.widgets.form import add_row, form_layout
from napari_mazetrack.widgets.layers_view import LayersView
from napari_mazetrack.widgets.measures_panel import MeasuresPanel
from napari_mazetrack.widgets.notify import failures_shown
from napari_mazetrack.widgets.overlay_options import OverlayOptions
from napari_mazetrack.widgets.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.playback_bar import PlaybackBar
from napari_mazetrack.widgets.review_panel import ReviewPanel
from napari_mazetrack.widgets.run_panel import RunPanel
from napari_mazetrack.widgets.samples import sample_of_film
from napari_mazetrack.widgets.session import FilmRef, Session
from napari_mazetrack.widgets.timeline import Timeline
from napari_mazetrack.widgets.tracker_choice import TrackerChoiceView
from napari_mazetrack.widgets.trial_choice import TrialChoice, TrialChoiceView
from napari_mazetrack.workflows.correct import load_marks
from napari_mazetrack.workflows.find_arena import find_arena
from napari_mazetrack.workflows.track import OutputPaths, TrackOutcome, TrackRequest, track_film

MINIMUM_WIDTH = 340
CRASHED = "Something went wrong inside MazeTrack; the notification shows what."
NO_FOLDER = "Choose a folder for the results: Save in."
NO_MEASURES = "The measures stand here once the film is tracked, its arena is known and the trial's kind is chosen."


class TrackWidget(DockPanel):
    """Puts the views together and is the only place that knows them all.

    Parameters
    ----------
    napari_viewer : napari.components.ViewerModel
        The viewer whose films are tracked; napari gives it by this name.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = napari_viewer
        self.session = Session()
        self._layers = LayersView(napari_viewer, self.session)
        self._work = JobRunner(self)
        self._measuring = JobRunner(self)
        self._measured: work.Measured | None = None
        self._take_result: Callable[[Any], str] = str
        self._arena_path: Path | None = None
        self.film = FilmChoice(napari_viewer)
        self.tracker = TrackerChoiceView()
        self.arena = ArenaChoiceView()
        self.arena_editor = ArenaEditor(napari_viewer, self.session, self._layers)
        self.trial = TrialChoiceView()
        self.out_dir = PathEdit(PathKind.FOLDER)
        self.run_panel = RunPanel()
        self.hint = QLabel(NO_MEASURES)
        self.measures = MeasuresPanel()
        self.table = self.measures.table
        self.correct = CorrectPanel(napari_viewer, self.session, self._track_path, self._layers.preview_point)
        self.review = ReviewPanel(lambda: self.correct.corrections)
        self.events = EventsPanel(napari_viewer, self.session, lambda: self.correct.corrections)
        self.tabs = QTabWidget()
        self.overlays = OverlayOptions(self._layers.show_again)
        self.playback = PlaybackBar(napari_viewer, self.session)
        self.timeline_button = QPushButton("Timeline")
        self.timeline: Timeline | None = None
        self._lay_out()
        self._connect()
        self._on_film_changed()

    def _lay_out(self) -> None:
        self.hint.setWordWrap(True)
        film, out_dir = QWidget(), QWidget()
        add_row(form_layout(film), "Film", self.film)
        add_row(form_layout(out_dir), "Save in", self.out_dir)
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        layout = QVBoxLayout(content)
        for view in (film, self.tracker, self.arena, self.trial, out_dir, self.run_panel):
            layout.addWidget(view)
        for button in (self.overlays.button, self.timeline_button):
            self.playback.layout().addWidget(button)
        for view in (self.playback, self.overlays, self.hint):
            layout.addWidget(view)
        self.tabs.addTab(self.measures, "Measures")
        self.tabs.addTab(self.review, "To check")
        self.tabs.addTab(self.correct, "Correct")
        self.tabs.addTab(self.events, "Events")
        layout.addWidget(self.tabs, stretch=1)
        self.timeline_button.setCheckable(True)
        self.fill(content)

    def _connect(self) -> None:
        self.film.value_changed.connect(self._on_film_changed)
        self.arena.value_changed.connect(self._on_arena_changed)
        self.arena.find_requested.connect(self._on_find_requested)
        self.arena.move_toggled.connect(self._on_move_toggled)
        self.arena.platform_requested.connect(self._on_platform_requested)
        self.arena.save_requested.connect(self._on_save_arena)
        self.arena_editor.edited.connect(self._on_arena_edited)
        self.trial.value_changed.connect(self._on_trial_changed)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self._work.reported.connect(self._on_work_reported)
        self._work.ended.connect(self._on_work_ended)
        self._measuring.ended.connect(self._on_measuring_ended)
        self.session.events.arena.connect(self._on_session_arena)
        self.session.events.track.connect(self._measure)
        self.session.events.said_marks.connect(self._on_said_marks)
        self.session.events.measures.connect(self.measures.set_value)
        self.measures.chosen.connect(self._on_measure_chosen)
        self.measures.save_requested.connect(self._on_save_measures)
        self.session.events.moments.connect(self.review.set_moments)
        for view in (self.review.table, self.events):
            view.frame_requested.connect(self._layers.show_frame)
        self.correct.next_requested.connect(self.review.select_next)
        self.correct.answered.connect(self.review.answer)
        self.correct.project_changed.connect(self.review.refresh)
        self.correct.project_changed.connect(self._on_correcting)
        self.correct.project_changed.connect(self.events.follow_project)
        self.overlays.value_changed.connect(lambda: setattr(self.session, "overlays", self.overlays.value()))
        self.timeline_button.toggled.connect(self._on_timeline_toggled)

    # What the person chooses.

    def _on_film_changed(self) -> None:
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        self.arena.move.setChecked(False)
        self.session.set_film(film)
        if not self._work.is_running:
            self.run_panel.set_idle("")  # what was said was of another film
        self.out_dir.set_value(None if film is None else work.default_out_dir(film.path))
        sample = None if film is None else sample_of_film(film.path)
        if sample is not None:
            trial = sample.trial
            self.trial.set_value(TrialChoice(trial.kind, trial.release_s, trial.limit_s))
            self.arena.set_value(ArenaChoice(sample.arena))
        if film is not None and self.session.arena is None:
            self.session.arena = self._load_arena(self.arena.value().path)  # the file that is shown holds for it too
        track_path = self._track_path()
        if film is not None and track_path is not None:
            with failures_shown():
                said = load_marks(track_path.with_name(f"{film.path.stem}.mazetrack"), film.film_id)
                self.session.said_marks = said or self.session.said_marks
        self._enable_buttons()

    def _on_arena_changed(self) -> None:
        choice, arena = self.arena.value(), self.session.arena
        if choice.path != self._arena_path:
            self._arena_path = choice.path
            self.session.arena = self._load_arena(choice.path)
        elif arena is not None and choice.diameter_cm != arena.diameter_cm:
            self.session.arena = replace(arena, diameter_cm=choice.diameter_cm)

    def _load_arena(self, path: Path | None) -> Arena | None:
        if path is not None:
            with failures_shown():
                return load_arena(path)
        return None

    # The arena is edited by hand.

    def _on_move_toggled(self, wanted: bool) -> None:
        self.arena_editor.stop()
        if wanted:
            self.correct.stop()
            layer = self.film.value()
            if self.session.arena is None and layer is not None:
                self._on_arena_edited(arena_to_mark(layer.data.shape[1:3], self.arena.value().diameter_cm))
            if not self.arena_editor.start():
                self.arena.move.setChecked(False)

    def _on_correcting(self) -> None:
        if self.correct.corrections is not None:
            self.arena.move.setChecked(False)
        if self.timeline is not None:
            self.timeline.let_events_move(self.events.can_change())

    def _on_arena_edited(self, arena: Arena) -> None:
        self._arena_path = None  # it is not the file's any more
        self.session.arena = arena

    def _on_platform_requested(self) -> None:
        if self.session.arena is not None:
            self._on_arena_edited(add_platform(self.session.arena))
            self.arena.move.setChecked(True)

    def _on_save_arena(self) -> None:
        film, out_dir, arena = self.session.film, self.out_dir.value(), self.session.arena
        if film is None or arena is None:
            return
        start = (out_dir or film.path.parent) / f"{film.path.stem}.arena.json"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the arena", str(start), "Arenas (*.json)")
        if chosen:
            with failures_shown():
                save_arena(arena, Path(chosen), overwrite=True)  # the dialog has asked
                self._arena_path = Path(chosen)
                self._on_session_arena(arena)

    def _on_session_arena(self, arena: Arena | None) -> None:
        diameter = self.arena.value().diameter_cm if arena is None else arena.diameter_cm
        self.arena.set_value(ArenaChoice(self._arena_path, diameter))
        self._enable_buttons()
        self._measure()

    def _track_path(self) -> Path | None:
        film, out_dir = self.session.film, self.out_dir.value()
        return None if film is None or out_dir is None else OutputPaths.of(film.path, out_dir).nc

    # Work in the background: tracking, or finding the pool; one at a time.

    def _on_run_requested(self) -> None:
        film = self.session.film
        out_dir = self.out_dir.value()
        if film is None:
            return
        if out_dir is None:
            self.run_panel.set_idle(NO_FOLDER)
            return
        self.correct.stop()
        with failures_shown():
            request = work.track_request(film, self.tracker.value(), self.session.arena, out_dir)
            agreed = self._agree_on_what_stands_there(request)
            if agreed is not None:
                self._start(NamedJob(f"Tracking {film.path.name}", track_film(agreed)), self._take_track)

    def _on_find_requested(self) -> None:
        film = self.session.film
        if film is None:
            return
        with failures_shown():
            job = find_arena(film.path, FindSettings(diameter_cm=self.arena.value().diameter_cm))
            named = NamedJob(f"Finding the pool in {film.path.name}", job)
            self._start(named, lambda found: self._take_arena(found, film))

    def _start(self, named: NamedJob, take_result: Callable[[Any], str]) -> None:
        self._take_result = take_result
        self._work.start(named)
        self.run_panel.set_running(f"{named.name} …")
        self._enable_buttons()

    def _on_cancel_requested(self) -> None:
        self._work.cancel()
        self.run_panel.set_cancelling()

    def _on_work_reported(self, report: Progress) -> None:
        self.run_panel.show_progress(report)

    def _on_work_ended(self, ending: Ending) -> None:
        line = CRASHED
        if isinstance(ending, Finished):
            line = self._take_result(ending.result)
        elif isinstance(ending, Cancelled):
            line = "Stopped."
        elif isinstance(ending, Failed):
            line = ending.message
            show_error(ending.message)
        self.run_panel.set_idle(line)
        self._enable_buttons()

    def _take_track(self, outcome: TrackOutcome) -> str:
        film, track = self.session.film, outcome.track
        for warning in outcome.warnings:
            show_warning(warning)
        if film is None or film.film_id != track.attributes.get("film_id"):
            return f"Tracked. Another film is chosen now: open {outcome.nc} to see the tracks on theirs."
        self.session.track = track
        return f"{work.describe_track(track)} Saved {outcome.csv.name} and {outcome.nc.name} in {outcome.csv.parent}."

    def _take_arena(self, found: FoundArena, film: FilmRef) -> str:
        if self.session.film != film:
            return f"The pool of {film.path.name} was found, but another film is chosen now."
        for warning in found.warnings:
            show_warning(warning)
        self._arena_path = None
        self.session.arena = found.arena
        return work.describe_found(found)

    # When the trial begins and ends.

    def _on_trial_changed(self) -> None:
        if self.trial.value().has_release(self.events.said_release()):
            self._measure()
        else:
            self.events.set_release(self.trial.value().release_s)

    def _on_said_marks(self, _marks: object) -> None:
        choice, release_s = self.trial.value(), self.events.said_release()
        if choice.has_release(release_s):
            self._measure()
        else:
            self.trial.set_value(replace(choice, release_s=release_s))

    def _on_mark_moved(self, mark: EventMark, time_s: float) -> None:
        self.events.move_mark(mark, time_s)
        if self.timeline is not None:
            self.timeline.show_events()  # one that may not be moved goes back

    # Measures follow the track, the arena and the trial.

    def _on_measure_chosen(self) -> None:
        row, track = self.measures.chosen_row(), self.session.track
        if row is None or track is None or self._measured is None:
            self._layers.light(None)
        else:
            animal = track.animals.index(row.animal) if row.animal else 0
            self._layers.light(track.path_xy(animal)[self._measured.find_lit_frames(row)])

    def _on_save_measures(self) -> None:
        film, measured = self.session.film, self._measured
        if film is None or measured is None:
            return
        start = (self.out_dir.value() or film.path.parent) / f"{film.path.stem}.measures.csv"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the measures", str(start), "Tables (*.csv)")
        if chosen:
            with failures_shown():
                work.save_measures(measured.table, Path(chosen))  # the dialog has asked

    def _measure(self) -> None:
        self._measuring.discard()
        self._measured = None
        self.session.measures, self.session.moments = (), ()
        film, track, arena = self.session.film, self.session.track, self.session.arena
        choice = self.trial.value()
        if film is None or track is None or arena is None or choice.kind is None:
            self.session.found_marks = ()
            self._show_hint(NO_MEASURES)
            return
        self._show_hint("Measuring …")
        trial = Trial(film.path.stem, choice.kind, limit_s=choice.limit_s)
        trial = trial_with_marks(trial, self.session.said_marks, float(track.time_s[-1]))
        job = work.measure_track(track, arena, trial)
        self._measuring.start(NamedJob("Measuring", job))

    def _on_measuring_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self._measured = ending.result
            self.session.measures, self.session.moments = ending.result.rows, ending.result.moments
            self.session.found_marks = ending.result.marks
            self._show_hint("")
        else:
            self._show_hint(ending.message if isinstance(ending, Failed) else CRASHED)

    def _show_hint(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    # The window around it.

    def _on_timeline_toggled(self, wanted: bool) -> None:
        if wanted and self.timeline is None:
            self.timeline = Timeline(self._viewer, self.session)
            self.timeline.closed.connect(self._on_timeline_closed)
            self.timeline.mark_moved.connect(self._on_mark_moved)
            self.timeline.let_events_move(self.events.can_change())
            self._viewer.window.add_dock_widget(self.timeline, name="Timeline", area="bottom")
        elif not wanted and self.timeline is not None:
            self._viewer.window.remove_dock_widget(self.timeline)

    def _on_timeline_closed(self) -> None:
        self.timeline = None
        self.timeline_button.setChecked(False)

    def _enable_buttons(self) -> None:
        is_free = not self._work.is_running
        has_film = self.session.film is not None
        self.run_panel.set_can_run(has_film)
        self.arena.set_can_find(has_film and is_free)
        self.arena.set_can_edit(has_film, self.session.arena is not None)
        self.film.setEnabled(is_free)

    def _agree_on_what_stands_there(self, request: TrackRequest) -> TrackRequest | None:
        """Ask before anything is replaced; return what was agreed on, None for nothing."""
        existing = work.existing_results(request)
        if work.is_unfinished(request):
            answer = ask_to_go_on(self, f"A tracking of {request.film.name}")
            return {GoOn.GO_ON: replace(request, resume=True), GoOn.AGAIN: replace(request, force=True)}.get(answer)
        if existing:
            return replace(request, force=True) if ask_to_replace(self, existing) else None
        return request

    def release(self) -> None:
        """Stop what is under way and let go of the viewer."""
        self._work.discard()
        self._measuring.discard()
        self.arena_editor.stop()
        self.correct.stop()
        if self.timeline is not None:
            self.timeline.shut_down()
        self.playback.close_down()
        self._layers.close()
        self.film.disconnect_viewer()
