"""Results of costly pure functions, recalled by the content of their arguments.

A correction changes little of what a track is computed from; the result is a function of all of it all the same, and
what was computed from the same numbers before need not be computed again. A dataclass without an equality of its own
(``eq=False``) must never change: its content is looked at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import wraps
from hashlib import sha256
from threading import Lock, local
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
#: Of what never changes, while it lives.
_digests: WeakKeyDictionary[object, bytes] = WeakKeyDictionary()
_here = local()


def recalled(n: int) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a pure function remember its `n` newest results, in any thread; its arrays can only be read.

    Arguments are arrays, numbers, texts, None, and tuples, mappings and dataclasses of these.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        results: OrderedDict[bytes, Result] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def call(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
            if getattr(_here, "is_off", False):
                return function(*arguments, **named)
            digest = sha256()
            _feed(digest, (arguments, named))
            key = digest.digest()
            with lock:
                if key in results:
                    results.move_to_end(key)
                    return results[key]
            result = function(*arguments, **named)
            _protect(result)
            with lock:
                results[key] = result
                while len(results) > n:
                    results.popitem(last=False)
            return result

        return call

    return decorate


@contextmanager
def nothing_recalled() -> Iterator[None]:
    """Neither recall nor remember anything in this thread: for what is computed once, in as little memory as can be."""
    before, _here.is_off = getattr(_here, "is_off", False), True
    try:
        yield
    finally:
        _here.is_off = before


def _feed(digest: Any, value: Any) -> None:  # noqa: ANN401 - hashlib names no type, and any value may come
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype} {value.shape} ".encode())
        digest.update(np.ascontiguousarray(value).data)
    elif is_dataclass(value) and type(value).__hash__ is object.__hash__:
        digest.update(_digest_once(value))
    elif is_dataclass(value):
        _feed(digest, _fields_of(value))
    elif isinstance(value, Mapping):
        _feed(digest, tuple(value.items()))
    elif isinstance(value, tuple):
        digest.update(f"tuple {len(value)} ".encode())
        for item in value:
            _feed(digest, item)
    elif value is None or isinstance(value, bool | int | float | str):
        digest.update(f"{type(value).__name__} {value!r} ".encode())
    else:
        raise TypeError(f"a recalled function takes no {type(value).__name__}")


def _digest_once(value: object) -> bytes:
    if value not in _digests:
        digest = sha256()
        _feed(digest, _fields_of(value))
        _digests[value] = digest.digest()
    return _digests[value]


def _fields_of(value: object) -> tuple[object, ...]:
    return tuple(getattr(value, field.name) for field in fields(value))  # type: ignore[arg-type]


def _protect(result: object) -> None:
    for array in result if isinstance(result, tuple) else (result,):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
