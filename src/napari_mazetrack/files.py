"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_mazetrack.errors import MazetrackError

#: How the name of a project ends.
PROJECT_ENDING = ".mazetrack"


@contextmanager
def atomic_path(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `target`; on a clean exit sync it and rename it to `target`.

    Parameters
    ----------
    target : Path
        Where the finished file is to stand. Its ending is kept for the temporary name.
    overwrite : bool
        Replace an existing file; False refuses it.

    Raises
    ------
    MazetrackError
        `target` exists and may not be overwritten, or its folder cannot be written to.
    """
    refuse_existing(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise MazetrackError(
            f"Cannot write to the folder {target.parent}: {error.strerror}. Choose another one."
        ) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        sync_file(temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise MazetrackError(
            f"Could not write {target}: {error.strerror or error}. Free some space or choose another folder."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def staging_folder(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside `target` to write into; it is gone afterwards, whatever happens.

    Raises
    ------
    MazetrackError
        The folder that `target` is in cannot be written to.
    """
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    except OSError as error:
        raise MazetrackError(
            f"Cannot write to the folder {target.parent}: {error.strerror}. Choose another one."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_folder(staged: Path, target: Path) -> None:
    """Move a finished folder to `target`: one rename where there is none yet, else file by file over those there."""
    try:
        for path in sorted(staged.rglob("*")):
            if path.is_file():
                sync_file(path)
        if not target.exists():
            staged.chmod(0o755)
            staged.replace(target)
            sync_folder(target.absolute().parent)
            return
        for path in sorted(staged.rglob("*")):
            if path.is_file():
                place = target / path.relative_to(staged)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)
    except OSError as error:
        raise MazetrackError(
            f"Could not write to {target}: {error.strerror or error}. Free some space or choose another folder."
        ) from error


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Raise a `MazetrackError` when `target` exists and `overwrite` is False."""
    if target.exists() and not overwrite:
        raise MazetrackError(f"{target} exists already. Use --force to replace it, or choose another --out.")


def sync_file(path: Path) -> None:
    """Ask the system to put the file's content on the disk."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Ask the system to put the folder's entries on the disk (where it can: not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
