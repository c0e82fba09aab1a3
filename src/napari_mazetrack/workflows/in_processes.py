"""Many small pieces of work shared among the machine's cores, with their results in order."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from napari_mazetrack.cores import usable_cores
from napari_mazetrack.errors import MazetrackError

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Fewer pieces than this are done sooner by one process than others are started (about a second).
FEWEST_ITEMS = 200
#: So many pieces travel together, and so many parcels wait for each process.
_PARCEL = 16
_WAITING = 3


def map_in_order(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order; closing the iterator ends the other processes.

    Parameters
    ----------
    function : callable
        At the top of a module, or a `partial` of such a one; it and all that it takes and returns can be pickled.
    items : sequence
        What it is called with.
    processes : int or None
        How many processes share the work; 1: all in this one. None: one for each core from `FEWEST_ITEMS` on.

    Raises
    ------
    MazetrackError
        One of the processes was ended from outside, for want of memory perhaps. What `function` raises comes through.
    """
    if processes is None:
        processes = usable_cores() if len(items) >= FEWEST_ITEMS else 1
    if processes == 1:
        yield from map(function, items)
        return
    # Not forked: other threads may hold locks at this moment, and a fork would keep them for ever.
    executor = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _leave_interrupts_to_the_first)
    parcels = (items[first : first + _PARCEL] for first in range(0, len(items), _PARCEL))
    waiting: deque[Future[list[Result]]] = deque()
    try:
        for parcel in islice(parcels, processes * _WAITING):
            waiting.append(executor.submit(_each, function, parcel))
        while waiting:
            done = waiting.popleft().result()
            for parcel in islice(parcels, 1):
                waiting.append(executor.submit(_each, function, parcel))
            yield from done
    except BrokenProcessPool as error:
        raise MazetrackError(
            "One of the processes that share this work was ended from outside; perhaps memory ran out. "
            "Close other programs, or give --processes 1."
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def _leave_interrupts_to_the_first() -> None:
    """Let the first process alone answer Ctrl-C; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
