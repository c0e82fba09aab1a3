"""What is drawn of the current frame alone, as short lines: heading, box, circles of 2 σ; nothing here knows a viewer.

All lines of a frame are one 2-D Vectors layer. Their number does not change from frame to frame, so that a step costs
the same in a film of a minute as in one of an hour.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, LayerData
from napari_mazetrack.widgets.overlay.overlays import NOW, metadata_of
from napari_mazetrack.widgets.overlay_choice import OverlayChoice

HEADING_COLOUR, BOX_COLOUR, CIRCLE_COLOUR = "#009e73", "#d55e00", "#cc79a7"
#: The arrow goes on from the head for as long as the head is from the body; its barbs are this share of that.
BARB = 0.35
#: Standard deviations, and sides, of a circle.
N_SIGMA, N_SIDES = 2.0, 16
#: Drawn width of a line relative to the film's height.
LINE_WIDTH = 1 / 300

Lines = NDArray[np.float64]


def frame_lines(track: Track, frame_index: int, choice: OverlayChoice) -> Lines:
    """Return the lines of a frame, [N, 2, 2]: x, y of their ends; both (0, 0) for what is missing."""
    lines = [np.zeros((0, 2, 2))]
    for animal in range(len(track.animals)):
        if choice.heading:
            lines.append(_arrow(track, frame_index, animal))
        if choice.box:
            lines.append(_box(track, frame_index, animal))
        if choice.sigma:
            lines.append(_circles(track, frame_index, animal))
    return np.concatenate(lines)


def line_colours(track: Track, choice: OverlayChoice) -> NDArray[np.float64]:
    """Return the colours of the lines of any frame, RGBA [N, 4]."""
    n_circles = track.skeleton.n_keypoints * N_SIDES
    parts = [(3, HEADING_COLOUR, choice.heading), (4, BOX_COLOUR, choice.box), (n_circles, CIRCLE_COLOUR, choice.sigma)]
    one = [to_rgba(colour) for n, colour, is_on in parts if is_on for _ in range(n)]
    return np.tile(np.reshape(one, (-1, 4)), (len(track.animals), 1))


def lines_to_napari(lines: Lines) -> NDArray[np.float64]:
    """Turn lines from x, y to x, y [N, 2, 2] into napari's vectors: y, x and how far they go in y, x."""
    yx = lines[:, :, ::-1]
    return np.stack([yx[:, 0], yx[:, 1] - yx[:, 0]], axis=1)


def frame_layer(track: Track, frame_index: int, choice: OverlayChoice, name: str, film_id: str) -> LayerData:
    """Return the layer of the lines of a frame."""
    arguments = {
        "name": f"{name} now",
        "edge_color": line_colours(track, choice),
        "edge_width": max(0.5, LINE_WIDTH * float(track.attributes.get("film_height", 480))),
        "vector_style": "line",
        "axis_labels": FILM_AXES[1:],
        "metadata": metadata_of(NOW, film_id),
    }
    return lines_to_napari(frame_lines(track, frame_index, choice)), arguments, "vectors"


def _arrow(track: Track, frame_index: int, animal: int) -> Lines:
    """Return a shaft and two barbs, [3, 2, 2], from the front of the animal to where it points."""
    points = track.keypoints_xy[frame_index, animal]
    front, ahead = points[track.skeleton.front], points[track.skeleton.front] - points[track.skeleton.centre]
    tip, side = front + ahead, np.array([-ahead[1], ahead[0]])
    barbs = [tip - BARB * ahead + sign * BARB * side for sign in (-1, 1)]
    if not np.isfinite(tip).all():
        return np.zeros((3, 2, 2))
    return np.array([[front, tip], [tip, barbs[0]], [tip, barbs[1]]])


def _box(track: Track, frame_index: int, animal: int) -> Lines:
    """Return the four sides of an animal's box, [4, 2, 2]."""
    x1, y1, x2, y2 = track.box_xyxy[frame_index, animal].tolist()
    if not np.isfinite([x1, y1, x2, y2]).all():
        return np.zeros((4, 2, 2))
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def _circles(track: Track, frame_index: int, animal: int) -> Lines:
    """Return a circle of 2 σ round each keypoint, [n_keypoints × N_SIDES, 2, 2]."""
    points, sigma_px = track.keypoints_xy[frame_index, animal], track.sigma_px[frame_index, animal]
    angle = np.linspace(0, 2 * np.pi, N_SIDES, endpoint=False)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corners = points[:, None] + N_SIGMA * sigma_px[:, None, None] * unit
    lines = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2)
    lines[~np.isfinite(lines).all(axis=(1, 2, 3))] = 0.0
    return lines.reshape(-1, 2, 2)
