"""Pathfinder's rules (Cooke et al. 2019, F1000Research 8:1521), lengths in pools of 90 cm radius."""

from __future__ import annotations

from napari_mazetrack.maze.strategies.features import StrategyFeatures


def call_pathfinder(f: StrategyFeatures, scale: float = 1.0) -> str:
    """Return the first class whose rule matches; `scale` multiplies every upper and divides every lower threshold."""
    up, low = scale, 1 / scale
    rules = {
        "direct": f.ideal_path_error <= 125 * up and f.heading_deg <= 40 * up,
        "focal": f.centroid < 0.3 * up and f.goal < 0.3 * up and 100 * low < f.path_cm < 400 * up,
        "directed": f.corridor >= 0.7 * low and f.ideal_path_error <= 1500 * up and f.path_cm < 400 * up,
        "indirect": f.ideal_path_error < 300 * up and f.heading_deg < 70 * up,
        "chaining": f.annulus > 0.9 * low and f.n_quadrants == 4 and f.coverage < 0.4 * up,
        "scanning": 0.05 * low <= f.coverage < 0.2 * up and f.centre <= 0.6 * up,
        "thigmotaxis": f.wall >= 0.65 * low and f.narrow_wall >= 0.35 * low and f.path_cm > 400 * low,
        "random": f.coverage >= 0.1 * low,
    }
    return next((name for name, is_met in rules.items() if is_met), "unknown")
