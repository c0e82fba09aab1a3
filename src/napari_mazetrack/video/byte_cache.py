"""A cache of pictures that is bounded in bytes and forgets the least recently used first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)


class ByteCache(Generic[Key]):
    """Pictures by key; not thread-safe: its owner holds the lock."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._pictures: OrderedDict[Key, NDArray[np.uint8]] = OrderedDict()

    @property
    def n_bytes(self) -> int:
        """Bytes held now."""
        return self._n_bytes

    def get(self, key: Key) -> NDArray[np.uint8] | None:
        """Return the picture under `key`, or None."""
        picture = self._pictures.get(key)
        if picture is not None:
            self._pictures.move_to_end(key)
        return picture

    def put(self, key: Key, picture: NDArray[np.uint8]) -> None:
        """Keep `picture`, which nobody may change any more; one larger than the whole cache is not kept."""
        if picture.nbytes > self._max_bytes:
            return
        old = self._pictures.pop(key, None)
        self._n_bytes += picture.nbytes - (0 if old is None else old.nbytes)
        self._pictures[key] = picture
        while self._n_bytes > self._max_bytes:
            _, dropped = self._pictures.popitem(last=False)
            self._n_bytes -= dropped.nbytes

    def clear(self) -> None:
        """Forget everything."""
        self._pictures.clear()
        self._n_bytes = 0
