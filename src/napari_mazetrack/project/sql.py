"""One statement on a project file, with what can go wrong on a disk told in a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from napari_mazetrack.errors import MazetrackError


def run(connection: sqlite3.Connection, statement: str, values: Sequence[object] = ()) -> list[Any]:
    """Run one statement to its end, so that no lock outlives it, and return its rows.

    Raises
    ------
    MazetrackError
        The disk is full or gone, the file is damaged, or another program holds it for too long.
    """
    try:
        return connection.execute(statement, tuple(values)).fetchall()
    except sqlite3.ProgrammingError:  # wrong thread, closed project: a mistake of the program
        raise
    except sqlite3.DatabaseError as error:
        raise MazetrackError(
            f"The project file could not be read or written ({error}); the change that was being made is not in it. "
            "Free some space on the disk, close other programs that use the project, and try again."
        ) from error
