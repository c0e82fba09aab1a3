"""What lies around a pool or an open field: curtains, tiles, a dark room, clutter; and the cues that hang there."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from napari_mazetrack.simulator.canvas import (
    Luma,
    Points,
    Stencil,
    blend,
    blur,
    ellipse_points,
    enlarge,
    pixel_grid,
    soft_noise,
    window_around,
)

COARSE = 3  # Soft surroundings are computed this many times smaller.


def paint_surroundings(rng: np.random.Generator, shape: tuple[int, int], centre_px: tuple[float, float]) -> Luma:
    """Return a random room seen from above, float32 [H, W]."""
    kind = rng.choice(["curtains", "flat", "tiles", "clutter"], p=[0.45, 0.25, 0.1, 0.2])
    level = float(rng.choice([rng.uniform(5, 50), rng.uniform(40, 130), rng.uniform(110, 220)], p=[0.35, 0.45, 0.2]))
    small = (shape[0] // COARSE + 2, shape[1] // COARSE + 2)
    field = np.full(small, level, dtype=np.float32)
    field += np.float32(rng.uniform(2, 0.25 * level + 4)) * soft_noise(rng, small, max(small) * rng.uniform(0.15, 0.5))
    if kind == "curtains":
        _add_folds(rng, field, (centre_px[0] / COARSE, centre_px[1] / COARSE), level)
    room = enlarge(field, shape)
    if kind == "tiles":
        _add_tiles(rng, room)
    if kind == "clutter":
        _add_clutter(rng, room)
    return room


def _add_folds(rng: np.random.Generator, field: Luma, centre: tuple[float, float], level: float) -> None:
    """Add folds that run away from the pool: each a soft-edged strip with a steep and a gentle side."""
    x, y = pixel_grid((field.shape[0], field.shape[1]))
    distance = np.hypot(x - centre[0], y - centre[1])
    for _ in range(int(rng.integers(4, 14))):
        azimuth = rng.uniform(0, 2 * np.pi)
        u, v = np.cos(azimuth), np.sin(azimuth)
        side = (x - centre[0]) * -v + (y - centre[1]) * u + rng.uniform(-0.25, 0.25) * distance
        ahead = np.clip(((x - centre[0]) * u + (y - centre[1]) * v) / rng.uniform(10, 60), 0, 1)
        steep, gentle = rng.uniform(1.0, 6.0), rng.uniform(10, 60)
        fold = np.clip(side / steep, 0, 1) * np.exp(-np.maximum(side, 0) / gentle)
        field += np.float32(rng.uniform(-0.6, 0.5) * level) * (fold * ahead).astype(np.float32)


def _add_tiles(rng: np.random.Generator, room: Luma) -> None:
    pitch = rng.uniform(0.06, 0.25) * max(room.shape)
    angle = rng.uniform(0, np.pi / 2)
    x, y = pixel_grid((room.shape[0], room.shape[1]))
    width = rng.uniform(1.0, 3.0)
    for u, v in ((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))):
        along = (x * np.float32(u) + y * np.float32(v)) % np.float32(pitch)
        joint = np.clip(width - np.minimum(along, pitch - along), 0, 1)
        room += np.float32(rng.uniform(-40, 40)) * joint.astype(np.float32)


def _add_clutter(rng: np.random.Generator, room: Luma) -> None:
    image = Image.fromarray(np.zeros(room.shape, dtype=np.uint8))
    draw = ImageDraw.Draw(image)
    size = max(room.shape)
    for _ in range(int(rng.integers(4, 25))):
        x, y = rng.uniform(0, room.shape[1]), rng.uniform(0, room.shape[0])
        w, h = rng.uniform(0.01, 0.3, 2) * size
        fill = int(rng.integers(1, 255))
        if rng.random() < 0.6:
            a = rng.uniform(0, np.pi)
            c, s = np.cos(a), np.sin(a)
            corners = [(x + c * p - s * q, y + s * p + c * q) for p, q in ((0, 0), (w, 0), (w, h), (0, h))]
            draw.polygon(corners, fill=fill)
        elif rng.random() < 0.5:
            draw.ellipse([x, y, x + w, y + h], fill=fill)
        else:
            end = (x + rng.uniform(-w, w), y + rng.uniform(-h, h))
            draw.line([(x, y), end], fill=fill, width=int(rng.integers(1, 8)))
    things = np.asarray(image, dtype=np.float32)
    alpha = np.float32(rng.uniform(0.4, 1.0)) * (things > 0)
    room += alpha * (things - room)


def add_shape(
    rng: np.random.Generator, picture: Luma, centre: Points, size_px: float, squeeze: tuple[float, float]
) -> Points:
    """Paint one cue (a paper shape, often with an outline and a pattern) and return its outline [P, 2].

    Parameters
    ----------
    rng, picture
        Randomness; the picture, changed in place.
    centre : float64 [2]
        Its middle, in pixels.
    size_px : float
        About half its greatest extent.
    squeeze : (float, float)
        How much flatter it looks along the direction (radians): a cue on a wall is seen from above.
    """
    shape = _cue_outline(rng) * size_px
    c, s = np.cos(squeeze[1]), np.sin(squeeze[1])
    turned = np.stack([(shape @ [c, s]) * squeeze[0], shape @ [-s, c]], axis=1)
    points: Points = turned @ np.array([[c, s], [-s, c]]) + centre
    window = window_around(points, 3)
    mask = Stencil(window, 2)
    mask.polygon(points)
    alpha = mask.array()
    fill = float(rng.choice([rng.uniform(0, 60), rng.uniform(60, 180), rng.uniform(170, 255)]))
    blend(picture, window, alpha, fill)
    if rng.random() < 0.6:
        edge = Stencil(window, 2)
        closed = np.vstack([points, points[:1]])
        edge.line(closed, [rng.uniform(0.8, 3)] * len(points))
        blend(picture, window, edge.array(), float(rng.uniform(0, 255)))
    for _ in range(int(rng.integers(0, 4))):
        stripe = Stencil(window, 2)
        ends = centre + rng.uniform(-0.7, 0.7, (2, 2)) * size_px
        stripe.line(ends, [rng.uniform(0.05, 0.3) * size_px])
        blend(picture, window, stripe.array() * alpha, float(rng.uniform(0, 255)))
    return points


def add_hanging(rng: np.random.Generator, picture: Luma, centre: Points, rim: Points, size_px: float) -> Points:
    """Paint a cut-out that hangs over the rim, as long and as softly shaded as an animal; return its outline [P, 2].

    Parameters
    ----------
    rng, picture
        Randomness; the picture, changed in place.
    centre, rim : float64 [2]
        Its middle, and where it is fixed, in pixels.
    size_px : float
        Half its length.
    """
    towards = rim - centre
    along = np.arctan2(towards[1], towards[0]) + rng.normal(0, 0.5)
    c, s = np.cos(along), np.sin(along)
    leaf = _leaf_outline(rng) if rng.random() < 0.6 else _cue_outline(rng)
    points: Points = leaf * (size_px, size_px * rng.uniform(0.25, 0.7)) @ np.array([[c, s], [-s, c]]) + centre
    window = window_around(points, 3)
    mask = Stencil(window, 2)
    mask.polygon(points)
    alpha = blur(mask.array(), rng.uniform(0, 0.06) * size_px)
    fill = float(rng.choice([rng.uniform(0, 50), rng.uniform(50, 180), rng.uniform(170, 255)], p=[0.4, 0.35, 0.25]))
    shade = np.float32(rng.uniform(-60, 60)) * soft_noise(rng, window.shape, size_px * rng.uniform(0.4, 1.5))
    blend(picture, window, alpha, np.clip(fill + shade * np.float32(rng.uniform(0, 1)), 0, 255))
    if rng.random() < 0.4:
        _add_line(picture, points.mean(axis=0), points[0], size_px * rng.uniform(0.03, 0.1), float(rng.uniform(0, 255)))
    if rng.random() < 0.6:  # what it hangs by
        _add_line(picture, points[0], rim, size_px * rng.uniform(0.03, 0.2), float(rng.uniform(0, 255)))
    return points


def _leaf_outline(rng: np.random.Generator) -> Points:
    """Return the outline [P, 2] of a leaf, a fish or a drop of half length 1, its stalk at (1, 0)."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    blunt = rng.uniform(0.6, 1.6)
    belly = 1 - rng.uniform(-0.5, 0.5) * np.cos(t)
    bite = 1 - rng.uniform(0, 0.4) * np.exp(-(((t - np.pi) / 0.4) ** 2))
    return np.stack([np.cos(t) * bite, np.sign(np.sin(t)) * np.abs(np.sin(t)) ** blunt * belly], axis=1)


def _add_line(picture: Luma, begin: Points, end: Points, width_px: float, tone: float) -> None:
    window = window_around(np.stack([begin, end]), 3 + width_px)
    mask = Stencil(window, 2)
    mask.line(np.stack([begin, end]), [width_px])
    blend(picture, window, mask.array(), tone)


def _cue_outline(rng: np.random.Generator) -> Points:
    """Return the outline [P, 2] of a random shape of about unit half size."""
    kind = rng.integers(0, 6)
    if kind == 0:
        return ellipse_points(np.zeros(2), (1.0, rng.uniform(0.3, 1.0)), rng.uniform(0, np.pi))
    if kind == 1:
        n = int(rng.integers(3, 9))
        return ellipse_points(np.zeros(2), (1.0, 1.0), rng.uniform(0, np.pi), n)
    if kind == 2:  # star
        n = 2 * int(rng.integers(4, 9))
        radius = np.where(np.arange(n) % 2 == 0, 1.0, rng.uniform(0.3, 0.6))
    elif kind == 3:  # leaf, butterfly, cloud
        n = 48
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        lobes = int(rng.integers(1, 5))
        radius = 0.65 + 0.35 * np.cos(lobes * t + rng.uniform(0, 6)) * np.sign(rng.uniform(-1, 1))
    elif kind == 4:  # cross
        a = rng.uniform(0.15, 0.4)
        quarter = np.array([(a, 1.0), (a, a), (1.0, a)])
        turns = [np.array([[c, s], [-s, c]]) for c, s in ((1, 0), (0, -1), (-1, 0), (0, 1))]
        return np.vstack([quarter @ turn for turn in turns])
    else:  # any closed curve
        n = 40
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        waves = [rng.uniform(-0.15, 0.15) * np.cos(k * t + rng.uniform(0, 6)) for k in (2, 3, 4)]
        radius = 0.7 + np.sum(waves, axis=0)
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)


def add_caption(rng: np.random.Generator, picture: Luma) -> None:
    """Burn a recorder's caption (date, time, a number) into a border of the picture, in place."""
    text = "".join(rng.choice(list("0123456789:/.- ABCT"), size=int(rng.integers(4, 20))))
    height, width = picture.shape
    image = Image.new("L", (7 * len(text) + 4, 14), 0)
    ImageDraw.Draw(image).text((2, 1), text, fill=255)
    grow = max(1, round(width / rng.uniform(300, 900)))
    large = image.resize((image.width * grow, image.height * grow))
    mask = np.asarray(large, dtype=np.float32) * np.float32(1 / 255)
    x = int(rng.uniform(0, max(1, width - mask.shape[1])))
    y = int(rng.choice([2, max(2, height - mask.shape[0] - 2)]))
    place = window_around(np.array([[x, y], [x + mask.shape[1] - 1, y + mask.shape[0] - 1]]), 0)
    if rng.random() < 0.4:
        blend(picture, place, np.ones_like(mask), float(rng.uniform(0, 40)))
    blend(picture, place, mask, float(rng.uniform(180, 255)))


def soften(picture: Luma, sigma_px: float) -> None:
    """Blur the surroundings in place: they often lie out of focus."""
    picture[:] = blur(picture, sigma_px)
