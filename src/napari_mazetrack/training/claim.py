"""One training at a time writes into a folder: the one that was started last. Any other ends before it writes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.progress import Job

Result = TypeVar("Result")

#: Says whose turn it is. One that a crash leaves behind is in nobody's way.
CLAIM = ".training"


class Claim:
    """A training's claim to a folder, from `claim_folder`."""

    def __init__(self, path: Path) -> None:
        self._path, self._mark = path, uuid4().hex
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_text(self._mark)

    def holds(self) -> bool:
        """Tell whether no other training was started since."""
        return self._path.is_file() and self._path.read_text() == self._mark

    def keep(self, job: Job[Result]) -> Job[Result]:
        """Do a job as long as the claim holds.

        Raises
        ------
        MazetrackError
            Another training was started into the folder.
        """
        try:
            while self.holds():
                try:
                    report = next(job)
                except StopIteration as stop:
                    result: Result = stop.value
                    return result
                yield report
        finally:
            job.close()
        raise MazetrackError(
            f"Another training was started into {self._path.parent}, or the folder was emptied: this one has ended "
            "without writing more. Train again with another --out."
        )

    def release(self) -> None:
        """Leave the folder to others."""
        if self.holds():
            self._path.unlink()


@contextmanager
def claim_folder(folder: Path) -> Iterator[Claim]:
    """Claim a folder for a training; whoever had claimed it before loses it."""
    claim = Claim(folder / CLAIM)
    try:
        yield claim
    finally:
        claim.release()
