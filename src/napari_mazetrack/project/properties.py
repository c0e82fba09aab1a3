"""What is settled when a project is made: its skeleton, when it was made, and by which version."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import Skeleton


def properties(skeleton: Skeleton) -> list[tuple[str, str]]:
    """Return the rows of the table ``property`` for a new project."""
    return [
        ("created_utc", datetime.now(UTC).isoformat(timespec="seconds")),
        ("created_by", f"napari-mazetrack {__version__}"),
        ("skeleton", json.dumps(asdict(skeleton))),
    ]


def read_skeleton(connection: sqlite3.Connection) -> Skeleton:
    """Return the project's skeleton; `MazetrackError` where a stranger's file does not hold a proper one."""
    row = connection.execute("SELECT value FROM property WHERE key = 'skeleton'").fetchone()
    try:
        value = json.loads(row[0])
        return Skeleton(
            keypoints=tuple(str(name) for name in value["keypoints"]),
            edges=tuple((int(a), int(b)) for a, b in value["edges"]),
            front=int(value["front"]),
            centre=int(value["centre"]),
            back=int(value["back"]),
        )
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise MazetrackError("The project does not say which keypoints it has. Open a backup of it.") from error
