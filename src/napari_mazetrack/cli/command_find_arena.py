"""``mazetrack find-arena``: the waterline and the platform of a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.cli.wrong_usage import wrong_usage

if TYPE_CHECKING:
    from napari_mazetrack.maze.find_arena import FoundArena


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("find-arena")(find_arena)


def find_arena(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The arena file to write (.json).")],
    diameter_cm: Annotated[
        float | None, typer.Option("--diameter-cm", help="Diameter of the pool at the waterline.")
    ] = None,
    rim_above_water_cm: Annotated[
        float | None,
        typer.Option("--rim-above-water-cm", help="The edge that is seen is the rim, so high above the water."),
    ] = None,
    camera_height_cm: Annotated[
        float | None, typer.Option("--camera-height-cm", help="Height of the camera above the water.")
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            "--points",
            help="Table of 4 or more points at the height of the water: x, y (pixels), x_cm, y_cm. They tell how the "
            "camera is tilted, and the diameter.",
        ),
    ] = None,
    mirrored: Annotated[bool, typer.Option("--mirrored", help="The film shows the pool in a mirror.")] = False,
    fps: Annotated[float | None, typer.Option("--fps", help="Frames a second (TIFF stacks).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the arena file if it exists.")] = False,
) -> None:
    """Find the waterline of the pool and, where it can be seen, the platform.

    Look at the result on the film before measuring: the platform of a hidden trial is often not to be seen.

    Example: mazetrack find-arena day1/film.mp4 --diameter-cm 120 --out arena.json
    """
    from napari_mazetrack.maze.find_arena import FindSettings
    from napari_mazetrack.maze.known_points import load_known_points
    from napari_mazetrack.video import Timing
    from napari_mazetrack.workflows.find_arena import find_arena as find

    if rim_above_water_cm is not None and camera_height_cm is None:
        raise typer.BadParameter("give --camera-height-cm too", param_hint="--rim-above-water-cm")
    known = load_known_points(points) if points is not None else None
    with wrong_usage("--diameter-cm / --rim-above-water-cm / --camera-height-cm"):
        settings = FindSettings(diameter_cm, rim_above_water_cm, camera_height_cm, known, mirrored)
    with wrong_usage("--fps"):
        timing = Timing(fps=fps) if fps is not None else None
    found = run_job(find(film, settings, out=out, timing=timing, overwrite=force))
    for line in _lines(found, is_height_given=camera_height_cm is not None):
        typer.echo(line)
    typer.echo(f"Wrote {out}")


def _lines(found: FoundArena, *, is_height_given: bool) -> list[str]:
    pool = found.arena.pool
    lines = [
        f"Pool: centre ({pool.cx:.1f}, {pool.cy:.1f}), half axes {max(pool.rx, pool.ry):.1f} and "
        f"{min(pool.rx, pool.ry):.1f} px",
        f"Fit: residual {found.residual_px:.2f} px, an edge on {found.support:.0%} of the outline",
    ]
    for platform in found.arena.platforms.values():
        shape = "square" if platform.shape == "polygon" else "round"
        lines.append(
            f"Platform: {shape}, centre ({platform.cx:.1f}, {platform.cy:.1f}), radius {platform.r:.1f} px"
            + (" (of equal area)" if platform.shape == "polygon" else "")
        )
    if not found.arena.platforms:
        lines.append(
            "Platform: none stands out; where the trial has one, add it in napari (Track panel, Add platform, Save) or "
            'in the arena file: "platforms": {"platform": {"shape": "circle", "cx": 270, "cy": 135, "r": 17}}'
        )
    if found.points_residual_cm is not None:
        lines.append(
            f"Known points: {found.points_residual_cm:.2f} cm off; by them the pool is "
            f"{found.arena.diameter_cm:.1f} cm wide"
        )
    elif found.tilt_bound_cm:
        bounds = ", ".join(f"{tilt:g}° up to {error:.1f} cm" for tilt, error in found.tilt_bound_cm.items())
        lines.append(
            f"A tilt of the camera that this fit cannot show would shift positions: {bounds} "
            f"({'' if is_height_given else 'were the '}camera {found.camera_height_cm:g} cm above the water"
            f"{'' if is_height_given else '; --camera-height-cm says how high yours is'})"
        )
    else:
        lines.append("No diameter was given (--diameter-cm), so this arena gives no centimetres yet")
    return [*lines, *(f"Note: {warning}" for warning in found.warnings)]
