"""Write simulated pictures, or simulated films with their truth."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.progress import Job, Progress


def simulate_pictures(folder: Path, n: int, seed: int = 0, *, overwrite: bool = False) -> Job[Path]:
    """Write n single pictures of n different pools to `folder`; return the path of their label file."""
    from napari_mazetrack.simulator.picture_files import LABELS_NAME, write_pictures

    yield Progress("Painting pictures", 0, n)
    for done in write_pictures(folder, n, seed, overwrite=overwrite):
        yield Progress("Painting pictures", done, n)
    return folder / LABELS_NAME
