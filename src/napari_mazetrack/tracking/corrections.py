"""What a person said about a track, as frozen values with a JSON form.

A correction never changes the raw detections; the track is computed anew from detections, corrections (in the
order in which they were made) and settings. ``DeleteInstance`` acts on the candidates before association, the
others after it; ``SwapHeadTail`` comes after the automatic flip repair, which looks at the detections alone, so a swap
stays right whatever else is corrected.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeAlias

from napari_mazetrack.errors import MazetrackError

#: Name of the attribute of a track under which the digest of its corrections stands.
CORRECTIONS_DIGEST = "corrections_digest"


@dataclass(frozen=True)
class SetKeypoint:
    """Put one keypoint of an animal (an index) at x, y in a frame."""

    kind: ClassVar[str] = "set_keypoint"
    frame_index: int
    animal: int
    keypoint: str
    x: float
    y: float


@dataclass(frozen=True)
class AddInstance:
    """Put an animal in a frame: (x, y) of each keypoint, in the skeleton's order; None where it is not known."""

    kind: ClassVar[str] = "add_instance"
    frame_index: int
    animal: int
    keypoints_xy: tuple[tuple[float, float] | None, ...]


@dataclass(frozen=True)
class SwapHeadTail:
    """Exchange head and tail of an animal from `first_frame` to `last_frame`, both included."""

    kind: ClassVar[str] = "swap_head_tail"
    first_frame: int
    last_frame: int
    animal: int


@dataclass(frozen=True)
class DeleteInstance:
    """What was detected nearest to x, y in a frame is not the animal."""

    kind: ClassVar[str] = "delete_instance"
    frame_index: int
    x: float
    y: float


@dataclass(frozen=True)
class MarkMissing:
    """The animal cannot be seen from `first_frame` to `last_frame`, both included."""

    kind: ClassVar[str] = "mark_missing"
    first_frame: int
    last_frame: int
    animal: int


@dataclass(frozen=True)
class ExchangeAnimals:
    """Two animals were mixed up: exchange them from `frame_index` to the end."""

    kind: ClassVar[str] = "exchange_animals"
    frame_index: int
    animal: int
    other: int


Correction: TypeAlias = SetKeypoint | AddInstance | SwapHeadTail | DeleteInstance | MarkMissing | ExchangeAnimals
_KINDS: dict[str, type[Correction]] = {
    kind.kind: kind for kind in (SetKeypoint, AddInstance, SwapHeadTail, DeleteInstance, MarkMissing, ExchangeAnimals)
}


def correction_to_json(correction: Correction) -> str:
    """Return a correction as JSON text."""
    return json.dumps({"kind": correction.kind, **asdict(correction)}, sort_keys=True)


def corrections_digest(corrections: Sequence[Correction]) -> str:
    """Return what tells these corrections, in their order, from any others."""
    text = "\n".join(correction_to_json(correction) for correction in corrections)
    return hashlib.sha256(text.encode()).hexdigest()


def are_of_track(corrections: Sequence[Correction], attributes: Mapping[str, Any]) -> bool:
    """Whether a track that says this about itself was computed with these corrections, no more and no fewer.

    A track of an older version tells only their number: it is trusted where there are none.
    """
    digest = attributes.get(CORRECTIONS_DIGEST)
    if digest is None:
        return not corrections and not attributes.get("n_corrections")
    return bool(digest == corrections_digest(corrections))


def correction_from_json(text: str) -> Correction:
    """Read what `correction_to_json` wrote.

    Raises
    ------
    MazetrackError
        The text is damaged or names a kind that this version does not know.
    """
    try:
        data = json.loads(text)
        kind = _KINDS[data.pop("kind")]
        names = {field.name for field in fields(kind)}
        if data.keys() != names:
            raise ValueError(f"expected {', '.join(sorted(names))}")
        values: dict[str, Any] = {name: _value(name, value) for name, value in data.items()}
        return kind(**values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise MazetrackError(
            f"A correction cannot be read ({error}). It is damaged, or a newer napari-mazetrack wrote it: "
            "update, or delete it."
        ) from error


def _value(name: str, value: object) -> object:
    """Return a field's value, checked; ValueError or TypeError where it is of another type."""
    if name == "keypoint":
        return str(value)
    if name == "keypoints_xy":
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list, got {value!r}")
        return tuple(None if point is None else _point(point) for point in value)
    if name in ("x", "y"):
        return _finite(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number from 0 on, got {value!r}")
    return value


def _point(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"a position must be [x, y], got {value!r}")
    x, y = value
    return _finite(x), _finite(y)


def _finite(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"a position must be a finite number, got {value!r}")
    return float(value)


def check_corrections(
    corrections: Sequence[Correction], n_frames: int, n_animals: int, keypoints: tuple[str, ...]
) -> None:
    """Refuse corrections that do not fit the film.

    Raises
    ------
    MazetrackError
        A frame, an animal or a keypoint that does not exist.
    """
    for correction in corrections:
        problem = _problem(correction, n_frames, n_animals, keypoints)
        if problem:
            raise MazetrackError(
                f"The correction {correction_to_json(correction)} does not fit: {problem}. Delete it, or open the "
                "film and settings that it was made with."
            )


def _problem(correction: Correction, n_frames: int, n_animals: int, keypoints: tuple[str, ...]) -> str:
    if isinstance(correction, SwapHeadTail | MarkMissing):
        if not 0 <= correction.first_frame <= correction.last_frame < n_frames:
            return f"the film has the frames 0 to {n_frames - 1}"
    elif not 0 <= correction.frame_index < n_frames:
        return f"the film has the frames 0 to {n_frames - 1}"
    animals = [getattr(correction, name) for name in ("animal", "other") if hasattr(correction, name)]
    if any(not 0 <= animal < n_animals for animal in animals):
        return f"the track has {n_animals} animal(s), counted from 0"
    if isinstance(correction, SetKeypoint) and correction.keypoint not in keypoints:
        return f"the keypoints are {', '.join(keypoints)}"
    if isinstance(correction, AddInstance) and len(correction.keypoints_xy) != len(keypoints):
        return f"an animal has {len(keypoints)} keypoints"
    return ""
