"""The NVIDIA card, through pycuda: its context for whichever thread works with it, and its failures in words.

The primary context is used, because TensorRT uses it too. Nothing is left current on a thread between two calls, so
that the same card serves several threads, and a generator that is closed from another thread than the one that ran it.
The process keeps the context once it has it: pycuda gives one back in the thread that took it alone, and leaves it on
that thread's stack when it does.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from napari_mazetrack.errors import MazetrackError

FIRST_CARD = 0


@dataclass(frozen=True)
class GpuIdentity:
    """What an engine is built for.

    Attributes
    ----------
    name : str
        The card's own name.
    compute_capability : str
        Such as ``8.6``.
    driver : int
        Newest CUDA version that the driver serves, such as 12080.
    """

    name: str
    compute_capability: str
    driver: int


class Gpu:
    """The first NVIDIA card, from `open` to `close`; `current` makes its context a thread's own."""

    def __init__(self) -> None:
        self._context: Any = None
        self.driver: Any = None
        self.identity = GpuIdentity("", "", 0)

    def open(self) -> None:
        """Take the card.

        Raises
        ------
        MazetrackError
            There is no driver, it is too old, or there is no card; the message says which.
        """
        self.driver = _load_driver()
        try:
            self.driver.init()
            if self.driver.Device.count() == 0:
                raise MazetrackError("This computer has no NVIDIA card that CUDA can use. Use --backend auto.")
            card = self.driver.Device(FIRST_CARD)
            capability = ".".join(map(str, card.compute_capability()))
            self.identity = GpuIdentity(card.name(), capability, self.driver.get_driver_version())
            self._context = _retain_context(self.driver)
        except self.driver.Error as error:
            raise MazetrackError(
                f"The NVIDIA card cannot be used ({error}). `nvidia-smi` in a shell tells whether card and driver are "
                "there; a driver that is too old has to be updated. Use --backend auto for the CPU."
            ) from error

    @property
    def is_open(self) -> bool:
        """Whether the card is taken."""
        return self._context is not None

    def close(self) -> None:
        """Have done with the card; a second call does nothing."""
        self._context = None

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the card's context the calling thread's for the block."""
        self._context.push()
        try:
            yield
        finally:
            self.driver.Context.pop()


@functools.cache
def _retain_context(driver: Any) -> Any:  # noqa: ANN401 - pycuda has no types
    return driver.Device(FIRST_CARD).retain_primary_context()


def _load_driver() -> Any:  # noqa: ANN401 - pycuda has no types
    try:
        return importlib.import_module("pycuda.driver")
    except (ImportError, OSError) as error:
        raise MazetrackError(
            f"pycuda does not load here ({error}). It needs the NVIDIA driver and the CUDA toolkit it was built with: "
            "`pip install --force-reinstall --no-binary pycuda pycuda`. Use --backend auto for the CPU."
        ) from error
