"""All measures in the order of their columns (``interfaces.md``)."""

from __future__ import annotations

from napari_mazetrack.maze.measures import approach, exploration, floating, goal, path, quadrant_use, turning
from napari_mazetrack.maze.measures.settings import Measure

_STRATEGY = (
    Measure("strategy", "", "not computed by this version", missing="always missing"),
    Measure("strategy_confidence", "", "not computed by this version", missing="always missing"),
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
    *exploration.MEASURES,
    *floating.MEASURES,
    *turning.MEASURES,
    *_STRATEGY,
)
#: Every measure by name; new ones are added at the end, none is renamed.
REGISTRY: dict[str, Measure] = {
    measure.name: measure for measure in (*_PROMISED, *_OBSERVED, *goal.MIRROR_MEASURES, *turning.HEAD_MEASURES)
}
#: Goal measures that a reversal gives for the old platform too, under ``former_…``.
FORMER_MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"former_{m.name}", m.unit, f"for the former platform: {m.formula}", m.source, m.missing)
    for m in goal.MEASURES
)
