"""The project: one file that holds what people said about their films, and all that was ever changed in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING, atomic_path
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.project import checking, lease, opening, schema
from napari_mazetrack.project.backups import write_backup
from napari_mazetrack.project.films import film_record, identify
from napari_mazetrack.project.ledger import Change, Draft, Ledger, Revision
from napari_mazetrack.project.merging import MergePlan, Preference, missing_films, plan_merge
from napari_mazetrack.project.path_hints import candidates, hints_for, joined_hints
from napari_mazetrack.project.properties import properties, read_skeleton
from napari_mazetrack.project.records import FilmRecord, Kind, split_second_name
from napari_mazetrack.project.stores import (
    ArenaStore,
    CorrectionStore,
    FilmStore,
    LabelStore,
    ModelStore,
    RunStore,
    SettingStore,
    TrialStore,
    require_film,
)
from napari_mazetrack.skeleton import MOUSE, Skeleton

if TYPE_CHECKING:
    from napari_mazetrack.video import Film


class Project:
    """An open project file (``*.mazetrack``); a context manager.

    Every change is one revision that is on the disk when the call returns. The thread that opened the project is the
    only one that may use it (sqlite3 raises `ProgrammingError` in others), and a child process of a fork may not
    write: long work hands back files and values, and the owner puts them in.

    Attributes
    ----------
    path : Path
        The file.
    author : str
        Who is written into revisions; may be set.
    skeleton : Skeleton
        Whose keypoints the labels have; settled when the project was made.
    films, labels, corrections, arenas, trials, models, runs, settings
        Typed access (``stores``).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, held: lease.Lease | None, reason: str) -> None:
        self.path = path
        self.author = lease.person()
        self._connection = connection
        self._lease = held
        self._read_only_reason = reason
        self._pid = os.getpid()
        self._ledger = Ledger(connection, self._renew_in_transaction)
        self.skeleton = read_skeleton(connection)
        self.films = FilmStore(self._ledger, self.edit)
        self.labels = LabelStore(self._ledger, self.edit, self.skeleton)
        self.corrections = CorrectionStore(self._ledger, self.edit)
        self.arenas = ArenaStore(self._ledger, self.edit)
        self.trials = TrialStore(self._ledger, self.edit)
        self.models = ModelStore(self._ledger, self.edit)
        self.runs = RunStore(self._ledger, self.edit)
        self.settings = SettingStore(self._ledger, self.edit)

    # --- making, opening, closing

    @classmethod
    def create(cls, path: Path | str, *, skeleton: Skeleton = MOUSE) -> Self:
        """Make an empty project and open it for writing.

        Raises
        ------
        MazetrackError
            The file exists, does not end in ``.mazetrack``, or cannot be written.
        """
        path = Path(path)
        if path.suffix != PROJECT_ENDING:
            raise MazetrackError(f"A project's name ends in {PROJECT_ENDING}; call it {path.name}{PROJECT_ENDING}.")
        if path.exists():
            raise MazetrackError(f"{path} exists already. Open it, or choose another name.")
        with atomic_path(path) as temporary:
            connection = opening.connect(temporary, writable=True)
            try:
                schema.migrate(connection, schema.MIGRATIONS)
                connection.executemany("INSERT INTO property (key, value) VALUES (?, ?)", properties(skeleton))
            finally:
                connection.close()
        return cls.open(path, read_only=False)

    @classmethod
    def open(cls, path: Path | str, read_only: bool | None = None) -> Self:
        """Open a project.

        Parameters
        ----------
        path : Path
            The file.
        read_only : bool or None
            True: only read. False: write, or fail. None: write where that is possible, else read
            (`read_only_reason` says why).

        Raises
        ------
        MazetrackError
            In one sentence: no project, a damaged or newer one; with ``read_only=False`` also one that cannot be
            written now.
        """
        path = Path(path)
        opening.check_file(path)
        path = path.resolve()
        opening.roll_back_journal(path)
        version = opening.check_content(path, schema.MIGRATIONS)
        reason = "It was opened for reading only."
        if not read_only:
            held, connection, reason = _open_for_writing(path)
            if held is not None and connection is not None:
                return cls._start(path, connection, held, "", version)
            if read_only is False:
                raise MazetrackError(f"The project {path} cannot be changed now. {reason}")
        if version < len(schema.MIGRATIONS):
            raise MazetrackError(
                f"The project {path} was made by an older napari-mazetrack: open it for writing once. {reason}"
            )
        return cls._start(path, opening.connect(path, writable=False), None, reason, version)

    @classmethod
    def _start(
        cls, path: Path, connection: sqlite3.Connection, held: lease.Lease | None, reason: str, version: int
    ) -> Self:
        try:
            if version < len(schema.MIGRATIONS):
                write_backup(connection, path)
                schema.migrate(connection, schema.MIGRATIONS)
            return cls(path, connection, held, reason)
        except BaseException:  # whatever ends the opening, nobody else may be kept waiting for the right to write
            if held is not None:
                lease.release(connection, held)
            connection.close()
            raise

    def close(self) -> None:
        """Give the right to write back and close the file; harmless when repeated."""
        if self._lease is not None and self._pid == os.getpid():
            # A lease that cannot be given back now (disk gone, file locked) is stale as soon as the process ends.
            with suppress(sqlite3.OperationalError, sqlite3.ProgrammingError):
                lease.release(self._connection, self._lease)
        self._lease = None
        self._read_only_reason = "It was closed."
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the right to write

    @property
    def read_only(self) -> bool:
        """True where nothing can be changed here."""
        return bool(self._read_only_reason)

    @property
    def read_only_reason(self) -> str:
        """Why nothing can be changed, in a sentence or two; empty where it can."""
        return self._read_only_reason

    def renew_lease(self) -> None:
        """Give a sign of life, so that other computers know that this program still writes.

        To be called every `lease.RENEW_EVERY_S` by a program that waits for its person; each edit does it too.

        Raises
        ------
        MazetrackError
            Another program has taken over: from now on this project is read only here.
        """
        self._require_writable()
        self._renew_in_transaction()

    def _renew_in_transaction(self) -> None:
        if self._lease is None:
            raise MazetrackError(f"The project {self.path} cannot be changed. {self._read_only_reason}")
        try:
            lease.renew(self._connection, self._lease)
        except lease.LeaseLostError as error:
            self._lease = None
            self._read_only_reason = str(error)
            raise

    def _require_writable(self) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError("a child process must not write a project: hand the values back to the parent")
        if self.read_only:
            raise MazetrackError(f"The project {self.path} cannot be changed. {self._read_only_reason}")

    # --- editing and the history

    @contextmanager
    def edit(self, summary: str) -> Iterator[None]:
        """Make all changes inside the block one revision; an exception takes all of them back."""
        self._require_writable()
        with self._ledger.transaction(Draft(self.author, summary)):
            yield

    def undo(self, *, keep_films: bool = False) -> tuple[Change, ...]:
        """Take back the newest edit that is in effect; return what changed (nothing where there is none).

        With `keep_films` edits that only note a film, or where it lies now, are passed over, and nothing is taken back
        where a film would go with it: who undoes one click too many does not mean the film.
        """
        self._require_writable()
        newest = self.next_undo_beside_films
        if keep_films and newest is not None and any(change.key.kind == Kind.FILM for change in self.changes(newest)):
            return ()
        return self._ledger.undo(self.author, keep_films=keep_films)

    def redo(self) -> tuple[Change, ...]:
        """Do the edit again that was undone last; return what changed (nothing where there is none).

        A new edit clears what could be redone, as in any editor, but for one that only notes a film.
        """
        self._require_writable()
        return self._ledger.redo(self.author)

    @property
    def next_undo(self) -> Revision | None:
        """The edit that `undo` would take back."""
        return self._revision(self._ledger.lists().newest())

    @property
    def next_undo_beside_films(self) -> Revision | None:
        """The newest edit in effect that does not only note a film."""
        return self._revision(self._ledger.lists().newest(keep_films=True))

    def _revision(self, number: int | None) -> Revision | None:
        return None if number is None else self._ledger.revision(number)

    @property
    def next_redo(self) -> Revision | None:
        """The edit that `redo` would do again."""
        undone = self._ledger.lists().undone
        return self._ledger.revision(undone[-1]) if undone else None

    def history(self, newest: int | None = None) -> tuple[Revision, ...]:
        """Return the revisions, newest first: all, or only the `newest` ones."""
        return self._ledger.revisions(newest)

    def changes(self, revision: Revision) -> tuple[Change, ...]:
        """Return what a revision changed."""
        return self._ledger.changes(revision.number)

    @property
    def newest_number(self) -> int:
        """Number of the newest revision, whoever made it; 0 where there is none."""
        return self._ledger.newest_number()

    def changes_since(self, number: int) -> list[Change]:
        """Return what all revisions behind `number` changed, oldest first; for who keeps a view of the content."""
        return self._ledger.changes_after(number)

    # --- films and their labels

    def find_film(self, film_id: str) -> Path | None:
        """Return the first existing file that the film's hints lead to; None where there is none.

        Hints can be wrong: compare ``open_film(path).film_id`` before using it.
        """
        film = self.films.get(film_id)
        return None if film is None else next(candidates(film.paths, self.path.parent), None)

    def add_film(self, film: Film) -> FilmRecord:
        """Note an open film (`video.open_film`), or where a known one lies now, and return what is noted."""
        record = film_record(film, hints_for(film.path, self.path.parent), self.films.get(film.film_id))
        with self.edit(f"Add the film {film.path.name}"):
            self.films.put(record)
        return record

    def relink(self, film_id: str, path: Path) -> None:
        """Note that a film lies at `path` now.

        Raises
        ------
        MazetrackError
            The project does not know the film, or the file at `path` is not this film (its content decides).
        """
        require_film(self._ledger, film_id)
        if identify(path) != film_id:
            raise MazetrackError(
                f"{path} is not the film {film_id} of the project: its content differs. Choose the film that the "
                "project was made with."
            )
        with self.edit(f"Find the film again at {path}"):
            film = self.films.get(film_id)
            if film is not None:
                hints = joined_hints(hints_for(path, self.path.parent), film.paths)
                self.films.put(replace(film, paths=hints))

    def second_labels(self, annotator: str) -> LabelStore:
        """Return the labels that a second annotator made without replacing those that count."""
        if not annotator.strip():
            raise MazetrackError("A second pass needs the name of the person who makes it. Write it under Name.")
        return LabelStore(self._ledger, self.edit, self.skeleton, annotator.strip())

    def second_annotators(self) -> tuple[str, ...]:
        """Return who made second labels, sorted."""
        return tuple(sorted({split_second_name(name)[1] for name in self._ledger.names(Kind.SECOND_LABEL)}))

    def labelled_frames(self) -> Iterator[LabelledFrame]:
        """Yield all labels as values to train with; `source` is where the film lies, or where it was seen last.

        A frame of whose animals nothing could be seen is left out: it says neither where they are nor that there are
        none. So is one that lies beyond the end of its film, which only `check` tells of: there is no picture of it.
        """
        for film in self.films:
            found = self.find_film(film.film_id)
            source = found or Path(film.paths[0] if film.paths else film.film_id)
            # Pictures of one folder are mostly neighbours in one film.
            group = film.film_id if film.n_frames > 1 else str(source.parent)
            for label in self.labels.of_film(film.film_id):
                placed = tuple(instance for instance in label.instances if instance.has_points)
                if (placed or not label.instances) and label.frame_index < film.n_frames:
                    yield LabelledFrame(source, label.frame_index, placed, film.film_id, group=group)

    # --- care

    def check(self) -> tuple[str, ...]:
        """Look at everything in the file; return a sentence for each problem, nothing for a sound project."""
        return checking.find_problems(self._connection, self._ledger, self.skeleton)

    def backup(self) -> Path:
        """Write a dated copy beside the project and return its path."""
        return write_backup(self._connection, self.path)

    def preview_merge(self, other: Project) -> MergePlan:
        """Return what `merge` would do; nothing is changed.

        Raises
        ------
        MazetrackError
            It is the same project, has other keypoints, or holds entries that cannot be read.
        """
        if other.path == self.path:
            raise MazetrackError(f"{self.path} cannot be merged with itself. Name another project.")
        if other.skeleton.keypoints != self.skeleton.keypoints:
            raise MazetrackError(
                f"{other.path} has the keypoints {', '.join(other.skeleton.keypoints)}, this project "
                f"{', '.join(self.skeleton.keypoints)}. Only projects with the same keypoints can be merged."
            )
        plan = plan_merge(self._ledger, other._ledger)
        for key, payload in plan.resolved("theirs").items():
            if payload is not None:
                checking.check_entity(key, payload, self.skeleton)
        return plan

    def merge(self, other: Project, *, prefer: Preference | None = None) -> Path | None:
        """Take in what `other` has, as one revision, behind a dated backup.

        Parameters
        ----------
        other : Project
            Another open project; it is only read.
        prefer : {"ours", "theirs"}, frozenset of EntityKey, or None
            Who is right where both sides changed the same thing, everywhere or (`Conflict.unit`) where the other one
            is; needed where there are conflicts.

        Returns
        -------
        Path or None
            The backup; None where there was nothing to take in.

        Raises
        ------
        MazetrackError
            As for `preview_merge`; there are conflicts and nobody is preferred.
        """
        self._require_writable()
        plan = self.preview_merge(other)
        if plan.conflicts and prefer is None:
            raise MazetrackError(
                f"{len(plan.conflicts)} things were changed differently in both projects, the first is "
                f"{plan.conflicts[0].title}. Say whose to keep with --prefer ours or --prefer theirs."
            )
        if not plan.changes and not plan.conflicts:
            return None
        resolved = plan.resolved(prefer)
        ours, theirs = dict(self._ledger.entities()), dict(other._ledger.entities())
        result = {key: value for key, value in {**ours, **resolved}.items() if value is not None}
        resolved.update(missing_films(result, ours, theirs))
        backup = self.backup()
        draft = Draft(self.author, f"Merge {other.path.name}", merged_uid=plan.merged_uid)
        with self._ledger.transaction(draft):
            for key, payload in resolved.items():
                self._ledger.set(key, payload)
        return backup


def _open_for_writing(path: Path) -> tuple[lease.Lease | None, sqlite3.Connection | None, str]:
    """Try to become the writer; return the lease and its connection, or the reason why not."""
    connection = opening.connect(path, writable=True)
    wanted = lease.new_lease(path)
    try:
        other = lease.take(connection, path, wanted)
        reason = "" if other is None else other.describe()
    except sqlite3.OperationalError as error:
        reason = f"The file or its folder cannot be written to ({error}). Copy it to a folder where you may write."
    if reason:
        connection.close()
        return None, None, reason
    return wanted, connection, ""
