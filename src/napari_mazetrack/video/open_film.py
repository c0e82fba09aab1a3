"""Opening any film: the file's content decides how it is read, not its name."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.video.container import check_readable
from napari_mazetrack.video.film import Film, Source
from napari_mazetrack.video.picture_file import PICTURE_HEADS, PictureFile
from napari_mazetrack.video.tiff_stack import TIFF_HEADS, TiffStack
from napari_mazetrack.video.timing import Timing
from napari_mazetrack.video.video_file import VideoFile


def open_film(path: Path | str, *, timing: Timing | None = None) -> Film:
    """Open a film: a video file, a TIFF stack, or a single picture.

    Parameters
    ----------
    path : Path or str
        The file.
    timing : Timing or None
        A correction of the film's times; TIFF stacks and bare H.264 streams hold none and need one.

    Raises
    ------
    MazetrackError
        The file cannot be read, is no film, or has no times and none were given.
    """
    path = Path(path)
    head = check_readable(path)
    source = _open_source(path, head)
    try:
        return Film(path, source, timing)
    except BaseException:
        source.close()
        raise


def _open_source(path: Path, head: bytes) -> Source:
    if head[:4] in TIFF_HEADS:
        return TiffStack(path)
    return PictureFile(path) if head.startswith(PICTURE_HEADS) else VideoFile(path)
