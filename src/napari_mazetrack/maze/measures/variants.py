"""Measures as other programs compute them, by the program's name. A variant changes only the measures it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.measures import variant_ethovision as ethovision
from napari_mazetrack.maze.measures import variant_others as others
from napari_mazetrack.maze.measures import variant_rtrack as rtrack
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
    if view.maze.goal is None:
        return {}
    contact_s = view.events.first_contact_s
    end_s = view.events.end_s if contact_s is None else contact_s
    return {"reached_platform": contact_s is not None, "latency_s": end_s - view.events.release_s}


#: By name; ``default`` is this package's own definitions.
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("default", "this package's definitions", _no_change),
        Variant(
            "first_contact",
            "latency to the first touch of the platform by the path, also between two samples",
            _first_contact,
            {
                "reached_platform": "true where the path enters the platform's area",
                "latency_s": "first entry into the platform's area minus release; not reached: time observed",
            },
        ),
        Variant(
            "edge",
            "distances to the platform's edge in place of its centre",
            ethovision.compute_edge,
            ethovision.EDGE_FORMULAS,
        ),
        Variant(
            "ethovision",
            "EthoVision's exports: raw steps, distances to the platform's edge, samples to the end of the recording",
            ethovision.compute_ethovision,
            ethovision.ETHOVISION_FORMULAS,
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
