"""Dated copies of a project beside it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from napari_mazetrack.files import atomic_path


def write_backup(connection: sqlite3.Connection, path: Path) -> Path:
    """Write ``<stem>.backup-<date>-<time>.mazetrack`` beside the project at `path` and return its path.

    The copy is whole or not there at all, and nobody holds its lease.

    Raises
    ------
    MazetrackError
        The folder cannot be written to.
    """
    stamp = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
    names = (f"{path.stem}.backup-{stamp}{'' if n == 1 else f'-{n}'}{path.suffix}" for n in count(1))
    target = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    with atomic_path(target) as temporary:
        copy = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.backup(copy)
            copy.execute("DELETE FROM lease")
        finally:
            copy.close()
    return target
