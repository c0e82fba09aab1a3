"""Arrays out of a stranger's HDF5 file: only those that lie in it themselves, and none larger than the cap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import h5py

MAX_ARRAY_BYTES = 1 << 30
MAX_NAMES = 64
MAX_OBJECTS = 1000


def _dataset(file: h5py.Group, name: str) -> h5py.Dataset:
    """Return a dataset that lies in the file itself and is no larger than the caps."""
    import h5py

    parts = name.split("/")
    for n in range(1, len(parts) + 1):
        if not isinstance(file.get("/".join(parts[:n]), getlink=True), h5py.HardLink):
            raise ValueError(f"it has no {name} of its own")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise ValueError(f"its {name} is not an array of its own")
    if dataset.nbytes > MAX_ARRAY_BYTES:
        raise ValueError(f"its {name} is larger than {MAX_ARRAY_BYTES >> 20} MiB")
    return dataset


def read_array(file: h5py.File, name: str, dtype: type[np.generic], shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return an array of this type and shape (None: any length, one axis); ValueError where it is another."""
    dataset = _dataset(file, name)
    if dataset.dtype != dtype or dataset.ndim != (1 if shape is None else len(shape)):
        raise ValueError(f"its {name} is {dataset.ndim}-dimensional {dataset.dtype}, expected {np.dtype(dtype)}")
    if shape is not None and dataset.shape != shape:
        raise ValueError(f"its {name} has the shape {dataset.shape}, expected {shape}")
    return np.asarray(dataset[()])


def read_any_array(file: h5py.File, name: str, kinds: str, n_axes: int) -> NDArray[Any]:
    """Return an array of one of these kinds (letters of NumPy's) and so many axes; ValueError where it is another."""
    dataset = _dataset(file, name)
    if dataset.dtype.kind not in kinds or dataset.dtype.hasobject or dataset.ndim != n_axes:
        raise ValueError(f"its {name} is {dataset.ndim}-dimensional {dataset.dtype}")
    return np.asarray(dataset[()])


def refuse_foreign_links(group: h5py.Group, depth: int = 6) -> None:
    """Raise ValueError where a file lies deep or large, or has anything that lies in another file."""
    import h5py

    if depth == 0 or len(group) > MAX_OBJECTS:
        raise ValueError("it has too many groups")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"its {name} lies elsewhere")
        if isinstance(group[name], h5py.Group):
            refuse_foreign_links(group[name], depth - 1)
        else:
            _dataset(group, name)


def read_names(file: h5py.File, name: str) -> tuple[str, ...]:
    """Return a list of names; ValueError where it is none."""
    dataset = _dataset(file, name)
    if dataset.ndim != 1 or not 1 <= dataset.shape[0] <= MAX_NAMES:
        raise ValueError(f"its {name} are not a list of up to {MAX_NAMES} names")
    return tuple(read_text(value) for value in dataset[()])


def read_text(value: object) -> str:
    """Return text that h5py gives as bytes or str; ValueError where it is anything else."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    raise ValueError(f"expected text, found {type(value).__name__}")
