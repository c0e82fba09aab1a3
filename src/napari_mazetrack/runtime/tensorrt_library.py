"""TensorRT's own module: loaded where it is needed, its errors kept."""

from __future__ import annotations

import importlib
from typing import Any

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
