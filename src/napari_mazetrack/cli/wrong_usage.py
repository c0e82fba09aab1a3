"""What makes an option wrong usage (exit status 2): its limits stand once, in the value that it becomes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from napari_mazetrack.errors import MazetrackError


@contextmanager
def wrong_usage(options: str) -> Iterator[None]:
    """Tell a `MazetrackError` of the block, in which a value is made from `options`, as wrong usage of these."""
    try:
        yield
    except MazetrackError as error:
        raise typer.BadParameter(str(error), param_hint=options) from error


def finite(value: float | None) -> float | None:
    """Refuse what Python takes for a number but lies in no range: nan and inf; an option's callback."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"must be a number, got {value}")
    return value
