"""What is true now and everything that was ever done: entities, revisions, undo and redo over one connection.

Each transaction appends one revision with its net changes and is on the disk before it returns. Undo appends the
inverse of the newest revision that is in effect, redo appends it again, a new edit clears the redo list; since the
lists follow from the revisions, they survive crashes and reopening.

Edits that only note films, or where they lie now, are no doing of a person's: they clear no redo list, and undo can
pass over them.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project.payload import plain_text
from napari_mazetrack.project.records import Kind
from napari_mazetrack.project.sql import run


class EntityKey(NamedTuple):
    """Names an entity: its kind, the name of what it is or belongs to, and its number there (0 where it is alone)."""

    kind: str
    name: str
    number: int = 0


@dataclass(frozen=True)
class Change:
    """One entity's payload (JSON text) before and after; None: it was not there."""

    key: EntityKey
    before: str | None
    after: str | None

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return Change(self.key, before=self.after, after=self.before)


class Action(StrEnum):
    """What a revision is: a new edit, or one that was taken back or done again."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True)
class Revision:
    """One entry of the history.

    Attributes
    ----------
    number : int
        Its place in the history, from 1 up.
    uid : str
        Unique in the world, so that copies of a project know what they have in common.
    author, time_utc, summary : str
        Who, when (ISO 8601), what in a few words.
    action : Action
        Edit, undo or redo.
    target : int or None
        The edit that was undone or redone.
    merged_uid : str or None
        Of a merge: the newest revision of the other project.
    """

    number: int
    uid: str
    author: str
    time_utc: str
    action: Action
    summary: str
    target: int | None = None
    merged_uid: str | None = None


@dataclass(frozen=True)
class Draft:
    """What a revision is to say of itself."""

    author: str
    summary: str
    action: Action = Action.EDIT
    target: int | None = None
    merged_uid: str | None = None


@dataclass
class UndoLists:
    """Edits that are in effect and those that were undone, oldest first, as the history tells them."""

    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    #: Edits that only note films.
    film_notes: set[int] = field(default_factory=set)

    def follow(self, number: int, action: Action, *, notes_films: bool = False) -> None:
        """Take in the next revision; `number` is that of the edit, for an undo or a redo its target."""
        if action is Action.EDIT:
            self.done.append(number)
            if notes_films:
                self.film_notes.add(number)
            else:
                self.undone.clear()
            return
        source, target = (self.done, self.undone) if action is Action.UNDO else (self.undone, self.done)
        may_be_next = source[-1:] if action is Action.REDO else (self.newest(), self.newest(keep_films=True))
        if number not in may_be_next:
            raise MazetrackError(f"The history of the project is damaged (revision {number}). Open a backup of it.")
        source.remove(number)
        target.append(number)

    def newest(self, *, keep_films: bool = False) -> int | None:
        """Return the newest edit that is in effect, with `keep_films` the newest that does not only note films."""
        return next((number for number in reversed(self.done) if not (keep_films and number in self.film_notes)), None)


class Ledger:
    """Entities and their history over one connection; used by the thread that made it.

    Parameters
    ----------
    connection : sqlite3.Connection
        An open project file, in autocommit mode.
    guard : callable
        Called at the start of each transaction; raises where this program may not write.
    """

    def __init__(self, connection: sqlite3.Connection, guard: Callable[[], None]) -> None:
        self._connection = connection
        self._guard = guard
        self._open: dict[EntityKey, Change] | None = None
        self._lists: UndoLists | None = None

    # --- what is true now

    def get(self, key: EntityKey) -> str | None:
        """Return an entity's payload; None where there is none."""
        rows = self._rows("SELECT payload FROM entity WHERE kind = ? AND name = ? AND number = ?", key)
        return str(rows[0][0]) if rows else None

    def entities(self, kind: str | None = None, name: str | None = None) -> list[tuple[EntityKey, str]]:
        """Return keys and payloads in the order of kind, name and number: all, of a kind, or of a name in it."""
        where, values = _condition(kind, name)
        rows = self._rows(
            f"SELECT kind, name, number, payload FROM entity{where} ORDER BY kind, name, number",  # noqa: S608
            values,
        )
        return [(EntityKey(*row[:3]), row[3]) for row in rows]

    def numbers(self, kind: str, name: str) -> list[int]:
        """Return the numbers that a name of a kind has, in order."""
        sql = "SELECT number FROM entity WHERE kind = ? AND name = ? ORDER BY number"
        return [row[0] for row in self._rows(sql, (kind, name))]

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, each once, in order."""
        return [row[0] for row in self._rows("SELECT DISTINCT name FROM entity WHERE kind = ? ORDER BY name", (kind,))]

    def count(self, kind: str, name: str | None = None) -> int:
        """Return how many entities of a kind (and name) there are."""
        where, values = _condition(kind, name)
        return int(self._rows(f"SELECT count(*) FROM entity{where}", values)[0][0])  # noqa: S608

    # --- changing it

    @contextmanager
    def transaction(self, draft: Draft) -> Iterator[None]:
        """Make everything that is set inside one revision, on the disk when the block ends; nothing on an exception.

        A block inside another one belongs to the outer one. A block without a net change leaves no revision.
        """
        if self._open is not None:
            yield
            return
        self._rows("BEGIN IMMEDIATE")
        try:
            self._guard()
            self._open = {}
            yield
            changes = [change for change in self._open.values() if change.before != change.after]
            # An undo, a redo and a merge count even where nothing differs: the history must tell of them.
            if changes or draft.action is not Action.EDIT or draft.merged_uid is not None:
                self._commit(draft, changes)
        finally:
            self._open = None
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def set(self, key: EntityKey, payload: str | None) -> None:
        """Give an entity a payload, or take it away (None); only inside a `transaction`."""
        if self._open is None:
            raise RuntimeError("an entity can only be set inside a transaction")
        before = self.get(key)
        if before == payload:
            return
        if payload is None:
            self._rows("DELETE FROM entity WHERE kind = ? AND name = ? AND number = ?", key)
        else:
            self._rows(
                "INSERT INTO entity (kind, name, number, payload) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (kind, name, number) DO UPDATE SET payload = excluded.payload",
                (*key, payload),
            )
        first = self._open.get(key, Change(key, before, payload))
        self._open[key] = replace(first, after=payload)

    def undo(self, author: str, *, keep_films: bool = False) -> tuple[Change, ...]:
        """Take back the newest edit that is in effect; return what changed (nothing where there is none).

        With `keep_films` edits that only note films are passed over.
        """
        newest = self.lists().newest(keep_films=keep_films)
        return () if newest is None else self._repeat(newest, Action.UNDO, author)

    def redo(self, author: str) -> tuple[Change, ...]:
        """Do the edit again that was undone last; return what changed (nothing where there is none)."""
        undone = self.lists().undone
        return self._repeat(undone[-1], Action.REDO, author) if undone else ()

    def _repeat(self, target: int, action: Action, author: str) -> tuple[Change, ...]:
        if self._open is not None:
            raise RuntimeError("undo and redo cannot stand inside a transaction")
        changes = self.changes(target)
        if action is Action.UNDO:
            changes = tuple(change.inverse() for change in changes)
        # What is noted of a film may have been noted anew since then: the newer note is right.
        changes = tuple(c for c in changes if c.key.kind != Kind.FILM or self.get(c.key) == c.before)
        with self.transaction(Draft(author, self.revision(target).summary, action, target)):
            for change in changes:
                if self.get(change.key) != change.before:
                    raise MazetrackError(
                        f"The history of the project does not fit its content (revision {target}). "
                        "Run `mazetrack project check` on it, and open a backup."
                    )
                self.set(change.key, change.after)
        return changes

    def _commit(self, draft: Draft, changes: list[Change]) -> None:
        lists, self._lists = self._lists, None
        (number,) = self._rows(
            "INSERT INTO revision (uid, author, time_utc, action, summary, target, merged_uid) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                uuid.uuid4().hex,
                plain_text(draft.author),
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                str(draft.action),
                plain_text(draft.summary),
                draft.target,
                draft.merged_uid,
            ),
        )[0]
        for change in changes:
            self._rows(
                "INSERT INTO change (revision, kind, name, number, before, after) VALUES (?, ?, ?, ?, ?, ?)",
                (number, *change.key, change.before, change.after),
            )
        self._rows("COMMIT")
        if lists is not None:
            notes_films = draft.merged_uid is None and bool(changes) and all(map(_notes_film, changes))
            lists.follow(draft.target or number, draft.action, notes_films=notes_films)
            self._lists = lists

    # --- the history

    def lists(self) -> UndoLists:
        """Return what can be undone and redone; read once from the file, then kept up to date."""
        if self._lists is None:
            lists = UndoLists()
            for number, action, target, notes_films in self._rows(_ALL_ACTIONS):
                lists.follow(target or number, Action(action), notes_films=bool(notes_films))
            self._lists = lists
        return self._lists

    def revisions(self, newest: int | None = None) -> tuple[Revision, ...]:
        """Return the revisions, newest first: all, or only the `newest` ones."""
        sql = f"SELECT {_REVISION_COLUMNS} FROM revision ORDER BY id DESC LIMIT ?"  # noqa: S608
        return tuple(_revision(row) for row in self._rows(sql, (-1 if newest is None else newest,)))

    def revision(self, number: int) -> Revision:
        """Return one revision."""
        return _revision(self._rows(f"SELECT {_REVISION_COLUMNS} FROM revision WHERE id = ?", (number,))[0])  # noqa: S608

    def changes(self, number: int) -> tuple[Change, ...]:
        """Return what a revision changed."""
        return tuple(self._changes("revision = ?", number))

    def newest_number(self) -> int:
        """Return the number of the newest revision; 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(id), 0) FROM revision")[0][0])

    def changes_after(self, number: int) -> list[Change]:
        """Return what all revisions behind `number` changed, oldest first."""
        return self._changes("revision > ?", number)

    def _changes(self, condition: str, number: int) -> list[Change]:
        sql = f"SELECT kind, name, number, before, after FROM change WHERE {condition} ORDER BY revision"  # noqa: S608
        return [Change(EntityKey(*row[:3]), row[3], row[4]) for row in self._rows(sql, (number,))]

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        return run(self._connection, statement, values)


_REVISION_COLUMNS = "id, uid, author, time_utc, action, summary, target, merged_uid"
#: Each revision, and whether it only notes films, as `_notes_film` says it.
_ALL_ACTIONS = f"""
    SELECT id, action, target, merged_uid IS NULL AND notes_films FROM revision LEFT JOIN (
        SELECT revision, min(kind = '{Kind.FILM}' AND after IS NOT NULL) AS notes_films FROM change GROUP BY revision
    ) ON revision = id ORDER BY id
"""  # noqa: S608


def _notes_film(change: Change) -> bool:
    """Whether a change adds a film or notes something of it; to take one away is an edit like others."""
    return change.key.kind == Kind.FILM and change.after is not None


def _condition(kind: str | None, name: str | None) -> tuple[str, tuple[str, ...]]:
    if kind is None:
        return "", ()
    return (" WHERE kind = ?", (kind,)) if name is None else (" WHERE kind = ? AND name = ?", (kind, name))


def _revision(row: tuple[int, str, str, str, str, str, int | None, str | None]) -> Revision:
    number, uid, author, time_utc, action, summary, target, merged_uid = row
    return Revision(number, uid, author, time_utc, Action(action), summary, target, merged_uid)
