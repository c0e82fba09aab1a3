"""Find the arena in a picture of the empty pool, and say how good it is.

An ellipse does not show a tilt of the camera: a circle seen under a tilt τ is an ellipse whose centre is not the
circle's. What that hides is largest at the pool's centre: R² Z sin τ / (Z² - R² sin² τ) for a camera at the distance Z.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.arena_files import check_diameter
from napari_mazetrack.maze.find_platform import find_platform
from napari_mazetrack.maze.find_waterline import find_waterline
from napari_mazetrack.maze.known_points import KnownPoints, calibrate

#: Tilts for which the hidden error is stated, degrees.
TILTS_DEG = (5.0, 10.0)
#: The camera's height that is assumed where none is given, centimetres.
USUAL_CAMERA_CM = 200.0
#: A fit worse than this, in pool radii, is no pool.
_MAX_RESIDUAL = 0.012
_MIN_SUPPORT = 0.4
PLATFORM_NAME = "platform"
#: No length that a person gives is longer, centimetres.
_HIGHEST_CM = 10_000
#: No lens sees a pool whole from nearer than this many diameters.
_LOWEST_CAMERA = 0.25


@dataclass(frozen=True)
class FindSettings:
    """What a person knows of the pool.

    Attributes
    ----------
    diameter_cm : float or None
        Diameter of the pool at the waterline.
    rim_above_water_cm : float or None
        Says that the edge that is seen is the pool's rim, so high above the water; it is scaled down to the water's
        plane. Needs `camera_height_cm`.
    camera_height_cm : float or None
        Height of the camera above the water.
    points : KnownPoints or None
        Points whose place in the plane of the water is known: they tell how the camera is tilted.
    mirrored : bool
        The film shows the pool in a mirror.
    """

    diameter_cm: float | None = None
    rim_above_water_cm: float | None = None
    camera_height_cm: float | None = None
    points: KnownPoints | None = None
    mirrored: bool = False

    def __post_init__(self) -> None:
        for name in ("diameter_cm", "rim_above_water_cm", "camera_height_cm"):
            value = getattr(self, name)
            if value is not None and not 0 < value < _HIGHEST_CM:
                raise MazetrackError(
                    f"{name} must be centimetres above 0 and below {_HIGHEST_CM}, got {value:g}. Correct it."
                )
        if self.diameter_cm is not None:
            check_diameter(self.diameter_cm, "The setting")
        self._check_heights()

    def _check_heights(self) -> None:
        rim, camera = self.rim_above_water_cm, self.camera_height_cm
        if rim is not None and camera is None:
            raise MazetrackError("A rim above the water needs the camera's height too: give both, in centimetres.")
        if rim is not None and camera is not None and rim >= camera:
            raise MazetrackError(
                f"The rim ({rim:g} cm above the water) cannot be higher than the camera ({camera:g} cm). Correct them."
            )
        if camera is not None and self.diameter_cm is not None and camera < _LOWEST_CAMERA * self.diameter_cm:
            raise MazetrackError(
                f"A camera {camera:g} cm above the water cannot see a pool of {self.diameter_cm:g} cm whole. Correct "
                "one of them."
            )


@dataclass(frozen=True)
class FoundArena:
    """An arena that was found, and how good it is.

    Attributes
    ----------
    arena : Arena
        In pixels of the picture.
    residual_px : float
        Root mean square distance of the waterline's edge points from the ellipse.
    support : float
        Share of the outline on which an edge was found.
    tilt_bound_cm : dict
        By tilt of the camera in degrees: the largest position error that the ellipse cannot show. Empty without a
        diameter, and where known points tell the tilt.
    camera_height_cm : float
        The height that the bound is for.
    warnings : tuple of str
        Sentences for the person about the film that it was found in.
    points_residual_cm : float or None
        Root mean square distance of the known points from where the arena has them.
    """

    arena: Arena
    residual_px: float
    support: float
    tilt_bound_cm: dict[float, float]
    camera_height_cm: float
    warnings: tuple[str, ...] = ()
    points_residual_cm: float | None = None


def find_arena_in_picture(background_luma: NDArray[np.uint8], settings: FindSettings | None = None) -> FoundArena:
    """Find waterline and platform.

    Parameters
    ----------
    background_luma : uint8 [H, W]
        The pool without the animal (the median of frames over the whole film).
    settings : FindSettings or None
        What is known of the pool.

    Raises
    ------
    MazetrackError
        There is no pool in the picture, or the known points do not fit it.
    """
    settings = settings or FindSettings()
    waterline = find_waterline(background_luma)
    if waterline is not None:
        radius = np.sqrt(waterline.ellipse.rx * waterline.ellipse.ry)
        if waterline.residual_px > max(1.5, _MAX_RESIDUAL * radius) or waterline.support < _MIN_SUPPORT:
            waterline = None
    if waterline is None:
        raise MazetrackError(
            "No pool was found: the picture shows no closed round edge between water and wall. Check that it is the "
            "right film, or mark the pool by hand (in napari: Track panel, Mark by hand, Save)."
        )
    platform = find_platform(background_luma, waterline.ellipse)
    arena = Arena(
        pool=_in_plane_of_water(waterline.ellipse, background_luma.shape, settings),
        diameter_cm=settings.diameter_cm,
        mirrored=settings.mirrored,
        platforms={PLATFORM_NAME: platform} if platform is not None else {},
    )
    residual_cm = None
    if settings.points is not None:
        calibrated = calibrate(arena, settings.points)
        arena, residual_cm = calibrated.arena, calibrated.residual_cm
    camera_cm = settings.camera_height_cm or USUAL_CAMERA_CM
    bound = {}
    if settings.diameter_cm is not None and settings.points is None:
        bound = {tilt: compute_tilt_bound_cm(settings.diameter_cm / 2, camera_cm, tilt) for tilt in TILTS_DEG}
    return FoundArena(arena, waterline.residual_px, waterline.support, bound, camera_cm, points_residual_cm=residual_cm)


def compute_tilt_bound_cm(radius_cm: float, camera_cm: float, tilt_deg: float) -> float:
    """Return the largest position error that an ellipse hides, R² Z sin τ / (Z² - R² sin² τ) (see the module)."""
    sine = np.sin(np.radians(tilt_deg))
    return float(radius_cm**2 * sine * camera_cm / (camera_cm**2 - (radius_cm * sine) ** 2))


def _in_plane_of_water(pool: Ellipse, shape: tuple[int, ...], settings: FindSettings) -> Ellipse:
    """Scale a rim down to the water's plane, about the point that the camera looks at (the picture's centre)."""
    if settings.rim_above_water_cm is None or settings.camera_height_cm is None:
        return pool
    factor = 1 - settings.rim_above_water_cm / settings.camera_height_cm
    middle_x, middle_y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    return replace(
        pool,
        cx=middle_x + factor * (pool.cx - middle_x),
        cy=middle_y + factor * (pool.cy - middle_y),
        rx=factor * pool.rx,
        ry=factor * pool.ry,
    )
