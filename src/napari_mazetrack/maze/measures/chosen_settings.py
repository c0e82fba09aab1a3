"""A person's choice of the measures' numbers: ``name=value``, by the names and limits of the settings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, fields, replace
from typing import Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.events import EventSettings
from napari_mazetrack.maze.limits import limits_of
from napari_mazetrack.maze.measures.settings import MeasureSettings

_OF_EVENTS: dict[str, Field[Any]] = {setting.name: setting for setting in fields(EventSettings)}
#: Every setting that a person can choose, by name.
SETTINGS: dict[str, Field[Any]] = _OF_EVENTS | {
    setting.name: setting for setting in fields(MeasureSettings) if setting.name != "events"
}


def chosen_settings(texts: Sequence[str]) -> MeasureSettings:
    """Return the settings with a person's choices.

    Parameters
    ----------
    texts : sequence of str
        ``name=value`` each.

    Raises
    ------
    MazetrackError
        A text is no such pair, the name is unknown or given twice, or the value is no number within the limits.
    """
    chosen: dict[str, float] = {}
    for text in texts:
        name, value = _read(text)
        if name in chosen:
            raise MazetrackError(f"The setting {name} is given twice. Give it once.")
        chosen[name] = value
    of_events = {name: value for name, value in chosen.items() if name in _OF_EVENTS}
    others: dict[str, Any] = {name: value for name, value in chosen.items() if name not in _OF_EVENTS}
    return replace(MeasureSettings(), events=replace(EventSettings(), **of_events), **others)


def changed_settings(settings: MeasureSettings) -> dict[str, float]:
    """Return the settings that differ from their defaults, by name."""
    values = {name: getattr(settings.events if name in _OF_EVENTS else settings, name) for name in SETTINGS}
    return {name: value for name, value in values.items() if value != SETTINGS[name].default}


def _read(text: str) -> tuple[str, float]:
    name, equals, number = (part.strip() for part in text.partition("="))
    if not equals:
        raise MazetrackError(f"A setting is NAME=VALUE, such as zone_radius_cm=15; got '{text}'.")
    if name not in SETTINGS:
        raise MazetrackError(f"There is no setting '{name}'. The settings are: {', '.join(SETTINGS)}.")
    low, high = limits_of(SETTINGS[name])
    is_whole = isinstance(SETTINGS[name].default, int)
    try:
        value = int(number) if is_whole else float(number)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        what = "a whole number" if is_whole else "a number"
        raise MazetrackError(f"{name} must be {what} from {low:g} to {high:g}; got '{number}'.")
    return name, value
