"""Garthe's rules (doi:10.1371/journal.pone.0005464) in Rtrack 1.0.7's order and thresholds.

The distances of "focal", "perseverance" and "directed" are in pool diameters, the "centre" thresholds in radii, and
"efficiency" is the share of steps *within* 15 degrees: the port has it the wrong way round, and takes its "centroid
spread" from the pool's centre.
"""

from __future__ import annotations

from napari_mazetrack.maze.strategies.features import StrategyFeatures


def call_garthe(f: StrategyFeatures, scale: float = 1.0) -> str:
    """Return the first class whose rule matches; `scale` multiplies every upper and divides every lower threshold."""
    up, low = scale, 1 / scale
    spread, goal, former = f.centroid / 2, f.goal / 2, f.former_goal / 2
    rules = {
        "direct": f.heading_deg < 25 * up and f.direct > 0.8 * low,
        "focal": spread < 0.25 * up and goal < 0.18 * up,
        "perseverance": former < 0.25 * up and spread < 0.2 * up and goal > 0.3 * low,
        "directed": f.outside < 0.45 * up and goal < 0.28 * up,
        "chaining": f.annulus > 0.5 * low and f.centre > 0.65 * low,
        "scanning": f.extent < 0.7 * up and f.garthe_wall < 0.75 * up and f.centre < 0.6 * up,
        "thigmotaxis": f.garthe_wall > 0.65 * low and f.centre > 0.58 * low,
        "random": f.extent > 0.35 * low and f.garthe_wall < 0.8 * up,
    }
    return next((name for name, is_met in rules.items() if is_met), "unknown")
