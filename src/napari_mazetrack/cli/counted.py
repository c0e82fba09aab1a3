"""Numbers of things in a sentence."""

from __future__ import annotations


def counted(n: int, one: str, several: str = "") -> str:
    """Return such as "1 row" and "2 rows"; `several` where that is not `one` with an s."""
    return f"{n} {one if n == 1 else several or one + 's'}"
