"""How far a long job is: every workflow is a generator of `Progress`, so that anything can show and cancel it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """One report of a long job.

    Attributes
    ----------
    stage : str
        What is being done, in words a person reads ("Tracking pool.mp4").
    done : int
        Units finished.
    total : int or None
        Units in all; None where that is not known.
    message : str
        An optional line for the log, such as a warning that the person must see; empty otherwise.
    values : mapping
        Numbers of this moment by name, for curves that grow while the job runs; mostly none.
    """

    stage: str
    done: int
    total: int | None = None
    message: str = ""
    values: Mapping[str, float] = field(default_factory=dict)


#: A long job: yields `Progress`, returns its result; ``close()`` cancels it and releases what it holds.
Job: TypeAlias = Generator[Progress, None, Result]


def run_to_end(job: Job[Result]) -> Result:
    """Run a job without showing its progress and return its result."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
