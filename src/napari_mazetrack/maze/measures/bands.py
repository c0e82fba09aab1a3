"""Wall and centre: bands along the wall and rings round the pool's centre."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.maze.geometry import Circles, Disc, cut_steps
from napari_mazetrack.maze.measures.settings import Measure
from napari_mazetrack.maze.measures.view import TrialView

N_RINGS = 3
#: Outer radii of the rings in pool radii, by how the pool is divided; ring 1 is the innermost.
RING_RADII = {
    "width": tuple(ring / N_RINGS for ring in range(1, N_RINGS + 1)),
    "area": tuple(float(np.sqrt(ring / N_RINGS)) for ring in range(1, N_RINGS + 1)),
}
_NO_STEP = "missing without a step"
_PATHFINDER = "Cooke et al. 2019, F1000Research 8:1521"
WALL_AND_CENTRE = (
    Measure("thigmotaxis_fraction", "", "share of time with r > (1 - wall_width) R", "", _NO_STEP),
    Measure("centre_fraction", "", "share of time with r < centre_radius × R", "", _NO_STEP),
)
MEASURES = (
    Measure("wall_band_fraction", "", "share of time with r > R - wall_band_cm", _PATHFINDER, _NO_STEP),
    Measure("narrow_wall_band_fraction", "", "share of time with r > R - narrow_wall_band_cm", _PATHFINDER, _NO_STEP),
    *(
        Measure(
            f"ring_{divided}_{ring}_fraction",
            "",
            f"share of time in ring {ring} of {N_RINGS} of equal {divided}, counted from the centre (the last one has "
            "no outer end)",
            "HVS Image",
            _NO_STEP,
        )
        for divided in RING_RADII
        for ring in range(1, N_RINGS + 1)
    ),
)


def compute_bands(view: TrialView) -> dict[str, float]:
    """Return the shares of time along the wall, in the centre and in the rings."""
    path, maze, settings = view.recorded, view.maze, view.settings
    if path.duration_s <= 0:
        return {measure.name: np.nan for measure in (*WALL_AND_CENTRE, *MEASURES)}
    centre_cm = settings.centre_radius * maze.radius
    bands = {
        "thigmotaxis_fraction": (1 - settings.wall_width) * maze.radius,
        "wall_band_fraction": maze.radius - settings.wall_band_cm,
        "narrow_wall_band_fraction": maze.radius - settings.narrow_wall_band_cm,
    }
    inner = [radius * maze.radius for radii in RING_RADII.values() for radius in radii[:-1]]
    centre = (float(maze.centre[0]), float(maze.centre[1]))
    # All circles have one centre, so the path is cut at all of them at once.
    radii = tuple(radius for radius in {centre_cm, *bands.values(), *inner} if radius > 0)
    pieces = cut_steps(path.start, path.end, Circles(centre, radii))
    piece_s = pieces.share * path.step_s[pieces.step]
    from_centre = Disc(centre, 0.0).edge_distance(pieces.middle)

    def share_within(radius_cm: float) -> float:
        return float(piece_s[from_centre <= radius_cm].sum()) / path.duration_s

    values = {name: 1 - share_within(radius) for name, radius in bands.items()}
    values["centre_fraction"] = share_within(centre_cm)
    for divided, radii in RING_RADII.items():
        within = [0.0, *(share_within(radius * maze.radius) for radius in radii[:-1]), 1.0]
        for ring in range(1, N_RINGS + 1):
            values[f"ring_{divided}_{ring}_fraction"] = within[ring] - within[ring - 1]
    return values
