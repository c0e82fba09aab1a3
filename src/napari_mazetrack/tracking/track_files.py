"""Tracks as files: saved whole or not at all, and read from anyone.

`track_csv` and `track_nc` hold the two formats; this is the door to both.
"""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_csv import load_track_csv, save_track_csv
from napari_mazetrack.tracking.track_nc import load_detections_nc, load_track_nc, save_track_nc

__all__ = ["load_detections_nc", "load_track", "save_track_csv", "save_track_nc"]


def load_track(path: Path) -> Track:
    """Read a track from one of our ``.nc`` or ``.csv`` files.

    A CSV holds the final positions only: its raw positions are NaN, and it knows neither film nor model.

    Raises
    ------
    MazetrackError
        There is no such file, or it is not a track of ours, damaged, or too large.
    """
    if path.is_dir():
        raise MazetrackError(f"{path} is a folder. Name the tracks in it, such as {path / '*.tracks.nc'}.")
    if not path.is_file():
        raise MazetrackError(f"There is no track file {path}. Check the name, or track the film first.")
    suffix = path.suffix.lower()
    if suffix == ".nc":
        return load_track_nc(path)
    if suffix == ".csv":
        return load_track_csv(path)
    raise MazetrackError(f"{path} is not a track: expected a .nc or .csv file. Name one that `track` wrote.")
