"""What is chosen for a film (arena, trial, release): kept in the film's project, and taken from there again."""

from __future__ import annotations

from napari_mazetrack.project import Project
from napari_mazetrack.widgets.arena.arena_control import ArenaControl
from napari_mazetrack.widgets.films.film_keeper import FilmKeeper
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.films.frame_rate import FrameRateView
from napari_mazetrack.widgets.films.sample_films import Sample
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.track.trial_control import TrialControl
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.correct import EVENTS_SETTING, marks_of
from napari_mazetrack.workflows.film_notes import FilmNotes


class KeptChoices:
    """Stands between the controls of the Track panel and a `FilmKeeper`; a failure of the project is shown.

    Nothing is kept of a film whose rate is missing: a project notes a film with its times.

    Parameters
    ----------
    session : Session
        Its arena and events are kept; events that are taken go there.
    rate : FrameRateView
        The film's rate.
    arena, trial : ArenaControl, TrialControl
        Show what is taken.
    """

    def __init__(self, session: Session, rate: FrameRateView, arena: ArenaControl, trial: TrialControl) -> None:
        self._session = session
        self._rate = rate
        self._arena = arena
        self._trial = trial
        self._keeper = FilmKeeper()

    def follows(self, home: FilmProject | None) -> bool:
        """Whether what comes from now on is kept in this project."""
        return self._keeper.follows(home)

    def follow(self, home: FilmProject | None) -> FilmNotes:
        """Keep what comes from now on in this project; return what it keeps, nothing where it cannot be read."""
        with failures_shown():
            self._keeper.follow(home)
        return self._keeper.kept

    # From the project.

    def take(self, home: FilmProject | None, sample: Sample | None) -> None:
        """Follow a film's project and show what it keeps; what it does not is a sample's, for the film of one."""
        notes = self.follow(home)
        if notes.timing is not None and self._rate.is_missing:
            self._rate.set_value(notes.timing.fps)
        self._trial.take_kept(notes.trial or (None if sample is None else sample.trial))
        if sample is not None and notes.arena is None:
            self._arena.take_file(sample.arena)
        elif home is not None:
            self._arena.take_kept(notes.arena)
        self._session.said_marks = notes.marks or self._session.said_marks

    def take_again(self, project: Project) -> None:
        """Show what an undo or a redo in the film's open project has brought."""
        notes, is_arena_gone = self._keeper.look_again(project)
        self._trial.take_kept(notes.trial)
        if notes.arena is not None:
            self._arena.take_kept(notes.arena)
        elif is_arena_gone:
            self._arena.take_away()

    def take_events(self, project: Project, home: FilmProject | None) -> bool:
        """Show the events that another panel's edit has changed; return whether it has changed more of the film."""
        if home is None or project.path != home.path.resolve() or not project.newest_number:
            return False
        changed = {change.key.name for change in project.changes(project.history(1)[0])}
        film_id = home.film.film_id
        if EVENTS_SETTING.format(film_id) in changed:
            self._session.said_marks = marks_of(project, film_id)
        return film_id in changed

    # Into the project.

    def keep_arena(self) -> None:
        """Keep the session's arena; a project is made for one that stands in no file of its own."""
        if not self._rate.is_missing:
            with failures_shown():
                self._keeper.keep_arena(self._session.arena, make=not self._arena.is_of_a_file)

    def drop_arena(self) -> None:
        """Keep no arena any more."""
        with failures_shown():
            self._keeper.drop_arena()

    def keep_trial(self) -> None:
        """Keep the trial where there is a project."""
        if not self._rate.is_missing:
            with failures_shown():
                self._keep_trial(make=False)

    def keep_release(self) -> None:
        """Keep what is said of the events where there is a project."""
        if not self._rate.is_missing:
            with failures_shown():
                self._keeper.keep_marks(self._session.said_marks, make=False)

    def keep_all(self) -> None:
        """Keep what was chosen before there was a project."""
        with failures_shown():
            self._keeper.keep_arena(self._session.arena, make=True)
            self._keep_trial(make=True)
            self._keeper.keep_marks(self._session.said_marks, make=True)

    def _keep_trial(self, *, make: bool) -> None:
        choice = self._trial.value()
        self._keeper.keep_trial(choice.kind, choice.limit_s, choice.platform, self._session.arena, make=make)
