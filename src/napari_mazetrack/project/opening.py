"""Opening a project file that may come from a stranger, and telling in one sentence why it cannot be opened.

Before anything is written the file is looked at twice: its first bytes without SQLite, then through a read-only
connection. Only a file with our ``application_id`` and exactly our tables, without triggers, views or indices of its
own, passes. The one thing that is put right on the way is the journal of a program that was killed in the middle of a
write: SQLite rolls it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.project.schema import APPLICATION_ID, Migration, expected_tables, schema_version, tables_of

#: No project is larger; 20,000 labelled frames are 20 MB.
MAX_FILE_BYTES = 4 * 1024**3
#: No text or row in a project is longer, bytes.
MAX_VALUE_BYTES = 16 * 1024**2
#: How long to wait for another program's write, seconds.
BUSY_TIMEOUT_S = 5.0

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_ROLLBACK_JOURNAL = b"\x01\x01"
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
_SETTINGS = (
    "journal_mode = DELETE",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "foreign_keys = ON",
    "synchronous = EXTRA",
    "fullfsync = ON",
)
_RESTORE = "Open a backup of it (the dated files beside it)."


def check_file(path: Path) -> None:
    """Raise a `MazetrackError` where `path` cannot be a project, judged without SQLite by its first bytes."""
    if not path.exists():
        raise MazetrackError(f"There is no project {path}. Check the path, or make one with `mazetrack project new`.")
    if not path.is_file():
        raise MazetrackError(f"{path} is a folder, not a project file. Name the {PROJECT_ENDING} file in it.")
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            header = handle.read(_HEADER_BYTES)
    except OSError as error:
        raise MazetrackError(f"Cannot read {path}: {error.strerror}. Check its permissions.") from error
    if size > MAX_FILE_BYTES:
        raise MazetrackError(
            f"{path} has {size / 1024**3:.1f} GiB, and no project has more than {MAX_FILE_BYTES // 1024**3}. "
            "Check that it is the right file."
        )
    is_ours = header.startswith(_MAGIC) and int.from_bytes(header[68:72], "big") == APPLICATION_ID
    if len(header) < _HEADER_BYTES or not is_ours:
        raise MazetrackError(f"{path} is not a mazetrack project. Choose a file made by `mazetrack project new`.")
    if header[18:20] != _ROLLBACK_JOURNAL:
        raise MazetrackError(f"The project {path} was changed by another program (journal mode). {_RESTORE}")


def roll_back_journal(path: Path) -> None:
    """Let SQLite take back the write that a killed program left unfinished; does nothing where there is none.

    Raises
    ------
    MazetrackError
        The folder cannot be written to, or the journal is not one of ours.
    """
    journal = path.with_name(f"{path.name}-journal")
    try:
        content_end = _last_bytes(journal, 8)
    except FileNotFoundError:
        return
    except OSError as error:
        raise MazetrackError(f"Cannot read {journal}: {error.strerror}. Check its permissions.") from error
    if content_end == _JOURNAL_MAGIC:
        # The journal names a super-journal, a file that SQLite would delete; our writes never make one.
        raise MazetrackError(f"{journal} was not made by napari-mazetrack. Delete it if you do not know it.")
    connection = connect(path, writable=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except sqlite3.DatabaseError as error:
        raise MazetrackError(
            f"The program that wrote {path} last was stopped in the middle, and this could not be put right ({error}). "
            f"Copy the file together with {journal.name} to a folder that you can write to, and open it there."
        ) from error
    finally:
        connection.close()


def check_content(path: Path, migrations: Sequence[Migration]) -> int:
    """Look at a project through a read-only connection and return its schema version.

    Raises
    ------
    MazetrackError
        It is newer than this program, damaged, or its tables are not exactly ours.
    """
    connection = connect(path, writable=False)
    try:
        version = schema_version(connection)
        if version > len(migrations):
            raise MazetrackError(
                f"The project {path} was made by a newer napari-mazetrack (schema {version}, this one knows "
                f"{len(migrations)}). Update napari-mazetrack."
            )
        if version < 1 or tables_of(connection) != expected_tables(migrations[:version]):
            raise MazetrackError(
                f"{path} does not have the tables of a mazetrack project: another program changed it. {_RESTORE}"
            )
        problem = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise MazetrackError(f"The project {path} cannot be read ({error}). {_RESTORE}") from error
    finally:
        connection.close()
    if problem != "ok":
        raise MazetrackError(f"The project {path} is damaged ({problem}). {_RESTORE}")
    return version


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Open a connection in autocommit mode with our settings; the file must exist.

    Rollback journal, deleted after each write; EXTRA also syncs the folder after that, so that a finished write
    survives a power cut.
    """
    uri = f"{_file_uri(path)}?mode={'rw' if writable else 'ro'}"
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    except sqlite3.OperationalError as error:
        raise MazetrackError(f"Cannot open {path} ({error}). Check its permissions and those of its folder.") from error
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    try:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise MazetrackError(f"The project {path} cannot be read ({error}). {_RESTORE}") from error
    return connection


def _file_uri(path: Path) -> str:
    # Not Path.as_uri: SQLite takes no host name, which a Windows share (//host/share) would become.
    text = quote(path.absolute().as_posix())
    return f"file://{text}" if text.startswith("/") else f"file:///{text}"


def _last_bytes(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(0, size - n_bytes))
        return handle.read()
