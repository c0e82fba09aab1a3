"""What a simulated film looks like: camera, pool, animal and sensor, drawn once per film."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.simulator.camera import Camera, CameraPlace, Sensor, make_camera
from napari_mazetrack.simulator.pool import PoolLook
from napari_mazetrack.simulator.random_looks import random_pool_look, random_swimmer_look
from napari_mazetrack.simulator.ripples import Ripples, random_ripples
from napari_mazetrack.simulator.scenario import Scenario
from napari_mazetrack.simulator.swimmer import SwimmerLook

RIM_HEIGHT_CM = 10.0


@dataclass(frozen=True)
class FilmLook:
    """Camera, empty pool, animal, waves and sensor of a film, and the seed of what stands round the pool."""

    camera: Camera
    pool: PoolLook
    swimmer: SwimmerLook
    ripples: Ripples
    sensor: Sensor
    room_seed: int = 0


def random_film_look(rng: np.random.Generator, scenario: Scenario) -> FilmLook:
    """Return a look that a laboratory would still be content with: less wild than the training pictures."""
    camera = film_camera(rng, scenario)
    pool = random_pool_look(rng)
    contrast = pool.platform_contrast * 0.2
    if scenario.kind == TrialKind.VISIBLE:
        contrast = -60.0 if pool.water > 110 else 60.0
    pool = replace(
        pool,
        radius_cm=scenario.radius_cm,
        rim_height_cm=RIM_HEIGHT_CM,
        cloud=min(pool.cloud, 4.0),
        grain=min(pool.grain, 2.0),
        dirt=min(pool.dirt, 3),
        glare=tuple((x, y, size, 0.5 * strength) for x, y, size, strength in pool.glare),
        platform_contrast=contrast,
    )
    length_px = scenario.length_cm * camera.px_per_cm(np.zeros(2))
    swimmer = random_swimmer_look(rng, pool.water, is_pool=True, length_px=length_px)
    sensor = Sensor(
        blur_px=float(rng.uniform(0.3, 0.9)),
        noise=float(rng.uniform(0.5, 3.0)),
        gain=float(rng.uniform(0.85, 1.05)),
        offset=float(rng.uniform(-5, 12)),
    )
    ripples = random_ripples(rng)
    calm = replace(ripples, rings=0.5 * ripples.rings, wake=0.5 * ripples.wake)
    room_seed = int(rng.integers(2**31))
    return FilmLook(camera=camera, pool=pool, swimmer=swimmer, ripples=calm, sensor=sensor, room_seed=room_seed)


def film_camera(rng: np.random.Generator, scenario: Scenario) -> Camera:
    """Return a camera that stands a little off the pool's centre and is slightly tilted."""
    short = min(scenario.shape)
    place = CameraPlace(
        height_cm=float(scenario.radius_cm * rng.uniform(2.8, 4.5)),
        offset_cm=(float(rng.normal(0, 0.06 * scenario.radius_cm)), float(rng.normal(0, 0.06 * scenario.radius_cm))),
        tilt_deg=float(rng.uniform(0, 4)),
        tilt_towards_deg=float(rng.uniform(0, 360)),
    )
    px_per_cm = short * rng.uniform(0.4, 0.44) / scenario.radius_cm
    centre = (
        scenario.shape[1] / 2 + float(rng.normal(0, 0.015)) * short,
        scenario.shape[0] / 2 + float(rng.normal(0, 0.015)) * short,
    )
    return make_camera(place, scenario.shape, px_per_cm, centre)
