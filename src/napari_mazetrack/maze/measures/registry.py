"""All measures in the order of their columns (``interfaces.md``)."""

from __future__ import annotations

from napari_mazetrack.maze.measures import (
    approach,
    bands,
    exploration,
    floating,
    goal,
    path,
    quadrant_use,
    roaming,
    turning,
)
from napari_mazetrack.maze.measures.settings import Measure

_COOKE = "Cooke et al. 2019, F1000Research 8:1521"
_GARTHE = "Garthe et al. 2009, doi:10.1371/journal.pone.0005464"
_NO_CALL = "missing without a platform, in a probe's later windows, and for fewer than three samples"
_STABLE = "share of five scalings of all thresholds (0.8 to 1.2) under which the call stays"
_STRATEGY = (
    Measure("strategy", "", "first of Pathfinder's rules that matches, lengths scaled by R / 90 cm", _COOKE, _NO_CALL),
    Measure("strategy_confidence", "", _STABLE, "", _NO_CALL),
)
_STRATEGY_GARTHE = (
    Measure("strategy_garthe", "", "first of Garthe's rules that matches (port of Rtrack 1.0.7)", _GARTHE, _NO_CALL),
    Measure("strategy_garthe_confidence", "", _STABLE, "", _NO_CALL),
)
_GEHRING = "Gehring et al. 2015, doi:10.1038/srep14562"
_STRATEGY_SEGMENTS = (
    Measure(
        "strategy_segments",
        "",
        "class with the highest mean probability over overlapping segments of 2.5 R, by a regression learnt from "
        "people's labels of rats' swims: thigmotaxis, incursion, scanning, target scanning, self-orienting, "
        "approaching target or direct finding",
        _GEHRING,
        _NO_CALL,
    ),
    Measure("strategy_segments_confidence", "", "that probability", "", _NO_CALL),
    Measure(
        "strategy_agreement",
        "",
        "share of the three calls in the family that most of them belong to: heads for the platform (direct, directed, "
        "indirect, direct finding, approaching target, self-orienting), searches near it (focal, target scanning), "
        "searches the middle (scanning), keeps to the wall (thigmotaxis), swims anywhere (random, incursion), or a "
        "class of its own; 1 where all agree, 1/3 where no two do",
        "",
        _NO_CALL,
    ),
)
_OBSERVED = (
    Measure(
        "unobserved_s",
        "s",
        "time of the trial that no step covers: gaps longer than max_gap_s, before the first and after the last sample",
        missing="never missing",
    ),
)
_PROMISED = (
    *path.MEASURES,
    floating.SWIM_SPEED,
    path.DISPLACEMENT,
    *quadrant_use.MEASURES,
    *goal.MEASURES,
    *approach.MEASURES,
    *bands.WALL_AND_CENTRE,
    *exploration.MEASURES,
    *floating.MEASURES,
    *turning.MEASURES,
    *_STRATEGY,
)
#: Every measure by name; new ones are added at the end, none is renamed.
REGISTRY: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *_PROMISED,
        *_OBSERVED,
        *goal.MIRROR_MEASURES,
        *turning.HEAD_MEASURES,
        exploration.CENTROID_DISTANCE,
        *_STRATEGY_GARTHE,
        *_STRATEGY_SEGMENTS,
        goal.CLOSE_ENCOUNTERS,
        approach.TIMED_HEADING,
        *bands.MEASURES,
        *roaming.MEASURES,
        floating.FLOATING_SHARE,
        *turning.HEAD_TURNS,
    )
}
#: Goal measures that a reversal gives for the old platform too, under ``former_…``.
FORMER_MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"former_{m.name}", m.unit, f"for the former platform: {m.formula}", m.source, m.missing)
    for m in goal.MEASURES
)
