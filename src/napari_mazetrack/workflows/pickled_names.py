"""The names of columns out of an attribute that pandas pickled, without unpickling it.

Unpickling runs what it is told. Here the pickle's opcodes are only listed (`pickletools`), and of them lists, tuples,
texts and numbers are built; anything else, a name of a function above all, is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable
from typing import Any

_PLAIN = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "STRING", "SHORT_BINSTRING", "BINSTRING", "INT", "BININT",
          "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT")  # fmt: skip
_PUTS, _GETS = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), ("GET", "BINGET", "LONG_BINGET")
_IGNORED = ("PROTO", "FRAME", "STOP")
_MARK = object()


def read_pickled_names(pickled: bytes) -> list[tuple[str, ...]]:
    """Return the columns of pandas' ``non_index_axes``: [(1, [column, …])], each column a tuple of names.

    Raises
    ------
    ValueError
        It is anything else.
    """
    value = _build(bytes(pickled))
    try:
        ((_, columns),) = value
        names = [tuple(column) for column in columns]
    except TypeError as error:
        raise ValueError("its columns are not named as pandas names them") from error
    if not all(isinstance(name, str) for column in names for name in column):
        raise ValueError("its columns are not named by words")
    return names


def _build(pickled: bytes) -> Any:  # noqa: ANN401 - whatever lists and tuples hold
    """Return the value that the plain opcodes build."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(pickled):
        name = opcode.name
        if name in _PLAIN:
            stack.append(argument)
        elif name in _GETS:
            stack.append(memo[int(argument)])
        elif name in _PUTS:
            memo[len(memo) if argument is None else int(argument)] = stack[-1]
        elif name in _COLLECT:
            _COLLECT[name](stack)
        elif name not in _IGNORED:
            raise ValueError(f"its columns are not plain names ({name})")
    return stack.pop()


def _since_mark(stack: list[Any]) -> list[Any]:
    """Take what was put on the stack since the last mark."""
    start = max(i for i, item in enumerate(stack) if item is _MARK)
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _take(stack: list[Any], n: int) -> tuple[Any, ...]:
    """Take the last `n` items of the stack."""
    items = tuple(stack[len(stack) - n :])
    del stack[len(stack) - n :]
    return items


def _extend(stack: list[Any], items: Iterable[Any]) -> None:
    """Put items at the end of the list that is on top of the stack."""
    stack[-1].extend(items)


_COLLECT: dict[str, Callable[[list[Any]], None]] = {
    "MARK": lambda stack: stack.append(_MARK),
    "EMPTY_LIST": lambda stack: stack.append([]),
    "LIST": lambda stack: stack.append(_since_mark(stack)),
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "EMPTY_TUPLE": lambda stack: stack.append(()),
    "TUPLE1": lambda stack: stack.append(_take(stack, 1)),
    "TUPLE2": lambda stack: stack.append(_take(stack, 2)),
    "TUPLE3": lambda stack: stack.append(_take(stack, 3)),
    "APPEND": lambda stack: _extend(stack, _take(stack, 1)),
    "APPENDS": lambda stack: _extend(stack, _since_mark(stack)),
}
