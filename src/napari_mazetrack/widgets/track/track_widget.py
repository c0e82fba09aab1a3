"""The Track panel: from the film that is open to its track, drawn on it, and its measures in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari.components import ViewerModel
from napari.utils.events import Event
from napari.utils.notifications import show_warning
from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from napari_mazetrack.project import Project
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.arena.arena_choice import ArenaChoiceView
from napari_mazetrack.widgets.arena.arena_control import ArenaControl
from napari_mazetrack.widgets.arena.arena_editor import ArenaEditor
from napari_mazetrack.widgets.correct.correct_panel import CorrectPanel
from napari_mazetrack.widgets.correct.events_panel import EventsPanel
from napari_mazetrack.widgets.correct.review_panel import ReviewPanel
from napari_mazetrack.widgets.films.film_choice import FilmChoice
from napari_mazetrack.widgets.films.film_follower import FilmFollower
from napari_mazetrack.widgets.films.film_jobs import Tracked, track_as_chosen
from napari_mazetrack.widgets.films.film_layer import FILM_ID, TRACK_PATH, film_of_layer
from napari_mazetrack.widgets.films.film_places import FilmPlaces
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.films.frame_rate import NO_RATE, FrameRateView, rate_of
from napari_mazetrack.widgets.films.sample_films import Sample, sample_of_film
from napari_mazetrack.widgets.overlay.layers_view import LayersView
from napari_mazetrack.widgets.overlay.overlay_options import OverlayOptions
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.session import FilmRef, Session
from napari_mazetrack.widgets.timeline.playback_bar import PlaybackBar
from napari_mazetrack.widgets.timeline.timeline_dock import TimelineDock
from napari_mazetrack.widgets.track import work
from napari_mazetrack.widgets.track.growing_path import GrowingPath
from napari_mazetrack.widgets.track.kept_choices import KeptChoices
from napari_mazetrack.widgets.track.measures_panel import MeasuresPanel
from napari_mazetrack.widgets.track.measuring import NO_MEASURES, Measuring
from napari_mazetrack.widgets.track.pool_finder import PoolFinder
from napari_mazetrack.widgets.track.queue_control import QueueControl
from napari_mazetrack.widgets.track.range_choice import RangeChoice
from napari_mazetrack.widgets.track.tracker_choice import TrackerChoiceView
from napari_mazetrack.widgets.track.trial_choice import TrialChoiceView
from napari_mazetrack.widgets.track.trial_control import TrialControl
from napari_mazetrack.widgets.window.ask import ask_about_results
from napari_mazetrack.widgets.window.background import NamedJob
from napari_mazetrack.widgets.window.dock_panel import DockPanel
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.panel_work import PanelWork
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import RunPanel
from napari_mazetrack.workflows.correct import run_of
from napari_mazetrack.workflows.track import OutputPaths, TrackRequest
from napari_mazetrack.workflows.track_films import FilmOutcome

MINIMUM_WIDTH = 340
NO_FOLDER = "Choose a folder for the results: Save in."


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
        self.film = FilmChoice(napari_viewer)
        self.several = QPushButton("Several …")
        self.several.setToolTip("Track several films one after the other")
        self.rate = FrameRateView()
        self.tracker = TrackerChoiceView()
        self.range = RangeChoice()
        self.arena = ArenaChoiceView()
        self.arena_editor = ArenaEditor(napari_viewer, self.session, self._layers)
        self.trial = TrialChoiceView()
        self._measuring = Measuring(self.session, self.trial.value, self)
        self.out_dir = PathEdit(PathKind.FOLDER)
        self.places = FilmPlaces(napari_viewer, self.session, self.out_dir.value, self.rate.timing)
        self._arena_control = ArenaControl(
            self.arena, self.arena_editor, self.session, self.film.film_hw, self.out_dir.value
        )
        self._pool = PoolFinder(self.session, self._arena_control)
        self._follower = FilmFollower(self)
        self.run_panel = RunPanel(can_pause=True)
        self._work = PanelWork(self.run_panel, self)
        self._growing = GrowingPath(napari_viewer)
        self._queue = QueueControl(napari_viewer, self)
        self.hint = QLabel(NO_MEASURES)
        self.measures = MeasuresPanel()
        self.table = self.measures.table
        self.correct = CorrectPanel(napari_viewer, self.session, self.places, self._layers.preview_point)
        self.review = ReviewPanel(lambda: self.correct.corrections)
        self.events = EventsPanel(napari_viewer, self.session, lambda: self.correct.corrections, self.rate.timing)
        self.tabs = QTabWidget()
        self.overlays = OverlayOptions(self._layers.show_again)
        self.playback = PlaybackBar(napari_viewer, self.session)
        self.timeline_dock = TimelineDock(napari_viewer, self.session, self.events.can_change, self)
        self._trial_control = TrialControl(self.trial, self.events, self.session)
        self._kept = KeptChoices(self.session, self.rate, self._arena_control, self._trial_control)
        self._lay_out()
        self._connect()
        self._on_film_changed()

    def _lay_out(self) -> None:
        self.hint.setWordWrap(True)
        film, out_dir = QWidget(), QWidget()
        row = QHBoxLayout()
        row.addWidget(self.film, stretch=1)
        row.addWidget(self.several)
        add_row(form_layout(film), "Film", row)
        add_row(form_layout(out_dir), "Save in", self.out_dir)
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        layout = QVBoxLayout(content)
        settings = (self.rate, self.tracker, self.range, self.arena, self.trial)
        for view in (film, *settings, out_dir, self.run_panel):
            layout.addWidget(view)
        for button in (self.overlays.button, self.timeline_dock.button):
            self.playback.layout().addWidget(button)
        for view in (self.playback, self.overlays, self.hint):
            layout.addWidget(view)
        tabs = {"Measures": self.measures, "To check": self.review, "Correct": self.correct, "Events": self.events}
        for title, tab in tabs.items():
            self.tabs.addTab(tab, title)
        layout.addWidget(self.tabs, stretch=1)
        self.fill(content)

    def _connect(self) -> None:
        self.film.value_changed.connect(self._on_film_changed)
        self.rate.value_changed.connect(self._on_rate_changed)
        self.out_dir.value_changed.connect(self._on_out_dir_changed)
        self._viewer.layers.events.inserted.connect(self._on_layer_inserted)
        OPEN_PROJECTS.changed.connect(self._look_for_model)
        OPEN_PROJECTS.shown.connect(self._on_project_shown)
        OPEN_PROJECTS.edited.connect(self._on_project_edited)
        self._follower.track_read.connect(self._take_read_track)
        self._follower.model_found.connect(self.tracker.set_automatic)
        self.arena.find_requested.connect(self._on_find_requested)
        self._arena_control.move_begins.connect(self.correct.stop)
        self._arena_control.changed.connect(self._on_arena_changed)
        self._arena_control.cleared.connect(self._kept.drop_arena)
        self._trial_control.chosen.connect(self._kept.keep_trial)
        self._trial_control.release_said.connect(self._kept.keep_release)
        self._trial_control.changed.connect(self._measuring.measure)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.several.clicked.connect(self._on_several_clicked)
        self._work.reported.connect(self._growing.show)
        self._work.reported.connect(self._queue.note)
        self._work.ended.connect(self._growing.clear)
        self._work.ended.connect(self._enable_buttons)
        self._measuring.hinted.connect(self._show_hint)
        self.session.events.track.connect(self._measuring.measure)
        self.session.events.measures.connect(self.measures.set_value)
        self.measures.chosen.connect(self._on_measure_chosen)
        self.measures.save_requested.connect(self._on_save_measures)
        self.session.events.moments.connect(self.review.set_moments)
        for view in (self.review.table, self.events):
            view.frame_requested.connect(self._layers.show_frame)
        self.correct.next_requested.connect(self.review.select_next)
        self.correct.previous_requested.connect(self.review.table.select_previous)
        self.correct.answered.connect(self.review.answer)
        self.correct.project_changed.connect(self.review.refresh)
        self.correct.project_changed.connect(self._on_correcting)
        self.correct.project_changed.connect(self.events.follow_project)
        self.overlays.value_changed.connect(lambda: setattr(self.session, "overlays", self.overlays.value()))
        self.timeline_dock.mark_moved.connect(self.events.move_mark)

    # What the person chooses.

    def _on_film_changed(self) -> None:
        layer, before = self.film.value(), self.session.film
        film = None if layer is None else film_of_layer(layer)
        self._arena_control.stop_moving()
        self._kept.follow(None)  # what follows is not of the film before
        self.session.set_film(film)
        self.range.set_value(None)
        if layer is not None:
            self._viewer.layers.selection.active = layer  # else new overlays would bring the film before back
        if not self._work.is_running:
            self.run_panel.set_idle("")  # what was said was of another film
        self.rate.show_for(layer)
        with QSignalBlocker(self.out_dir):
            self.out_dir.set_value(None if film is None else self.places.folder_of(film))
        sample = None if film is None else sample_of_film(film.path)
        if sample is None and before is not None and sample_of_film(before.path) is not None:
            self._arena_control.forget_sample()  # nothing of it is carried over to a film of the person's own
            self._trial_control.forget()
        self._take_what_stands_there(sample)
        self._enable_buttons()

    def _on_out_dir_changed(self) -> None:
        self.places.remember()
        self._take_what_stands_there()

    def _on_layer_inserted(self, event: Event) -> None:
        """Work on the track that was opened, as a file of napari's, for the film that is chosen."""
        film, opened = self.session.film, event.value.metadata.get(TRACK_PATH)
        if film is None or opened is None or event.value.metadata.get(FILM_ID) != film.film_id:
            return
        expected = OutputPaths.of(film.path, Path(opened).parent).nc
        if Path(opened) != expected:
            self.run_panel.set_idle(f"{Path(opened).name} is drawn only: the panel works on {expected.name}.")
        elif expected == self.places.track():
            self._follower.read_track(expected, self.places.home())
        else:
            self.out_dir.set_value(expected.parent)

    def _on_project_shown(self) -> None:
        """Go over to the project that the film of this panel was opened from now."""
        if not self._kept.follows(self.places.home()):
            self.correct.stop()
            self._take_what_stands_there()

    def _on_project_edited(self, project: Project) -> None:
        """Follow what another panel undid in the film's project, such as its corrections and events."""
        self.correct.follow(project)
        if self.correct.corrections is None and self._kept.take_events(project, self.places.home()):
            self._take_what_stands_there()

    def _take_what_stands_there(self, sample: Sample | None = None) -> None:
        """Take from the disk what is known of the film: arena and trial first, then, in the background, its track."""
        home = self.places.home()
        self._kept.take(home, sample)
        self._follower.read_track(self.places.track(), home)
        self._look_for_model()

    def _look_for_model(self) -> None:
        self._follower.look_for_model(self.session.film, self.places.projects())

    def _take_read_track(self, track: Track) -> None:
        if self.correct.corrections is None:  # its track is the newer one
            self.session.track = track
            if self.rate.is_missing:
                self.rate.set_value(rate_of(track))
            if not self._work.is_running:
                self.run_panel.set_idle(f"{work.describe_track(track)} Read from {self.places.track()}.")

    def _on_correcting(self) -> None:
        corrections = self.correct.corrections
        if corrections is not None:
            self._arena_control.stop_moving()
            self._kept.take_again(corrections.project)
        self.timeline_dock.let_events_move()

    def _on_arena_changed(self) -> None:
        self._kept.keep_arena()
        self._enable_buttons()
        self._trial_control.follow_arena()

    def _on_rate_changed(self) -> None:
        self.rate.note_on(self.film.value())
        self._kept.follow(self.places.home())
        self._on_arena_changed()

    # Work in the background: tracking, or finding the pool; one at a time.

    def _on_run_requested(self) -> None:
        film, out_dir = self.session.film, self.out_dir.value()
        if film is None:
            return
        if out_dir is None or self.rate.is_missing:
            self.run_panel.set_idle(NO_FOLDER if out_dir is None else NO_RATE)
            return
        self.correct.stop()
        home = self.places.home()
        with failures_shown():
            agreed = ask_about_results(self, self._request(film, out_dir))
            if agreed is not None and home is not None:
                self._follower.discard_track()
                job = track_as_chosen(replace(agreed, timing=home.timing), home, self.places.projects())
                named = NamedJob(f"Tracking {film.path.name}", job)
                self._start(named, lambda tracked: self._take_track(tracked, home))

    def _on_several_clicked(self) -> None:
        film, out_dir = self.session.film, self.out_dir.value()
        if film is None or out_dir is None:
            self.run_panel.set_idle(NO_FOLDER)
            return
        self.correct.stop()
        self._follower.discard_track()
        with failures_shown():
            first = self._request(film, out_dir)
            requests = self._queue.ask(first, same_arena=self._arena_control.is_for_other_films)
            if requests:
                self._start(NamedJob("Tracking several films", self._queue.job(requests)), self._take_queue)

    def _on_find_requested(self) -> None:
        film = self.session.film
        if film is None:
            return
        if self.rate.is_missing:
            self.run_panel.set_idle(NO_RATE)
            return
        with failures_shown():
            home, diameter_cm = self.places.home(), self.arena.value().diameter_cm
            job = self._pool.job(film, diameter_cm, self.rate.timing())
            self._start(job, lambda found: self._pool.take(found, film, home))

    def _request(self, film: FilmRef, out_dir: Path) -> TrackRequest:
        return work.track_request(film, self.tracker.value(), self.session.arena, out_dir, self.range.value())

    def _start(self, named: NamedJob, take_result: Callable[[Any], str]) -> None:
        self._work.start(named, take_result)
        self._enable_buttons()

    def _take_track(self, tracked: Tracked, home: FilmProject) -> str:
        outcome, track, film = tracked.outcome, tracked.outcome.track, self.session.film
        for warning in outcome.warnings:
            show_warning(warning)
        with failures_shown():
            home.note_run(run_of(track, (outcome.nc, outcome.csv)))
        if film != home.film:
            return f"Tracked. Another film is chosen now: open {outcome.nc} to see the tracks on theirs."
        self._kept.keep_all()
        self.session.track = track
        saved = f"Saved {outcome.csv.name} and {outcome.nc.name} in {outcome.csv.parent}."
        return f"{work.describe_track(track)} Tracked with {tracked.model}. {saved}"

    def _take_queue(self, outcomes: tuple[FilmOutcome, ...]) -> str:
        film = self.session.film
        if any(film is not None and outcome.film == film.path for outcome in outcomes):
            self._follower.read_track(self.places.track(), self.places.home())
        return self._queue.tell_end(outcomes)

    # Measures follow the track, the arena and the trial.

    def _on_measure_chosen(self) -> None:
        self._layers.light(self._measuring.places_of(self.measures.chosen_row()))

    def _on_save_measures(self) -> None:
        film, measured = self.session.film, self._measuring.measured
        if film is not None and measured is not None:
            folder = self.out_dir.value() or film.path.parent
            self.measures.save_as(measured.table, folder / f"{film.path.stem}.measures.csv")

    def _show_hint(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    # The window around it.

    def _enable_buttons(self, _ending: object = None) -> None:
        is_free = not self._work.is_running
        has_film = self.session.film is not None
        self.run_panel.set_can_run(has_film)
        self.arena.set_can_find(has_film and is_free)
        self.arena.set_can_edit(has_film, self.session.arena is not None)
        self.film.setEnabled(is_free)
        self.several.setEnabled(has_film and is_free)
        self.correct.toggle.setEnabled(is_free)  # a correction would miss the track that is being made

    def release(self) -> None:
        """Stop what is under way and let go of the viewer."""
        self._work.discard()
        self._growing.clear()
        self._measuring.discard()
        OPEN_PROJECTS.changed.disconnect(self._look_for_model)
        OPEN_PROJECTS.shown.disconnect(self._on_project_shown)
        OPEN_PROJECTS.edited.disconnect(self._on_project_edited)
        self._follower.discard()
        self._viewer.layers.events.inserted.disconnect(self._on_layer_inserted)
        self.arena_editor.stop()
        self.events.stop_looking()
        self.correct.stop()
        self.timeline_dock.shut_down()
        self.playback.close_down()
        self._layers.close()
        self.film.disconnect_viewer()
