"""DeepLabCut's tables of an analysed film, as HDF5.

pandas wrote them, and its reader runs whatever a crafted file tells it to; so they are read with h5py, array by array.
pandas has two layouts: *fixed* has the columns' names in arrays; *table* has them pickled in an attribute, of which
only the text is taken (`pickled_names`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.safe_hdf5 import read_any_array, read_names, read_text
from napari_mazetrack.workflows.deeplabcut_tables import points_of_table
from napari_mazetrack.workflows.pickled_names import read_pickled_names
from napari_mazetrack.workflows.predicted_points import PredictedPoints

if TYPE_CHECKING:
    import h5py

Column = tuple[str, str, str]


def find_table(file: h5py.File) -> str | None:
    """Return the name of the only pandas table in a file, None where there is none."""
    names = [name for name in file if "pandas_type" in file[name].attrs]
    return names[0] if len(names) == 1 else None


def read_deeplabcut_hdf5(path: Path, file: h5py.File, name: str) -> PredictedPoints:
    """Return the points of a DeepLabCut table; ValueError or KeyError where it is laid out in another way."""
    is_fixed = read_text(file[name].attrs["pandas_type"]) == "frame"
    frame_index, columns, values = _read_fixed(file, name) if is_fixed else _read_table(file, name)
    if values.shape != (len(frame_index), len(columns)):
        raise ValueError("its numbers do not fit its columns")
    return points_of_table(path, frame_index, columns, values)


def _read_fixed(file: h5py.File, name: str) -> tuple[NDArray[np.float64], list[Column], NDArray[np.float64]]:
    attributes = file[name].attrs
    if int(attributes["nblocks"]) != 1:
        raise ValueError("it has more than numbers in it")
    levels = []
    for level in range(int(attributes["axis0_nlevels"])):
        words = read_names(file, f"{name}/axis0_level{level}")
        places = read_any_array(file, f"{name}/axis0_label{level}", "iu", 1)
        if len(places) and not 0 <= places.min() <= places.max() < len(words):
            raise ValueError("its columns have no names")
        levels.append([words[place] for place in places])
    frame_index = read_any_array(file, f"{name}/axis1", "iuf", 1).astype(np.float64)
    values = read_any_array(file, f"{name}/block0_values", "f", 2).astype(np.float64)
    return frame_index, [_column(column) for column in zip(*levels, strict=True)], values


def _read_table(file: h5py.File, name: str) -> tuple[NDArray[np.float64], list[Column], NDArray[np.float64]]:
    table = read_any_array(file, f"{name}/table", "V", 1)
    if table.dtype.names != ("index", "values_block_0"):
        raise ValueError("it has more than numbers in it")
    columns = [_column(column) for column in read_pickled_names(file[name].attrs["non_index_axes"])]
    return table["index"].astype(np.float64), columns, table["values_block_0"].astype(np.float64)


def _column(names: tuple[str, ...]) -> Column:
    """Return animal, point and coordinate of (scorer, [animal,] point, coordinate)."""
    if len(names) not in (3, 4):
        raise ValueError("its columns are not those of DeepLabCut")
    return ("", *names[1:]) if len(names) == 3 else names[1:]  # type: ignore[return-value]
