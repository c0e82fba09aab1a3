"""What the raw detections of a film belong to, and the form of their records."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from napari_mazetrack.detector.instances import N_BOX_COLUMNS
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import MOUSE, Skeleton

#: What a header may claim before anything is allocated.
MAX_SLOTS = 64
MAX_KEYPOINTS = 64
MAX_RECORDS_BYTES = 1 << 30


@dataclass(frozen=True)
class PartHeader:
    """What the detections of a film belong to: the same film, model and settings give the same detections.

    Attributes
    ----------
    film_id : str
        Identity of the film.
    model_hash : str
        SHA-256 of the model file.
    n_frames : int
        Frames of the film.
    n_slots : int
        The most instances kept in a frame, best score first.
    skeleton : Skeleton
        Names and roles of the keypoints.
    settings : dict
        What else changes the detections (precision, back end, thresholds): plain text and numbers.
    versions : dict
        Versions of the programs that compute them, by name.
    frames : (int, int) or None
        The first frame that is looked at and the one after the last; None: all of the film.
    """

    film_id: str
    model_hash: str
    n_frames: int
    n_slots: int = 8
    skeleton: Skeleton = MOUSE
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    frames: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.n_slots <= MAX_SLOTS or self.skeleton.n_keypoints > MAX_KEYPOINTS:
            raise MazetrackError(
                f"Detections hold 1 to {MAX_SLOTS} animals of up to {MAX_KEYPOINTS} keypoints a frame, "
                f"got {self.n_slots} of {self.skeleton.n_keypoints}. Lower the number of animals."
            )
        if self.n_frames < 0 or self.n_frames * record_dtype(self).itemsize > MAX_RECORDS_BYTES:
            raise MazetrackError(
                f"A film of {self.n_frames} frames with {self.n_slots} animals is too large for one track. "
                "Cut the film into parts."
            )
        if not 0 <= self.first_frame <= self.end_frame <= self.n_frames:
            raise ValueError(f"a film of {self.n_frames} frames has no frames {self.frames}")

    @property
    def first_frame(self) -> int:
        """The first frame that is looked at."""
        return 0 if self.frames is None else self.frames[0]

    @property
    def end_frame(self) -> int:
        """The frame after the last that is looked at."""
        return self.n_frames if self.frames is None else self.frames[1]

    @property
    def n_looked_at(self) -> int:
        """How many frames are looked at."""
        return self.end_frame - self.first_frame

    @property
    def sure_from_score(self) -> float:
        """Score from which an instance is sure; those below are faint (`tracking.faint`)."""
        # Before there was a share for it, the model's threshold.
        value = self.settings.get("sure_from_score", self.settings.get("score_threshold", 0.0))
        return float(value) if isinstance(value, int | float) else 0.0

    def to_json(self) -> str:
        """Return the JSON that stands at the head of the file."""
        plain = asdict(self)
        if self.frames is None:
            del plain["frames"]  # as it was written before there were ranges
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> PartHeader:
        """Read the JSON of a file; ValueError, KeyError or TypeError where it is damaged."""
        data = json.loads(text)
        skeleton = data["skeleton"]
        return cls(
            film_id=str(data["film_id"]),
            model_hash=str(data["model_hash"]),
            n_frames=int(data["n_frames"]),
            n_slots=int(data["n_slots"]),
            skeleton=Skeleton(
                keypoints=tuple(skeleton["keypoints"]),
                edges=tuple((int(a), int(b)) for a, b in skeleton["edges"]),
                front=int(skeleton["front"]),
                centre=int(skeleton["centre"]),
                back=int(skeleton["back"]),
            ),
            settings=dict(data["settings"]),
            versions=dict(data["versions"]),
            frames=None if data.get("frames") is None else _pair(*data["frames"]),
        )

    def differences(self, other: PartHeader) -> list[str]:
        """Say in words how `other` differs from this one ("precision: fp32, now bf16"); empty where it does not."""
        # Through JSON, so that values are compared as they stand in the file (tuples are lists there).
        mine, others = _flat(json.loads(self.to_json())), _flat(json.loads(other.to_json()))
        return [
            f"{name}: {mine.get(name, 'not given')}, now {others.get(name, 'not given')}"
            for name in sorted(mine.keys() | others.keys())
            if mine.get(name) != others.get(name)
        ]


def _pair(first: object, end: object) -> tuple[int, int]:
    return int(str(first)), int(str(end))


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    frames = data.get("frames")
    in_words = "all" if frames is None else f"{frames[0]} to {frames[1] - 1}"
    return {**data, **data["settings"], **data["versions"], "settings": None, "versions": None, "frames": in_words}


def record_dtype(header: PartHeader) -> np.dtype[np.void]:
    """Return the form of one frame's record: frame index, count, slots, checksum."""
    columns = N_BOX_COLUMNS + 3 * header.skeleton.n_keypoints
    return np.dtype(
        [("frame_index", "<i4"), ("count", "<i4"), ("slots", "<f4", (header.n_slots, columns)), ("crc", "<u4")]
    )
