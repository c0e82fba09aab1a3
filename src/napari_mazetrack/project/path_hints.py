"""Paths as hints: where a film or a file was seen, in a form that survives moving and other computers.

A hint is POSIX text, relative to the project's folder where the file lies near it, else absolute. What a hint leads
to must be recognised by its content (`film_id`, a hash) before it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath, PureWindowsPath

#: How many hints are kept for one file.
MAX_HINTS = 8
_MAX_STEPS_UP = 2
_WINDOWS = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\)")


def posix_text(path: str | PurePath) -> str:
    """Return a path of any system with forward slashes."""
    if isinstance(path, PurePath):
        return path.as_posix()
    return (PureWindowsPath(path) if _WINDOWS.match(path) else PurePath(path)).as_posix()


def hints_for(path: Path, project_folder: Path) -> tuple[str, ...]:
    """Return the hints for a file at `path`: relative to the project's folder where it is near, and absolute."""
    absolute = path.absolute()
    hints = [posix_text(absolute)]
    if absolute.anchor == project_folder.anchor:
        relative = Path(os.path.relpath(absolute, project_folder))
        if relative.parts.count("..") <= _MAX_STEPS_UP:
            hints.insert(0, relative.as_posix())
    return tuple(hints)


def joined_hints(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    """Return both lists of hints without repetition, those of `first` first."""
    return tuple(dict.fromkeys([*first, *second]))[:MAX_HINTS]


def candidates(hints: Iterable[str], project_folder: Path) -> Iterator[Path]:
    """Yield the existing files that hints lead to: as they say, then by name beside the project."""
    hints = tuple(hints)
    for hint in hints:
        # A share on another host is not touched: on Windows the mere look would send it the person's credentials.
        is_foreign_share = hint.startswith("//") and not posix_text(project_folder).startswith(_share(hint))
        if not is_foreign_share and _is_file(project_folder / hint):
            yield project_folder / hint
    for name in dict.fromkeys(hint.rsplit("/", 1)[-1] for hint in hints):
        if name and _is_file(project_folder / name):
            yield project_folder / name


def _share(hint: str) -> str:
    return "/".join(hint.split("/")[:4]) + "/"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, a NUL in it, no right to look
        return False
