"""Limits of a setting, kept in the metadata of its dataclass field."""

from __future__ import annotations

from dataclasses import Field
from typing import Any


def between(low: float, high: float) -> dict[str, float]:
    """Return the metadata of a field whose values lie from `low` to `high`, both included."""
    return {"low": low, "high": high}


def limits_of(setting: Field[Any]) -> tuple[float, float]:
    """Return the limits of a field that was made with `between`."""
    return setting.metadata["low"], setting.metadata["high"]
