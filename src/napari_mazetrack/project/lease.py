"""The writer lease: at most one program writes a project, and one that lost the lease can write no more.

The lease is a row of the file itself. It is taken, and looked at by each write, inside a write transaction of SQLite,
so that two programs can never both write. A lease is stale, and may be taken over, when

- its process on this computer has ended (number and start time are compared, so a number that was used again misleads
  nobody), or the row came with a copy of the file (its inode differs), or
- on another computer: it gave no sign of life for `SILENCE_S`. Each write is one, and so is `Project.renew_lease`.
"""

from __future__ import annotations

import getpass
import os
import socket
import sqlite3
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project.payload import plain_text
from napari_mazetrack.project.sql import run

#: A lease of another computer that has been silent for so long is stale, seconds.
SILENCE_S = 600.0
#: How often a program that only waits should give a sign of life, seconds.
RENEW_EVERY_S = 120.0
#: Start times of processes that differ by less are the same one, seconds.
_SAME_START_S = 2.0


@dataclass(frozen=True)
class Lease:
    """Who may write.

    Attributes
    ----------
    token : str
        Random; proves that a lease is one's own.
    host, pid, started : str, int, float
        Computer, process, and the process's start (POSIX time).
    inode : int
        Of the file that the lease was taken for.
    holder : str
        Name of the person.
    heartbeat : float
        Last sign of life (POSIX time).
    """

    token: str
    host: str
    pid: int
    started: float
    inode: int
    holder: str
    heartbeat: float

    def is_stale(self, path: Path) -> bool:
        """Return True where the holder of this lease of the project at `path` certainly writes no more."""
        if self.host != _host():
            return time.time() - self.heartbeat > SILENCE_S
        return self.inode != path.stat().st_ino or not _is_running(self.pid, self.started)

    def describe(self) -> str:
        """Return a sentence on who holds the lease and what to do about it."""
        since = datetime.fromtimestamp(self.heartbeat, UTC).strftime("%Y-%m-%d %H:%M UTC")
        where = "on this computer" if self.host == _host() else f"on the computer {self.host}"
        return (
            f"It is open for writing by {self.holder} {where} (process {self.pid}, last sign of life {since}). "
            "Close it there to write here."
        )


class LeaseLostError(MazetrackError):
    """Another program took the lease over: nothing can be written here any more."""


def new_lease(path: Path) -> Lease:
    """Return a lease for this process on the project at `path`; it counts once `take` has written it."""
    return Lease(
        token=uuid.uuid4().hex,
        host=_host(),
        pid=os.getpid(),
        started=_start_of(os.getpid()) or 0.0,
        inode=path.stat().st_ino,
        holder=person(),
        heartbeat=time.time(),
    )


def read(connection: sqlite3.Connection) -> Lease | None:
    """Return the lease in the file; None where nobody writes."""
    rows = run(connection, "SELECT token, host, pid, started, inode, holder, heartbeat FROM lease")
    return Lease(*rows[0]) if rows else None


def take(connection: sqlite3.Connection, path: Path, lease: Lease) -> Lease | None:
    """Write `lease` into the file, unless another one lives: then return that one and change nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        other = read(connection)
        if other is not None and not other.is_stale(path):
            return other
        connection.execute(
            "INSERT OR REPLACE INTO lease (id, token, host, pid, started, inode, holder, heartbeat) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
            (lease.token, lease.host, lease.pid, lease.started, lease.inode, lease.holder, lease.heartbeat),
        )
        connection.execute("COMMIT")
        return None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def renew(connection: sqlite3.Connection, lease: Lease) -> None:
    """Note a sign of life; `LeaseLostError` where the lease is no longer ours."""
    ours = run(connection, "UPDATE lease SET heartbeat = ? WHERE token = ? RETURNING id", (time.time(), lease.token))
    if ours:
        return
    other = read(connection)
    who = "" if other is None else f" {other.describe()}"
    raise LeaseLostError(
        f"The change was not saved: another program has written this project since.{who} Open the project again."
    )


def release(connection: sqlite3.Connection, lease: Lease) -> None:
    """Give the lease back, where it is still ours."""
    connection.execute("DELETE FROM lease WHERE token = ?", (lease.token,))


def person() -> str:
    """Return the name of who is logged in; "unknown" where the system does not say."""
    try:
        return plain_text(getpass.getuser())
    except (OSError, KeyError, ImportError):
        return "unknown"


def _host() -> str:
    return plain_text(socket.gethostname())


def _is_running(pid: int, started: float) -> bool:
    start = _start_of(pid)
    return start is not None and abs(start - started) < _SAME_START_S


def _start_of(pid: int) -> float | None:
    """Return the start time of a process (POSIX time); None where there is no such process."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return None
    except psutil.AccessDenied:
        return float(process.create_time())
