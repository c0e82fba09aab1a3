"""Draw docs/reference/measures/*.svg and the page docs/reference/drawings.md: what each measure looks at.

python scripts/draw_measures.py
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon, Rectangle, Wedge
from numpy.typing import NDArray

from napari_mazetrack.maze.measures.registry import REGISTRY
from napari_mazetrack.maze.measures.settings import MeasureSettings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
PATH, ZONE, GOAL, FAINT, MARK = "#222222", "#0072b2", "#d55e00", "#999999", "#009e73"
SETTINGS = MeasureSettings()
#: Pool of radius 1, platform at P, start at S.
P, R_P, S = np.array([0.36, 0.34]), 0.1, np.array([-0.1, -0.97])
STYLE = {"svg.hashsalt": "mazetrack", "svg.fonttype": "none", "font.size": 8, "font.family": "DejaVu Sans"}
INTRODUCTION = """# Drawings of the measures

What each measure looks at, in a pool with its platform P (orange) and a swim that begins at S. Their formulas are in
[measures.md](measures.md). This page is made by `scripts/draw_measures.py`; do not edit it.
"""


@dataclass(frozen=True)
class Drawing:
    """A drawing: its file, its title, the measures that it shows (a pattern of their names), and what draws it."""

    name: str
    title: str
    pattern: str
    draw: Callable[[Axes], None]

    @property
    def measures(self) -> list[str]:
        """Names of the measures that it shows."""
        return [name for name in REGISTRY if re.fullmatch(self.pattern, name)]


def swim(n: int = 240) -> NDArray[np.float64]:
    """Return a path [n, 2] that begins at S, searches, and ends on the platform."""
    t = np.linspace(0, 1, n)
    knots = np.array([S, (-0.55, -0.35), (-0.3, 0.5), (0.15, 0.75), (0.72, 0.2), (0.35, -0.2), (-0.05, 0.05), P])
    at = np.linspace(0, 1, len(knots))
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(at, knots)(t))


SWIM = swim()


def pool(axes: Axes, *, path: bool = True) -> None:
    axes.add_patch(Circle((0, 0), 1, fill=False, color=FAINT, lw=1.2))
    axes.add_patch(Circle(tuple(P), R_P, color=GOAL, alpha=0.55, lw=0))
    if path:
        axes.plot(*SWIM.T, color=PATH, lw=1)
        axes.plot(*S, "o", color=PATH, ms=3.5)
        axes.text(S[0] + 0.06, S[1] + 0.06, "S")
    axes.text(P[0] + 0.02, P[1] - 0.03, "P", ha="center")
    axes.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal")
    axes.axis("off")


def line(axes: Axes, one: NDArray[np.float64], other: NDArray[np.float64], text: str = "", colour: str = ZONE) -> None:
    axes.annotate("", other, one, arrowprops={"arrowstyle": "<->", "color": colour, "lw": 1})
    middle = (one + other) / 2
    axes.text(middle[0] + 0.04, middle[1] + 0.03, text, color=colour)


def latency(axes: Axes) -> None:
    pool(axes)
    axes.text(0.0, -0.9, "release", color=MARK)
    axes.text(0.48, 0.42, "escape: the stay\non the platform", color=MARK)
    axes.plot(*SWIM[-1], "s", color=MARK, ms=4)


def path_length(axes: Axes) -> None:
    pool(axes)
    samples = SWIM[::12]
    axes.plot(*samples.T, ".", color=ZONE, ms=4)
    line(axes, S, SWIM[-1], "displacement", GOAL)


def speeds(axes: Axes) -> None:
    axes.set(xlabel="time", ylabel="speed", xticks=[], yticks=[], xlim=(0, 10), ylim=(0, 32))
    t = np.linspace(0, 10, 300)
    v = 20 + 5 * np.sin(2.1 * t) + 3 * np.sin(5.3 * t)
    v = np.where((t > 5.5) & (t < 7.5), 2 + np.sin(9 * t), v)
    axes.plot(t, v, color=PATH, lw=1)
    axes.axhline(SETTINGS.floating_speed_cm_s, color=ZONE, lw=0.8, ls="--")
    axes.axvspan(5.5, 7.5, color=ZONE, alpha=0.2)
    axes.text(5.6, 11, "floating", color=ZONE)
    top = float(np.percentile(v, SETTINGS.max_speed_percentile))
    axes.axhline(top, color=GOAL, lw=0.8)
    axes.text(0.1, top + 1, f"max: percentile {SETTINGS.max_speed_percentile:g}", color=GOAL)
    axes.axhline(float(v.mean()), color=MARK, lw=0.8)
    axes.text(0.1, float(v.mean()) + 0.8, "mean, with floating", color=MARK)
    axes.spines[["top", "right"]].set_visible(False)


def quadrants(axes: Axes) -> None:
    pool(axes)
    angle = np.degrees(np.arctan2(P[1], P[0]))
    axes.add_patch(Wedge((0, 0), 1, angle - 45, angle + 45, color=GOAL, alpha=0.15, lw=0))
    for turn, name in zip((0, 90, 180, 270), ("target", "left", "opposite", "right"), strict=True):
        border, middle = np.radians(angle + turn + 45), np.radians(angle + turn)
        axes.plot([0, np.cos(border)], [0, np.sin(border)], color=FAINT, lw=0.8)
        axes.text(0.68 * np.cos(middle), 0.68 * np.sin(middle), name, ha="center", color=ZONE)


def crossings(axes: Axes) -> None:
    pool(axes, path=False)
    through = np.array([[-0.2, 0.2], [0.9, 0.48]])
    axes.plot(*through.T, color=PATH, lw=1)
    axes.plot(0.275, 0.32, "o", color=MARK, ms=4)
    axes.text(0.0, 0.4, "one crossing", color=MARK)
    for angle, name in ((90, "left"), (180, "opposite"), (270, "right")):
        turn = np.radians(angle)
        x, y = P[0] * np.cos(turn) - P[1] * np.sin(turn), P[0] * np.sin(turn) + P[1] * np.cos(turn)
        axes.add_patch(Circle((x, y), R_P, fill=False, color=ZONE, lw=1))
        axes.text(x, y - 0.22, name, ha="center", color=ZONE)


def zone(axes: Axes) -> None:
    pool(axes)
    axes.add_patch(Circle(tuple(P), 0.33, color=ZONE, alpha=0.2, lw=0))
    line(axes, P, P + np.array([0.33, 0]))
    axes.text(P[0] - 0.25, P[1] - 0.48, "zone radius", color=ZONE)


def annulus(axes: Axes) -> None:
    pool(axes)
    distance = float(np.hypot(*P))
    axes.add_patch(Wedge((0, 0), distance + R_P, 0, 360, width=2 * R_P, color=ZONE, alpha=0.2, lw=0))


def proximity(axes: Axes) -> None:
    pool(axes)
    for point in SWIM[10::24]:
        axes.plot(*np.array([point, P]).T, color=ZONE, lw=0.6)
    axes.text(-0.35, 0.36, "d", color=ZONE)


def corridor(axes: Axes) -> None:
    pool(axes)
    along = (P - S) / np.hypot(*(P - S))
    across = np.array([-along[1], along[0]]) * R_P
    axes.add_patch(Polygon([S + across, P + across, P - across, S - across], color=ZONE, alpha=0.25, lw=0))


def heading(axes: Axes) -> None:
    pool(axes)
    radius = 2 * SETTINGS.heading_circle
    axes.add_patch(Circle(tuple(S), radius, fill=False, color=ZONE, lw=0.8, ls="--"))
    leaves = SWIM[np.argmax(np.hypot(*(SWIM - S).T) > radius)]
    for end, colour in ((leaves, ZONE), (P, GOAL)):
        axes.annotate("", end, S, arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.2})
    one, other = (float(np.degrees(np.arctan2(*(end - S)[::-1]))) for end in (P, leaves))
    axes.add_patch(Wedge(tuple(S), 0.3, one, other, color=MARK, alpha=0.3, lw=0))


def trajectory_error(axes: Axes) -> None:
    pool(axes)
    length = np.r_[0, np.cumsum(np.hypot(*np.diff(SWIM, axis=0).T))]
    there = SWIM[np.argmax(length >= np.hypot(*(P - S)))]
    axes.plot(*there, "o", color=MARK, ms=4)
    axes.text(-1.0, -0.95, "path so far\n= |SP|", color=MARK)
    line(axes, there, P)
    axes.text(-0.35, 0.44, "error", color=ZONE)


def efficiency(axes: Axes) -> None:
    pool(axes)
    line(axes, S, P - R_P * (P - S) / np.hypot(*(P - S)), "D − r", GOAL)


def wall(axes: Axes) -> None:
    pool(axes)
    axes.add_patch(Wedge((0, 0), 1, 0, 360, width=SETTINGS.wall_width, color=ZONE, alpha=0.2, lw=0))
    axes.add_patch(Circle((0, 0), SETTINGS.centre_radius, color=MARK, alpha=0.15, lw=0))
    axes.text(-0.25, -0.15, "centre", color=MARK)
    axes.text(-0.97, 0.45, "wall", color=ZONE)


def coverage(axes: Axes) -> None:
    pool(axes)
    cell = 2 / SETTINGS.grid_cells
    for column, row in {tuple(cell_of) for cell_of in np.floor((SWIM + 1) / cell).astype(int).tolist()}:
        axes.add_patch(Rectangle((-1 + column * cell, -1 + row * cell), cell, cell, color=ZONE, alpha=0.2, lw=0))
    for edge in np.linspace(-1, 1, SETTINGS.grid_cells + 1):
        axes.plot([-1, 1], [edge, edge], color=FAINT, lw=0.3)
        axes.plot([edge, edge], [-1, 1], color=FAINT, lw=0.3)


def spread(axes: Axes) -> None:
    pool(axes)
    centre, covariance = SWIM.mean(axis=0), np.cov(SWIM.T)
    values, vectors = np.linalg.eigh(covariance)
    t = np.linspace(0, 2 * np.pi, 90)
    axes.plot(*(centre[:, None] + vectors @ (np.sqrt(values)[:, None] * [np.cos(t), np.sin(t)])), color=ZONE, lw=1)
    axes.plot(*centre, "+", color=ZONE, ms=8)
    axes.text(-0.5, -0.6, "centroid and Σ", color=ZONE)


def turning(axes: Axes) -> None:
    knots = np.array([[0, 0], [1, 0.15], [1.8, 0.8], [2.6, 0.75], [3.3, 0.1]])
    axes.plot(*knots.T, "-o", color=PATH, ms=3, lw=1)
    for before, at, after in zip(knots[:-2], knots[1:-1], knots[2:], strict=True):
        ahead = at + (at - before) * 0.5
        axes.plot(*np.array([at, ahead]).T, color=FAINT, lw=0.8, ls="--")
        one, other = (float(np.degrees(np.arctan2(*(end - at)[::-1]))) for end in (ahead, after))
        axes.add_patch(Wedge(tuple(at), 0.33, min(one, other), max(one, other), color=ZONE, alpha=0.35, lw=0))
    axes.text(0.9, 0.55, "left", color=ZONE)
    axes.text(2.75, 0.75, "right", color=ZONE)
    axes.set(aspect="equal")
    axes.axis("off")


def head_turning(axes: Axes) -> None:
    for i, angle in enumerate((10, 35, 80)):
        centre = np.array([1.1 * i, 0.15 * i])
        ahead = 0.42 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        axes.annotate("", centre + ahead, centre, arrowprops={"arrowstyle": "->", "color": PATH, "lw": 1.5})
        axes.plot(*centre, "o", color=ZONE, ms=4)
    axes.text(0, -0.25, "body")
    axes.text(2.2, 0.8, "head")
    axes.set(xlim=(-0.3, 2.9), ylim=(-0.4, 1.0), aspect="equal")
    axes.axis("off")


def strategies(axes: Axes) -> None:
    pool(axes)
    for i, begin in enumerate(range(0, 180, 60)):
        axes.plot(*SWIM[begin : begin + 80].T, color=(ZONE, MARK, GOAL)[i], lw=3, alpha=0.35)
    axes.set_title("rules on the whole,\na call for each segment", fontsize=8)


def unobserved(axes: Axes) -> None:
    pool(axes, path=False)
    axes.plot(*SWIM[:110].T, color=PATH, lw=1)
    axes.plot(*SWIM[150:].T, color=PATH, lw=1)
    axes.plot(*SWIM[[110, 149]].T, color=GOAL, lw=1, ls=":")
    axes.text(-0.5, 0.85, "gap longer than max_gap_s", color=GOAL)


DRAWINGS = (
    Drawing("latency", "Latency", "reached_platform|latency_s|trial_duration_s", latency),
    Drawing("path", "Path and displacement", "path_length_cm|displacement_cm", path_length),
    Drawing("speeds", "Speeds and floating", r"\w+_speed_cm_s|floating_\w+|not_held\w*", speeds),
    Drawing("quadrants", "Quadrants", r"quadrant_\w+", quadrants),
    Drawing("crossings", "Crossings of the platform and its mirror places", r"platform_crossings\w*", crossings),
    Drawing("zone", "Zone round the platform", r"zone_\w+|\w*close_\w+", zone),
    Drawing("annulus", "Ring of the platform's distance", r"annulus_\w+", annulus),
    Drawing("proximity", "Proximity", r"\w*proximity\w*", proximity),
    Drawing("corridor", "Corridor", r"corridor_\w+", corridor),
    Drawing("heading", "Initial heading", r"\w*heading\w*", heading),
    Drawing("trajectory_error", "Initial trajectory error", "initial_trajectory_error_cm", trajectory_error),
    Drawing("efficiency", "Path efficiency", "path_efficiency", efficiency),
    Drawing("wall", "Wall and centre", r"thigmotaxis\w*|centre_\w+|ring_\w+", wall),
    Drawing("coverage", "Coverage", r"coverage_fraction|roaming\w*", coverage),
    Drawing("spread", "Entropy and distance to the centroid", "spatial_entropy|mean_centroid_distance_cm", spread),
    Drawing("turning", "Turning of the path", r"total_turn_deg|mean_angular\w+|turns_\w+", turning),
    Drawing("head_turning", "Turning of the head", r"head_turn\w*", head_turning),
    Drawing("strategies", "Search strategies", r"strategy\w*", strategies),
    Drawing("unobserved", "What was not observed", "unobserved_s", unobserved),
)


def page() -> str:
    """Return the page that shows the drawings."""
    parts = [INTRODUCTION.strip()]
    for drawing in DRAWINGS:
        names = ", ".join(f"`{name}`" for name in drawing.measures)
        parts.append(f"## {drawing.title}\n\n![{drawing.title}](measures/{drawing.name}.svg)\n\n{names}")
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Draw all and write the page."""
    (FOLDER / "measures").mkdir(exist_ok=True)
    for drawing in DRAWINGS:
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(2.4, 2.4), layout="constrained")
            drawing.draw(figure.subplots())
            figure.savefig(FOLDER / "measures" / f"{drawing.name}.svg", metadata={"Date": None})
    (FOLDER / "drawings.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
