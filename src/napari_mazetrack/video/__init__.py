"""Exact frames from any film.

- ``open_film`` opens a video file, a TIFF stack or a picture; ``film`` is what it gives: frames by index or in order,
  times, identity; ``film_array`` shows it to napari as an array.
- ``video_file`` (PyAV), ``tiff_stack`` (tifffile) and ``picture_file`` (Pillow) are the sources of pictures.
- ``container`` opens strangers' files safely; ``index`` finds which frame stands where, ``nal`` helps it, and
  ``index_cache`` remembers it; ``decoder`` decodes frames told by that index; ``pictures`` makes full-range luma and
  RGB of them.
- ``timing`` corrects wrong times; ``byte_cache`` bounds the memory.
"""

from napari_mazetrack.video.film import Film, UnreadableFrameError
from napari_mazetrack.video.film_array import FilmArray
from napari_mazetrack.video.open_film import open_film
from napari_mazetrack.video.timing import Timing

__all__ = ["Film", "FilmArray", "Timing", "UnreadableFrameError", "open_film"]
