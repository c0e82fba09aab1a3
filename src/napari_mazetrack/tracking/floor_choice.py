"""What becomes of the floor's pattern; a file of its own, since commands show it before anything heavy is loaded."""

from __future__ import annotations

from enum import StrEnum


class Floor(StrEnum):
    """What the floor is taken for.

    Attributes
    ----------
    AUTO
        Patterned, where the pool is known and its floor shows a pattern; otherwise plain.
    PLAIN
        Pictures are looked at as they are.
    PATTERNED
        What stands still is taken out of each picture before the animal is looked for.
    """

    AUTO = "auto"
    PLAIN = "plain"
    PATTERNED = "patterned"
