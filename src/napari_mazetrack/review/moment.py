"""A moment of a track that a person should look at, and what is at stake there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MomentKind(StrEnum):
    """Why a moment should be looked at."""

    START = "start"
    END = "end"
    PLATFORM = "platform"
    GAP = "gap"
    JUMP = "jump"
    OUTSIDE = "outside"
    UNSURE = "unsure"
    FLIP = "flip"
    BORDER = "border"
    EXCHANGE = "exchange"


#: Kinds that say of a stretch that the track is wrong there, the most telling first; each explains the later ones.
EXPLAINS = (MomentKind.JUMP, MomentKind.OUTSIDE, MomentKind.GAP, MomentKind.UNSURE, MomentKind.FLIP)


@dataclass(frozen=True)
class Stake:
    """How much results can change where a moment turns out to be wrong.

    Attributes
    ----------
    latency_s, path_cm, quadrant_s : float
        Of the latency, the length of the path, and the time in a quadrant.
    heading_s : float
        Time for which the animal's direction can be wrong; its place is not.
    """

    latency_s: float = 0.0
    path_cm: float = 0.0
    quadrant_s: float = 0.0
    heading_s: float = 0.0

    @property
    def weight(self) -> float:
        """One number to rank by: a second of anything counts as much as a second's swim (20 cm)."""
        return self.latency_s + self.path_cm / 20 + self.quadrant_s + self.heading_s


@dataclass(frozen=True)
class Moment:
    """Frames to look at.

    Attributes
    ----------
    kind : MomentKind
        Why.
    first_frame, last_frame : int
        Both included.
    time_s : float
        Of the first frame.
    said : str
        What seems to be wrong, in words.
    stake : Stake
        What it can change.
    """

    kind: MomentKind
    first_frame: int
    last_frame: int
    time_s: float
    said: str
    stake: Stake
