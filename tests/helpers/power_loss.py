"""What a disk may hold when the power goes: everything that was synced, and any part of what was not.

A program runs with `power_shim.c`, which notes what it does to files. From the notes, `crashes` makes the disks that a
power loss at each sync could leave. The model is harsher than real file systems:

- bytes written since a file's last sync may be there or not, each sector of 512 bytes by itself;
- a new, renamed or deleted name is certain only once its folder was synced; before that the names' changes may have
  come to the disk up to any of them, in their order.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SHIM = Path(__file__).with_name("power_shim.c")
SECTOR = 512
_HEAD = struct.Struct("<cHqi")


@dataclass(frozen=True)
class Note:
    """One thing that the program did: c(reate), w(rite), t(runcate), s(ync), u(nlink), r(ename) or p(rint)."""

    what: str
    name: str
    number: int
    data: bytes


@dataclass
class _File:
    """A file's content on the disk, and what was done to it since the last sync."""

    content: bytes = b""
    waiting: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Crash:
    """A disk after a power loss: its files by path, and what the program had printed."""

    files: dict[str, bytes]
    printed: str
    when: str


def build_shim(folder: Path) -> Path:
    """Compile the shim; skip the test where there is no compiler, or no Linux."""
    compiler = shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no gcc on Linux to compile the shim that watches files")
    library = folder / "power_shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM)], check=True)
    return library


def record(command: list[str], library: Path, root: Path) -> list[Note]:
    """Run a program and return what it did to the files below `root`."""
    notes = root.parent / "notes.bin"
    environment = {**os.environ, "LD_PRELOAD": str(library), "POWER_ROOT": f"{root}", "POWER_NOTES": str(notes)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return list(_parse(notes.read_bytes()))


def _parse(raw: bytes) -> Iterator[Note]:
    at = 0
    while at < len(raw):
        what, n_name, number, length = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        name, data = raw[at : at + n_name], raw[at + n_name : at + n_name + length]
        at += n_name + length
        yield Note(what.decode(), name.decode(), number, data)


def crashes(notes: list[Note], rng: random.Random, n_random: int = 2) -> Iterator[Crash]:
    """Yield what a power loss just before each sync, unlink, rename and print may leave, and at the very end."""
    disk = _Disk()
    for number, note in enumerate(notes):
        if note.what in "surp":
            yield from disk.crashes(rng, n_random, f"before note {number}: {note.what} {note.name}")
        disk.do(note)
    yield from disk.crashes(rng, n_random, "at the end")


class _Disk:
    def __init__(self) -> None:
        self._files: dict[str, _File] = {}  # by their names now
        self._names: dict[str, _File] = {}  # by the names that are certainly on the disk
        self._waiting: list[tuple[str, str, _File | None]] = []  # folder, name, what it names from then on
        self._printed = b""

    def do(self, note: Note) -> None:
        match note.what:
            case "p":
                self._printed += note.data
            case "c":
                self._set(note.name, _File())
            case "u":
                del self._files[note.name]
                self._waiting.append((_folder(note.name), note.name, None))
            case "r":
                file = self._files.pop(note.name)
                self._set(note.data.decode(), file)
                self._waiting.append((_folder(note.name), note.name, None))
            case "w" | "t":
                self._files[note.name].waiting.append(note)
            case "s" if note.name in self._files:
                file = self._files[note.name]
                file.content = _apply(file.content, file.waiting)
                file.waiting = []
            case "s":
                self._names = self._names_after([change for change in self._waiting if change[0] == note.name])
                self._waiting = [change for change in self._waiting if change[0] != note.name]

    def crashes(self, rng: random.Random, n_random: int, when: str) -> Iterator[Crash]:
        none, everything = 0, len(self._waiting)
        for n_names in {none, everything}:
            for keeps in (lambda: False, lambda: True):
                yield self._crash(n_names, keeps, when)
        for _ in range(n_random):
            yield self._crash(rng.randint(none, everything), lambda: rng.random() < 0.5, when)

    def _crash(self, n_names: int, keeps, when: str) -> Crash:
        names = self._names_after(self._waiting[:n_names])
        files = {name: _apply(file.content, _torn(file.waiting, keeps)) for name, file in names.items()}
        return Crash(files, self._printed.decode(), when)

    def _set(self, name: str, file: _File) -> None:
        self._files[name] = file
        self._waiting.append((_folder(name), name, file))

    def _names_after(self, changes: list[tuple[str, str, _File | None]]) -> dict[str, _File]:
        names = dict(self._names)
        for _, name, file in changes:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file
        return names


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _torn(waiting: list[Note], keeps) -> list[Note]:
    """Return the parts of writes, sector by sector, and the truncations that came to the disk."""
    parts = []
    for note in waiting:
        if note.what == "t":
            parts += [note] * keeps()
            continue
        start, end = note.number, note.number + len(note.data)
        while start < end:
            stop = min(end, (start // SECTOR + 1) * SECTOR)
            if keeps():
                parts.append(Note("w", note.name, start, note.data[start - note.number : stop - note.number]))
            start = stop
    return parts


def _apply(content: bytes, changes: list[Note]) -> bytes:
    new = bytearray(content)
    for note in changes:
        if note.what == "t":
            del new[note.number :]
            new.extend(bytes(note.number - len(new)))
        else:
            new.extend(bytes(max(0, note.number - len(new))))
            new[note.number : note.number + len(note.data)] = note.data
    return bytes(new)
