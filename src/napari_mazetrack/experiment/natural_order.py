"""Names in the order in which people count them."""

from __future__ import annotations

import re


def counted(name: str) -> list[tuple[int, str]]:
    """Return the key that sorts names as people count: m2 comes before m10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
