"""Where the time of a stream goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class StreamClock:
    """Seconds of each stage of `detect_frames`; complete when the stream has ended.

    Attributes
    ----------
    n_frames : int
        Frames that came out.
    total_s : float
        From the first step of the stream to its end.
    decoding_s : float
        The decoding thread decoded and resized.
    waiting_for_film_s : float
        Nothing was decoded yet.
    waiting_for_model_s : float
        The oldest frame in flight was not computed yet.
    instances_s : float
        Candidates were turned into instances.
    caller_s : float
        Whoever reads the stream was at work: writing, showing.
    """

    n_frames: int = 0
    total_s: float = 0.0
    decoding_s: float = 0.0
    waiting_for_film_s: float = 0.0
    waiting_for_model_s: float = 0.0
    instances_s: float = 0.0
    caller_s: float = 0.0
    _started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time inside the block to the attribute ``stage + "_s"``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            name = f"{stage}_s"
            setattr(self, name, getattr(self, name) + time.perf_counter() - started)

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Do not count the time inside the block, for which a person may let the caller wait."""
        left = time.perf_counter()
        try:
            yield
        finally:
            away_s = time.perf_counter() - left
            self._started += away_s
            self.caller_s -= away_s  # it is being measured round this block

    def start(self) -> None:
        """Begin to count the whole."""
        self._started = time.perf_counter()

    def stop(self) -> None:
        """Set `total_s`."""
        self.total_s = time.perf_counter() - self._started

    @property
    def frames_per_s(self) -> float:
        """Frames a second; 0 where nothing was done."""
        return self.n_frames / self.total_s if self.total_s > 0 else 0.0

    def shares(self) -> dict[str, float]:
        """Return by stage which share of the whole it took, 0 to 1.

        Decoding has a thread of its own; the others are one after the other in the thread of whoever reads the stream.
        """
        stages = {
            "decoding": self.decoding_s,
            "waiting for the film": self.waiting_for_film_s,
            "waiting for the model": self.waiting_for_model_s,
            "finding the animals": self.instances_s,
            "writing": self.caller_s,
        }
        return {name: seconds / self.total_s if self.total_s > 0 else 0.0 for name, seconds in stages.items()}

    def in_words(self) -> str:
        """Say how fast the stream was and what held it up most."""
        waits = {
            "the film's decoding": self.waiting_for_film_s,
            "the model": self.waiting_for_model_s,
            "finding the animals": self.instances_s,
            "writing": self.caller_s,
        }
        slowest = max(waits, key=lambda name: waits[name])
        digits = 0 if self.frames_per_s >= 10 else 1
        share = 100 * waits[slowest] / self.total_s if self.total_s > 0 else 0.0
        return (
            f"{self.n_frames} frames in {self.total_s:.1f} s, {self.frames_per_s:.{digits}f} a second; "
            f"{share:.0f} % of the time went to {slowest}."
        )
