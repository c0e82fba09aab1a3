"""The NVIDIA card, through pycuda: its context for whichever thread works with it, and its failures in words.

The primary context is used, because TensorRT uses it too. Nothing is left current on a thread between two calls, so
that the same card serves several threads, and a generator that is closed from another thread than the one that ran it.
The process keeps the context once it has it: pycuda gives one back in the thread that took it alone, and leaves it on
that thread's stack when it does.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from napari_mazetrack.errors import MazetrackError

FIRST_CARD = 0
DRIVER_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
#: What `cuInit` returns, as ``CUresult`` in NVIDIA's `cuda.h` counts.
NO_CARD, DRIVER_TOO_OLD, DRIVER_MISMATCH, STUB_LIBRARY = 100, 35, 803, 34
ON_CPU = "Use --backend auto for the CPU."


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
            There is no driver, it is too old, there is no card, or its memory is full; the message says which.
        """
        _refuse_unfit_driver()
        self.driver = _load_driver()
        try:
            self.driver.init()
            card = self.driver.Device(FIRST_CARD)
            capability = ".".join(map(str, card.compute_capability()))
            self.identity = GpuIdentity(card.name(), capability, self.driver.get_driver_version())
            self._context = _retain_context(self.driver)
        except self.driver.MemoryError as error:
            raise MazetrackError(
                f"The card's memory is full before anything is computed ({error}). Close what else uses the card: "
                f"`nvidia-smi` lists it. {ON_CPU}"
            ) from error
        except self.driver.Error as error:
            raise MazetrackError(
                f"The NVIDIA card cannot be used ({error}). `nvidia-smi` in a shell tells whether card and driver are "
                f"well. {ON_CPU}"
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


def _open_driver_library() -> ctypes.CDLL:
    return ctypes.CDLL(DRIVER_LIBRARY)


def _refuse_unfit_driver() -> None:
    """Ask the driver itself, which needs no CUDA toolkit, and tell its answers apart."""
    try:
        driver = _open_driver_library()
    except OSError as error:
        raise MazetrackError(
            f"There is no NVIDIA driver on this computer ({DRIVER_LIBRARY} does not load: {error}). Install the "
            f"driver of the card and start the computer anew. {ON_CPU}"
        ) from error
    result = int(driver.cuInit(0))
    if result == 0:
        return
    told = {
        NO_CARD: "The NVIDIA driver finds no card that CUDA can use. Is one there, and given to this container?",
        DRIVER_TOO_OLD: "The NVIDIA driver is too old for CUDA. Update the driver of the card.",
        DRIVER_MISMATCH: "Parts of the NVIDIA driver are of different versions. Start the computer anew, or install "
        "the driver again.",
        STUB_LIBRARY: f"{DRIVER_LIBRARY} is the CUDA toolkit's stand-in for a driver. Install the driver of the card, "
        "and take the folder `stubs` out of LD_LIBRARY_PATH.",
    }
    otherwise = "The NVIDIA driver does not start. `nvidia-smi` in a shell tells more."
    raise MazetrackError(f"{told.get(result, otherwise)} (cuInit gave {result}.) {ON_CPU}")


def _load_driver() -> Any:  # noqa: ANN401 - pycuda has no types
    try:
        return importlib.import_module("pycuda.driver")
    except (ImportError, OSError) as error:
        raise MazetrackError(
            f"pycuda does not load here ({error}). It needs the CUDA toolkit that it was built with: "
            f"`pip install --force-reinstall --no-binary pycuda pycuda`. {ON_CPU}"
        ) from error
