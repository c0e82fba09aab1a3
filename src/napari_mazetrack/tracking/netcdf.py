"""Variables to the bytes of a netCDF file.

Through h5netcdf, the library that xarray itself writes such files with: importing xarray and pandas takes as much
memory as tracking a film, and half a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


class Values(Protocol):
    """An array, or what makes one of the part that is asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of each value."""

    def __getitem__(self, part: slice, /) -> NDArray[Any]:
        """Return a part of the first axis."""


@dataclass(frozen=True)
class Variable:
    """A variable of a netCDF file: the names of its axes, its values and what is said of them."""

    axes: tuple[str, ...]
    values: Values
    attributes: Mapping[str, object] = field(default_factory=dict)


def netcdf_content(variables: Mapping[str, Variable], attributes: Mapping[str, object]) -> memoryview:
    """Return the content of a netCDF file, in memory: HDF5 crashes the process when the disk fills up under its file.

    Parameters
    ----------
    variables : mapping of str to Variable
        By name; one that is named like its only axis holds the coordinates of that axis. Numbers, or texts.
    attributes : mapping
        Of the file: texts and numbers.
    """
    import h5netcdf

    buffer = BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        for variable in variables.values():
            for axis, length in zip(variable.axes, variable.values.shape, strict=True):
                file.dimensions.setdefault(axis, length)
        for name, variable in variables.items():
            _write(file, name, variable)
        file.attrs.update(attributes)
    return buffer.getbuffer()


def _write(file: Any, name: str, variable: Variable) -> None:  # noqa: ANN401 - h5netcdf is untyped
    import h5py

    values = variable.values
    is_text = values.dtype.kind in "OU"
    written = file.create_variable(
        name,
        variable.axes,
        h5py.string_dtype() if is_text else values.dtype,
        fillvalue=np.nan if values.dtype.kind == "f" else None,
        **(_COMPRESSION if math.prod(values.shape) and name not in variable.axes else {}),
    )
    # What is compressed together is written together, and no more than that is made at once.
    n_rows = written.chunks[0] if written.chunks else max(values.shape[0], 1)
    for first in range(0, values.shape[0], n_rows):
        part = slice(first, first + n_rows)
        written[part] = values[part].astype(object) if is_text else values[part]
    written.attrs.update(variable.attributes)
