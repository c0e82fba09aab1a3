"""TensorRT's own module: loaded where it is needed, its errors kept and told."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Literal

from napari_mazetrack.errors import MazetrackError


def load_tensorrt() -> Any:  # noqa: ANN401 - TensorRT has no types
    """Import TensorRT.

    Raises
    ------
    MazetrackError
        Its libraries are missing or do not fit the driver.
    """
    try:
        return importlib.import_module("tensorrt")
    except (ImportError, OSError) as error:
        raise MazetrackError(
            f"TensorRT does not load here ({error}). Its libraries are missing or do not fit the driver: "
            "`pip install --upgrade tensorrt`. Use --backend auto for the CPU."
        ) from error


def make_log(tensorrt: Any) -> Any:  # noqa: ANN401 - TensorRT has no types
    """Return a logger for TensorRT that keeps errors in `errors` and prints nothing."""

    class Log(tensorrt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            tensorrt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, msg: str) -> None:  # noqa: ANN401
            if severity in (tensorrt.ILogger.Severity.INTERNAL_ERROR, tensorrt.ILogger.Severity.ERROR):
                self.errors.append(msg)

    return Log()


def make(tensorrt: Any, kind: Literal["Builder", "Runtime"], log: Any) -> Any:  # noqa: ANN401 - TensorRT has no types
    """Return TensorRT's builder or runtime.

    Raises
    ------
    MazetrackError
        The library behind the module gives none: the bindings are there without it, or it does not fit the driver.
    """
    try:
        return getattr(tensorrt, kind)(log)
    except TypeError as error:  # the bindings' way to say that the library gave none
        raise MazetrackError(
            f"TensorRT {tensorrt.__version__} does not start here ({first_line(log.errors or [str(error)])}). Its "
            "libraries are missing, or want another driver: update the driver of the card, or "
            "`pip install --force-reinstall tensorrt`. Use --backend auto for the CPU."
        ) from error


def is_out_of_memory(errors: Sequence[str]) -> bool:
    """Whether TensorRT's errors say that the card's memory is full."""
    return any(words in error.lower() for error in errors for words in ("out of memory", "outofmemory"))


def tell_full_memory(batch_size: int, reason: str) -> MazetrackError:
    """Return the failure of a card whose memory is full, with the number to try next."""
    smaller = f"Try --batch-size {batch_size // 2}" if batch_size > 1 else "Use --backend auto for the CPU"
    return MazetrackError(
        f"The card's memory is full with batches of {batch_size} ({reason}). "
        f"{smaller}, or close what else uses the card."
    )


def first_line(errors: Sequence[str]) -> str:
    """Return the first line of the first error, for a sentence."""
    text = errors[0].strip() if errors else ""
    return text.splitlines()[0] if text else "it gives no reason"
