"""Measures as other programs compute them, by the program's name. A variant changes only the measures it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.measures import variant_others as others
from napari_mazetrack.maze.measures import variant_rtrack as rtrack
from napari_mazetrack.maze.measures.goal import integrate
from napari_mazetrack.maze.measures.view import TrialView

Value = float | bool | str | None


@dataclass(frozen=True)
class Variant:
    """A named way to compute some measures.

    Attributes
    ----------
    name : str
        What is typed after ``--variant``.
    about : str
        Which program, and how it differs.
    compute : callable
        Gives the values of the measures that differ, from a view.
    formulas : dict
        Definition of each measure that differs.
    """

    name: str
    about: str
    compute: Callable[[TrialView], Mapping[str, Value]]
    formulas: dict[str, str] = field(default_factory=dict)


def _no_change(view: TrialView) -> dict[str, Value]:  # noqa: ARG001 - every variant has this face
    return {}


def _first_contact(view: TrialView) -> dict[str, Value]:
    contact_s = view.events.first_contact_s
    end_s = view.events.end_s if contact_s is None else contact_s
    return {"reached_platform": contact_s is not None, "latency_s": end_s - view.events.release_s}


def _ethovision(view: TrialView) -> dict[str, Value]:
    goal, path = view.maze.goal, view.recorded
    values: dict[str, Value] = {
        "path_length_cm": path.length_cm,
        "mean_speed_cm_s": path.length_cm / path.duration_s if path.duration_s > 0 else np.nan,
    }
    if goal is None:
        return values
    events, swim = view.events, view.swim
    # The first sample on the platform, whether or not the animal stays (a path between two samples is not seen).
    is_seen = (swim.time_s >= events.release_s) & (swim.time_s <= max(events.end_s, events.escape_s or 0) + 1.0)
    is_on = is_seen & goal.area.contains(np.nan_to_num(swim.xy_cm, nan=np.inf))
    on_s = swim.time_s[is_on]
    edge = integrate(path, goal.area.edge_distance(path.xy_cm))
    return values | {
        "reached_platform": len(on_s) > 0,
        "latency_s": float(on_s[0] if len(on_s) else events.end_s) - events.release_s,
        "mean_proximity_cm": edge / path.duration_s if path.duration_s > 0 else np.nan,
        "cumulative_proximity_cm_s": edge,
    }


#: By name; ``default`` is this package's own definitions.
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("default", "this package's definitions", _no_change),
        Variant(
            "first_contact",
            "latency to the first touch of the platform, as Rtrack and EthoVision's zone have it",
            _first_contact,
            {
                "reached_platform": "true where the path enters the platform's area",
                "latency_s": "first entry into the platform's area minus release; not reached: time observed",
            },
        ),
        Variant(
            "ethovision",
            "EthoVision's exports: raw steps, distances to the platform's edge, first sample on the platform",
            _ethovision,
            {
                "reached_platform": "true where a sample lies on the platform",
                "latency_s": "first sample on the platform minus release; not reached: time observed",
                "path_length_cm": "sum of the raw steps between recorded samples (distance moved)",
                "mean_speed_cm_s": "that sum / time of the steps",
                "mean_proximity_cm": "time-weighted mean distance to the platform's edge, negative on it",
                "cumulative_proximity_cm_s": "integral of the distance to the platform's edge",
            },
        ),
        Variant(
            "rtrack",
            "Rtrack 1.0.7: samples to the end of the recording, without a path between them",
            rtrack.compute_rtrack,
            rtrack.FORMULAS,
        ),
        Variant(
            "pathfinder",
            "Pathfinder: samples, bands in cm, ideal path error that is never negative",
            others.compute_pathfinder,
            others.PATHFINDER_FORMULAS,
        ),
        Variant("hvs", "HVS Image: latency -1, heading by path travelled", others.compute_hvs, others.HVS_FORMULAS),
        Variant(
            "manymaze",
            "ManyMaze: proximity at whole seconds to the first entry",
            others.compute_manymaze,
            others.MANYMAZE_FORMULAS,
        ),
        Variant(
            "gallagher1993",
            "Gallagher et al. 1993: means of one second, the first D / v seconds dropped",
            others.compute_gallagher,
            others.GALLAGHER_FORMULAS,
        ),
    )
}


def variant_named(name: str) -> Variant:
    """Return a variant; `MazetrackError` where the name is not known."""
    if name not in VARIANTS:
        raise MazetrackError(f"There is no variant '{name}'. The variants are: {', '.join(VARIANTS)}.")
    return VARIANTS[name]
