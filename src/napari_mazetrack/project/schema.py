"""The tables of a project file, and how an older file becomes a newer one.

Schema 1:

- ``property``: what was settled when the project was made (its skeleton, when, by which version);
- ``entity``: what is true now, one row for each film, label, correction, …;
- ``revision``, ``change``: everything that was ever done, append-only; ``entity`` is the sum of all changes;
- ``lease``: at most one row, the program that may write.

Schema 2: entities of the kind ``second_label``; the tables are the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

Migration: TypeAlias = Callable[[sqlite3.Connection], None]

#: In the file's header, so that a project is told from any other SQLite file ("mzTk").
APPLICATION_ID = 0x6D7A546B

_SCHEMA_1 = (
    "CREATE TABLE property (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT",
    """CREATE TABLE entity (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (kind, name, number)
) WITHOUT ROWID, STRICT""",
    """CREATE TABLE revision (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    time_utc TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('edit', 'undo', 'redo')),
    summary TEXT NOT NULL,
    target INTEGER REFERENCES revision (id),
    merged_uid TEXT
) STRICT""",
    """CREATE TABLE change (
    revision INTEGER NOT NULL REFERENCES revision (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (revision, kind, name, number)
) WITHOUT ROWID, STRICT""",
    """CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started REAL NOT NULL,
    inode INTEGER NOT NULL,
    holder TEXT NOT NULL,
    heartbeat REAL NOT NULL
) STRICT""",
)


def _create_schema_1(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA_1:
        connection.execute(statement)


def _allow_second_labels(connection: sqlite3.Connection) -> None:
    """Change no table: the new version keeps programs away that do not know the kind ``second_label``."""


#: Entry v - 1 makes schema v out of schema v - 1 (of nothing, for the first); only ever add to the end. Each
#: old version has an example file in ``tests/project/examples``.
MIGRATIONS: tuple[Migration, ...] = (_create_schema_1, _allow_second_labels)


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version that the file says it has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Apply, in one transaction, the migrations that the file has not seen."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in migrations[schema_version(connection) :]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def tables_of(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return everything the file defines: type, name, table and SQL text of each table, index, trigger and view."""
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
    return {tuple(str(value) for value in row) for row in rows}


def expected_tables(migrations: Sequence[Migration]) -> set[tuple[str, ...]]:
    """Return what `tables_of` gives for a sound file that has seen exactly `migrations`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, migrations)
        return tables_of(connection)
    finally:
        connection.close()
