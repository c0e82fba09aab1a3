"""Single training pictures: each another random pool (or dry arena), camera and animal, with its three keypoints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.simulator.arm import paint_arm, random_arm
from napari_mazetrack.simulator.camera import Camera, CameraPlace, expose, make_camera
from napari_mazetrack.simulator.canvas import Luma, Points, Stencil, blend, blur, cut_out, ellipse_points, window_around
from napari_mazetrack.simulator.open_field import paint_open_field
from napari_mazetrack.simulator.pool import Background, PoolLook, PoolPlatform, paint_pool
from napari_mazetrack.simulator.random_looks import (
    random_bend,
    random_pool_look,
    random_sensor,
    random_spots,
    random_swimmer_look,
)
from napari_mazetrack.simulator.ripples import Mirror, paint_reflection, paint_ripples, random_ripples
from napari_mazetrack.simulator.surroundings import add_caption
from napari_mazetrack.simulator.swimmer import (
    SwimmerLook,
    SwimmerPatch,
    SwimmerPose,
    lay_swimmer,
    make_pose,
    paint_swimmer,
)
from napari_mazetrack.simulator.textures import add_texture

EMPTY_FRACTION = 0.12
DRY_FRACTION = 0.2
#: At the platform: on it, or coming over its edge, which cuts the animal in two tones where the platform is seen.
AT_PLATFORM_FRACTION = 0.06
AT_VISIBLE_PLATFORM_FRACTION = 0.5
#: Up to this many of its lengths outside of the edge; so many animals there make for the platform.
PLATFORM_REACH = 0.8
ONTO_PLATFORM_FRACTION = 0.6
#: What detectors stumble over, more often than a laboratory has it.
DARK_WATER_FRACTION = 0.18
VISIBLE_PLATFORM_FRACTION = 0.35
SPOTTED_FRACTION = 0.2
DECOY_FRACTION = 0.25
HANGING_FRACTION = 0.5
TEXTURED_FRACTION = 0.35
#: A platform that differs from the water by more than this many grey levels is seen.
VISIBLE_CONTRAST = 20.0
#: A point that is hidden more than this (by the rim, a cue or a hand) is not labelled.
HIDDEN_ABOVE = 0.85
SIZES = ((240, 320), (480, 640), (480, 480), (576, 720), (720, 720), (600, 800), (540, 720), (720, 1280), (1080, 1920))
SIZE_ODDS = (0.08, 0.26, 0.16, 0.16, 0.18, 0.07, 0.05, 0.03, 0.01)


@dataclass(frozen=True)
class SimulatedPicture:
    """A picture and what it shows.

    Attributes
    ----------
    luma : uint8 [H, W]
        The picture.
    keypoints_xy : float64 [3, 2] or None
        Head, body, tail in pixels, NaN where a point is hidden or outside; None where there is no animal.
    is_pool : bool
        False for a dry arena.
    """

    luma: NDArray[np.uint8]
    keypoints_xy: Points | None
    is_pool: bool


@dataclass
class _Stage:
    """An arena ready for an animal; without a heading it may look anywhere."""

    background: Background
    is_pool: bool
    place: Points
    length_px: float
    mirror_line: tuple[Points, Points] | None
    heading_rad: float | None = None


def simulate_picture(seed: int) -> SimulatedPicture:
    """Return the training picture with this seed; the same seed gives the same picture."""
    rng = np.random.default_rng([seed, 0x706963])
    shape = _random_shape(rng)
    is_pool = rng.random() > DRY_FRACTION
    stage = _pool_stage(rng, shape, seed) if is_pool else _dry_stage(rng, shape)
    picture = stage.background.luma
    keypoints = None
    if rng.random() >= EMPTY_FRACTION:
        if rng.random() < DECOY_FRACTION:
            _add_blobs(rng, picture, stage, nearest=1.3)
        keypoints = _add_animal(rng, picture, stage)
    else:
        _add_arms(rng, picture, stage)
        _add_blobs(rng, picture, stage, nearest=0.0)
    if rng.random() < 0.2:
        add_caption(rng, picture)
    luma = expose(picture, random_sensor(rng), rng)
    return SimulatedPicture(luma=luma, keypoints_xy=keypoints, is_pool=is_pool)


def _random_shape(rng: np.random.Generator) -> tuple[int, int]:
    height, width = SIZES[int(rng.choice(len(SIZES), p=SIZE_ODDS))]
    if rng.random() < 0.3 and height < 720:
        height, width = int(height * rng.uniform(0.85, 1.05)), int(width * rng.uniform(0.85, 1.05))
    return height, width


def _pool_stage(rng: np.random.Generator, shape: tuple[int, int], seed: int) -> _Stage:
    look = _make_harder(rng, random_pool_look(rng))
    short = min(shape)
    radius_px = short * rng.choice([rng.uniform(0.3, 0.5), rng.uniform(0.5, 0.9)], p=[0.85, 0.15])
    place = CameraPlace(
        height_cm=float(look.radius_cm * rng.uniform(1.6, 5.0)),
        offset_cm=(float(rng.normal(0, 0.12 * look.radius_cm)), float(rng.normal(0, 0.12 * look.radius_cm))),
        tilt_deg=float(abs(rng.normal(0, 5))),
        tilt_towards_deg=float(rng.uniform(0, 360)),
        roll_deg=float(rng.uniform(0, 360)),
    )
    centre = (
        shape[1] / 2 + rng.normal(0, 0.05) * short,
        shape[0] / 2 + rng.normal(0, 0.05) * short,
    )
    camera = make_camera(place, shape, radius_px / look.radius_cm, centre)
    platform = _random_platform(rng, look)
    background = paint_pool(rng, camera, look, platform)
    own_rng = np.random.default_rng([seed, 0x746578])  # so that pools without a texture stay as they were
    if own_rng.random() < TEXTURED_FRACTION:
        add_texture(own_rng, background.luma, camera, look.radius_cm)
    # A mouse is 7–9 cm without its tail, a rat up to 22; pools are 80–210 cm wide.
    length = float(np.clip(radius_px * rng.uniform(0.09, 0.3), 14, min(140, 0.4 * short)))
    where, line = _random_place_in_pool(rng, camera, look, length)
    is_seen = abs(look.platform_contrast) > VISIBLE_CONTRAST
    if rng.random() < (AT_VISIBLE_PLATFORM_FRACTION if is_seen else AT_PLATFORM_FRACTION):
        where, heading = _place_at_platform(rng, camera, platform, length)
        return _Stage(background, True, where, length, None, heading)
    return _Stage(background, True, where, length, line)


def _place_at_platform(
    rng: np.random.Generator, camera: Camera, platform: PoolPlatform, length_px: float
) -> tuple[Points, float | None]:
    """Return a place on the platform or near its edge, and the heading of an animal that makes for it."""
    middle = np.array([platform.x, platform.y])
    reach_cm = PLATFORM_REACH * length_px / float(camera.px_per_cm(middle))
    r, a = rng.uniform(0, platform.half_cm + reach_cm), rng.uniform(0, 2 * np.pi)
    where = camera.to_image(middle + r * np.array([np.cos(a), np.sin(a)]))
    if rng.random() > ONTO_PLATFORM_FRACTION:
        return where, None
    towards = camera.to_image(middle) - where
    return where, float(np.arctan2(towards[1], towards[0]) + rng.normal(0, 0.4))


def _make_harder(rng: np.random.Generator, look: PoolLook) -> PoolLook:
    if rng.random() < DARK_WATER_FRACTION:
        look = replace(look, water=float(rng.uniform(15, 70)))
    if rng.random() < VISIBLE_PLATFORM_FRACTION:
        look = replace(look, platform_contrast=float(rng.choice([-1, 1]) * rng.uniform(8, 110)))
    if rng.random() < HANGING_FRACTION:
        look = replace(look, n_hangings=int(rng.integers(1, 6)))
    return look


def _random_platform(rng: np.random.Generator, look: PoolLook) -> PoolPlatform:
    r, a = look.radius_cm * rng.uniform(0.2, 0.75), rng.uniform(0, 2 * np.pi)
    return PoolPlatform(
        x=float(r * np.cos(a)),
        y=float(r * np.sin(a)),
        half_cm=float(rng.uniform(3, 9)),
        square=bool(rng.random() < 0.5),
        angle_deg=float(rng.uniform(0, 90)),
    )


def _random_place_in_pool(
    rng: np.random.Generator, camera: Camera, look: PoolLook, length_px: float
) -> tuple[Points, tuple[Points, Points]]:
    """Return a place for the animal's body and, for its mirror image, the wall's nearest point and normal."""
    near_wall = rng.random() < 0.4
    for _ in range(20):
        share = rng.uniform(0.82, 0.98) if near_wall else 0.95 * np.sqrt(rng.uniform(0, 1))
        a = rng.uniform(0, 2 * np.pi)
        out = np.array([np.cos(a), np.sin(a)])
        place = camera.to_image(out * look.radius_cm * share)
        if _is_inside(rng, place, camera.shape, length_px):
            break
    wall = camera.to_image(out * look.radius_cm)
    beyond = camera.to_image(out * look.radius_cm * 1.01)
    normal = (beyond - wall) / np.linalg.norm(beyond - wall)
    return place, (wall, normal)


def _is_inside(rng: np.random.Generator, place: Points, shape: tuple[int, int], length_px: float) -> bool:
    """Say whether an animal at `place` lies in the picture: mostly wholly, now and then cut by its border."""
    margin = length_px * rng.choice([0.52, 0.1], p=[0.93, 0.07])
    return bool(np.all(place > margin) and np.all(place < np.array([shape[1], shape[0]]) - 1 - margin))


def _dry_stage(rng: np.random.Generator, shape: tuple[int, int]) -> _Stage:
    floor_luma = float(rng.choice([rng.uniform(120, 250), rng.uniform(20, 120)], p=[0.65, 0.35]))
    background, floor = paint_open_field(rng, shape, floor_luma)
    length = float(np.clip(min(shape) * rng.uniform(0.08, 0.38), 25, 200))
    for _ in range(20):
        place = rng.dirichlet(np.ones(len(floor)) * (0.5 if len(floor) < 9 else 0.08)) @ floor
        if _is_inside(rng, place, shape, length):
            break
    return _Stage(background, False, place, length, None)


def _add_animal(rng: np.random.Generator, picture: Luma, stage: _Stage) -> Points:
    """Paint an animal, its water and perhaps a hand; return its keypoints, NaN where they cannot be seen."""
    x, y = np.clip(np.round(stage.place).astype(int), 0, np.array(picture.shape[::-1]) - 1)
    around = float(np.mean(picture[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5]))
    look = random_swimmer_look(rng, around, stage.is_pool, stage.length_px)
    if rng.random() < SPOTTED_FRACTION:
        look = replace(look, spots=random_spots(rng, look.luma))
    heading = rng.uniform(0, 2 * np.pi) if stage.heading_rad is None else stage.heading_rad
    pose = make_pose(stage.place, heading, stage.length_px, random_bend(rng, stage.is_pool), look.tail_length)
    cover = stage.background.cover
    if stage.is_pool:
        paint_ripples(picture, pose, random_ripples(rng), cover)
        if stage.mirror_line is not None and rng.random() < 0.7:
            mirror = Mirror(
                *stage.mirror_line,
                strength=float(rng.uniform(0.1, 0.95)),
                squeeze=float(rng.uniform(0.4, 1.0)),
                blur_px=float(rng.uniform(0.02, 0.12) * stage.length_px),
            )
            paint_reflection(rng, picture, pose, look, mirror, stage.background.reflector)
    else:
        _add_shadow(rng, picture, pose, look)
    direction = pose.spine_xy[0] - pose.spine_xy[-1]
    share = (0.0, rng.uniform(0, 0.12), rng.uniform(0.1, 0.2))[rng.choice(3, p=[0.55, 0.35, 0.1])]
    smear = direction * share
    patch = paint_swimmer(pose, look, rng, (float(smear[0]), float(smear[1])))
    lay_swimmer(picture, patch, look, stage.length_px, cover)
    _add_leftovers(rng, picture, pose)
    hidden = cover.copy()
    if rng.random() < 0.18:
        _add_hand(rng, picture, hidden, pose, patch)
    return _visible(pose, hidden)


def _visible(pose: SwimmerPose, hidden: Luma) -> Points:
    keypoints = pose.keypoints_xy.copy()
    height, width = hidden.shape
    for point in keypoints:
        column, row = round(point[0]), round(point[1])
        inside = 0 <= column < width and 0 <= row < height
        if not inside or hidden[row, column] > HIDDEN_ABOVE:
            point[:] = np.nan
    return keypoints


def _add_shadow(rng: np.random.Generator, picture: Luma, pose: SwimmerPose, look: SwimmerLook) -> None:
    """Lay a soft shadow of the animal on the dry floor."""
    if rng.random() < 0.4:
        return
    shift = rng.normal(0, 0.08, 2) * pose.length_px
    moved = SwimmerPose(pose.spine_xy + shift, pose.tail_xy + shift)
    patch = paint_swimmer(moved, replace(look, mottle=0.0, limbs=0.0, ear_size=0.0), rng)
    alpha = blur(patch.alpha, rng.uniform(0.02, 0.1) * pose.length_px) * np.float32(rng.uniform(0.1, 0.5))
    blend(picture, patch.window, alpha, cut_out(picture, patch.window) * np.float32(0.35))


def _add_leftovers(rng: np.random.Generator, picture: Luma, pose: SwimmerPose) -> None:
    """Specks, blocks and blurred smudges near the animal: splashes, markers that a tracker burnt in, compression."""
    if rng.random() > 0.25:
        return
    length = pose.length_px
    for _ in range(int(rng.integers(1, 6))):
        centre = pose.spine_xy[16] + rng.normal(0, 0.7, 2) * length
        kind = rng.choice(3)
        size = (rng.uniform(0.5, 1.5), rng.uniform(1, 0.15 * length + 1), rng.uniform(1, 0.25 * length))[kind]
        n = 4 if kind < 2 else 16
        points = ellipse_points(centre, (size, size * rng.uniform(0.5, 1.0)), np.pi / 4 if n == 4 else 0.5, n)
        window = window_around(points, 0.4 * length)
        mask = Stencil(window, 2)
        mask.polygon(points)
        alpha = mask.array() if kind < 2 else blur(mask.array(), 0.3 * size) * np.float32(rng.uniform(0.1, 0.5))
        blend(picture, window, alpha, float(rng.uniform(0, 255)))


def _add_hand(rng: np.random.Generator, picture: Luma, hidden: Luma, pose: SwimmerPose, patch: SwimmerPatch) -> None:
    """Lay the experimenter's arm over the picture: holding the animal's rear, just letting go, or somewhere else."""
    length = pose.length_px
    arm = random_arm(rng, float(np.clip(length * rng.uniform(0.35, 1.3), 12, 160)))
    direction = _from_nearest_border(rng, picture, pose)
    kind = rng.choice(["holds", "near", "away"], p=[0.25, 0.45, 0.3])
    if kind == "holds":
        grip = pose.spine_xy[int(rng.integers(18, 33))]
        tip = grip + rng.normal(0, 0.05, 2) * length
    else:
        distance = rng.uniform(0.5, 1.6) if kind == "near" else rng.uniform(2.0, 6.0)
        tip = pose.spine_xy[16] + np.array([np.cos(direction), np.sin(direction)]) * length * distance
    before = picture.copy() if kind == "holds" else None
    window, mask = paint_arm(rng, picture, arm, tip, direction)
    if before is not None:
        inside = cut_out(hidden, patch.window) * 0
        blend_mask = np.zeros_like(hidden)
        blend(blend_mask, window, mask, 1.0)
        inside = cut_out(blend_mask, patch.window)
        if float((inside * patch.body).sum()) > 0.4 * float(patch.body.sum()):
            picture[:] = before
            return
    blend(hidden, window, mask, 1.0)


def _from_nearest_border(rng: np.random.Generator, picture: Luma, pose: SwimmerPose) -> float:
    """Return the direction in which the arm leaves: mostly away from the picture's middle."""
    middle = np.array([picture.shape[1], picture.shape[0]]) / 2
    away = pose.spine_xy[16] - middle
    return float(np.arctan2(away[1], away[0]) + rng.normal(0, 0.6))


def _add_arms(rng: np.random.Generator, picture: Luma, stage: _Stage) -> None:
    """Lay arms over an empty arena."""
    for _ in range(int(rng.integers(0, 3))):
        arm = random_arm(rng, float(np.clip(stage.length_px * rng.uniform(0.35, 1.3), 12, 160)))
        tip = rng.uniform(0.1, 0.9, 2) * np.array(picture.shape[::-1])
        middle = tip - np.array(picture.shape[::-1]) / 2
        paint_arm(rng, picture, arm, tip, float(np.arctan2(middle[1], middle[0]) + rng.normal(0, 0.5)))


def _add_blobs(rng: np.random.Generator, picture: Luma, stage: _Stage, nearest: float) -> None:
    """Lay soft or sharp patches round the animal's place, which a detector must not take for an animal.

    Droppings, shadows, platforms under the water; none nearer than `nearest` body lengths.
    """
    for _ in range(int(rng.integers(0, 6))):
        centre = stage.place + rng.normal(0, 2.5, 2) * stage.length_px
        size = stage.length_px * rng.choice([rng.uniform(0.03, 0.15), rng.uniform(0.15, 0.9)], p=[0.6, 0.4])
        if np.hypot(*(centre - stage.place)) < nearest * stage.length_px + size:
            continue
        n = 4 if rng.random() < 0.4 else 20
        points = ellipse_points(centre, (size, size * rng.uniform(0.6, 1.0)), rng.uniform(0, 3), n)
        window = window_around(points, size + 3)
        mask = Stencil(window, 2)
        mask.polygon(points)
        soft = blur(mask.array(), size * rng.choice([0.05, rng.uniform(0.1, 0.6)]))
        blend(picture, window, soft * np.float32(rng.uniform(0.1, 0.9)), float(rng.uniform(0, 255)))
