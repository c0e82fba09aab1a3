"""A card that is not there: `pycuda.driver` as far as it is used, on a simulated device (`fake_tensorrt` runs on it).

Streams are queues whose operations are done in any order that streams and events allow, as `Card.choose` decides. An
operation that touches memory which another one still uses, without an event in between, is noted as a race; so is a
copy whose source the host changed under way. Resources that go while
no context is current are counted. Names and parameters were compared by eye with the source of pycuda 2026.1.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any
from weakref import WeakSet, WeakValueDictionary, finalize

import numpy as np


@dataclass(eq=False)
class Operation:
    """Something that a stream does: after those before it, reading and writing whole allocations."""

    after: list[Operation]
    reads: tuple[object, ...]
    writes: tuple[object, ...]
    run: Callable[[], None]
    is_done: bool = False

    def comes_after(self, other: Operation) -> bool:
        return any(before is other or before.comes_after(other) for before in self.after if not before.is_done)


@dataclass
class Card:
    """The device, and everything that went wrong on it."""

    choose: Callable[[int], int] = lambda n: 0
    #: What `cuInit` says; None where there is no driver at all.
    init_result: int | None = 0
    #: What taking the context fails with.
    context_error: Exception | None = None
    driver_version: int = 12080
    name: str = "Fake RTX"
    memory_bytes: int = 10**9
    races: list[str] = field(default_factory=list)
    pending: list[Operation] = field(default_factory=list)
    #: Memory is given back with the last reference to it, as pycuda does.
    allocations: WeakValueDictionary[int, Allocation] = field(default_factory=WeakValueDictionary)
    #: Pinned host memory, streams and events that are there.
    resources: WeakSet[object] = field(default_factory=WeakSet)
    #: What went while no context was current: pycuda gives none of it back.
    n_leaked: int = 0
    n_contexts: int = 0
    n_built: int = 0
    refuse_execution: bool = False
    refuse_plans: int = 0
    build_steps: int = 3
    parse_errors: tuple[str, ...] = ()
    build_error: str = ""
    deserialising_error: str = ""
    #: The timing cache that each engine was built with.
    timings_used: list[bytes] = field(default_factory=list)
    #: Classes of TensorRT that its library does not give.
    missing: tuple[str, ...] = ()
    on_step: Callable[[], None] = lambda: None
    _threads: threading.local = field(default_factory=threading.local)
    _next_address: int = 4096

    @property
    def stack(self) -> list[object]:
        if not hasattr(self._threads, "stack"):
            self._threads.stack = []
        return self._threads.stack

    def pop_context(self) -> None:
        self.stack.pop()

    def own(self, resource: Any) -> None:
        """Take note of a resource of the card, and whether a context is current when it goes."""
        self.check_context()
        self.resources.add(resource)
        finalize(resource, self._note_end)

    def _note_end(self) -> None:
        self.n_leaked += not self.stack

    def check_context(self) -> None:
        assert self.stack, "a call to the card without a current context"

    def enqueue(self, stream: Stream, operation: Operation) -> None:
        self.check_context()
        for other in self.pending:
            touched = {id(m) for m in (*other.reads, *other.writes)}
            is_shared = any(id(m) in touched for m in operation.writes) or any(
                id(m) in {id(m) for m in other.writes} for m in operation.reads
            )
            if is_shared and not operation.comes_after(other):
                self.races.append("two operations use the same memory at once")
        self.pending.append(operation)
        stream.last = operation

    def finish(self, wanted: Callable[[], bool]) -> None:
        """Do operations, in any order that is allowed, until what is wanted is done."""
        while not wanted():
            ready = [op for op in self.pending if all(before.is_done for before in op.after)]
            operation = ready[self.choose(len(ready)) % len(ready)]
            self.pending.remove(operation)
            operation.run()
            operation.is_done = True

    def allocate(self, n_bytes: int) -> Allocation:
        self.check_context()
        used = sum(len(a.content) for a in list(self.allocations.values()))
        if used + n_bytes > self.memory_bytes:
            raise DriverMemoryError("cuMemAlloc failed: out of memory")
        allocation = Allocation(self, self._next_address, np.zeros(n_bytes, np.uint8))
        self._next_address += n_bytes + 256
        self.allocations[allocation.address] = allocation
        return allocation


@dataclass(eq=False)
class Allocation:
    """Device memory."""

    card: Card
    address: int
    content: np.ndarray

    def __int__(self) -> int:
        return self.address

    def free(self) -> None:
        if any(self in (*op.reads, *op.writes) for op in self.card.pending):
            self.card.races.append("memory was freed while it was used")
        del self.card.allocations[self.address]


class PinnedMemory:
    """Host memory that the card reads itself; the base of its array, as in pycuda."""

    def __init__(self, card: Card, content: np.ndarray) -> None:
        card.own(self)
        self.card, self.content = card, content
        self.__array_interface__ = content.__array_interface__

    def as_array(self) -> np.ndarray:
        return np.asarray(self)

    def free(self) -> None:
        self.card.check_context()
        if any(memory is self for op in self.card.pending for memory in (*op.reads, *op.writes)):
            self.card.races.append("pinned memory was freed while it was used")
        self.card.resources.discard(self)


class DriverError(Exception):
    pass


class DriverMemoryError(DriverError):
    pass


class Stream:
    _streams: WeakValueDictionary[int, Stream] = WeakValueDictionary()  # noqa: RUF012 - handles of all streams

    def __init__(self, card: Card) -> None:
        card.own(self)
        self.card = card
        self.last: Operation | None = None
        self.handle = id(self)
        Stream._streams[self.handle] = self

    def operate(self, run: Callable[[], None], reads: tuple = (), writes: tuple = (), after: tuple = ()) -> Operation:
        before = [op for op in (self.last, *after) if op is not None]
        operation = Operation(before, reads, writes, run)
        self.card.enqueue(self, operation)
        return operation

    def wait_for_event(self, evt: Event) -> None:
        self.operate(lambda: None, after=(evt.operation,))

    def synchronize(self) -> None:
        self.card.check_context()
        last = self.last
        self.card.finish(lambda: last is None or last.is_done)


class Event:
    def __init__(self, card: Card, flags: int = 0) -> None:
        card.own(self)
        self.card = card
        self.operation: Operation | None = None

    def record(self, stream: Stream) -> None:
        self.operation = stream.operate(lambda: None)

    def synchronize(self) -> None:
        self.card.check_context()
        operation = self.operation
        self.card.finish(lambda: operation is None or operation.is_done)


@dataclass
class Context:
    card: Card

    def push(self) -> None:
        self.card.stack.append(self)


@dataclass
class Device:
    card: Card
    number: int

    def name(self) -> str:
        return self.card.name

    def compute_capability(self) -> tuple[int, int]:
        return 8, 6

    def retain_primary_context(self) -> Context:
        assert self.number == 0
        if self.card.context_error is not None:
            raise self.card.context_error
        self.card.n_contexts += 1
        return Context(self.card)


class Driver(ModuleType):
    """What stands for `pycuda.driver`."""

    Error, MemoryError = DriverError, DriverMemoryError

    class event_flags:  # noqa: N801 - pycuda's name
        DISABLE_TIMING = 2

    def __init__(self, card: Card) -> None:
        super().__init__("pycuda.driver")
        self._card = card
        self.mem_alloc = card.allocate
        self.Stream, self.Event = partial(Stream, card), partial(Event, card)
        self.Device = partial(Device, card)
        self.Context = SimpleNamespace(pop=card.pop_context)

    def init(self) -> None:
        assert self._card.init_result == 0, "whoever asks the driver first knows that this fails"

    def get_driver_version(self) -> int:
        return self._card.driver_version

    def mem_get_info(self) -> tuple[int, int]:
        self._card.check_context()
        used = sum(len(a.content) for a in list(self._card.allocations.values()))
        return self._card.memory_bytes - used, self._card.memory_bytes

    def pagelocked_empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        return PinnedMemory(self._card, np.zeros(shape, dtype)).as_array()

    def memcpy_htod_async(self, dest: Allocation, src: np.ndarray, stream: Stream) -> None:
        as_enqueued = src.copy()

        def copy() -> None:
            if not (src == as_enqueued).all():
                self._card.races.append("the host changed a batch while it was copied")
            dest.content[: src.nbytes] = src.reshape(-1).view(np.uint8)

        stream.operate(copy, reads=(_whole(src),), writes=(dest,))

    def memcpy_dtoh_async(self, dest: np.ndarray, src: Allocation, stream: Stream) -> None:
        def copy() -> None:
            dest.reshape(-1).view(np.uint8)[:] = src.content[: dest.nbytes]

        dest[...] = np.nan  # what is read too early is no number
        stream.operate(copy, reads=(src,), writes=(_whole(dest),))


class DriverLibrary:
    """What `ctypes` makes of the driver's own library."""

    def __init__(self, card: Card) -> None:
        self._card = card
        if card.init_result is None:
            raise OSError("libcuda.so.1: cannot open shared object file: No such file or directory")

    def cuInit(self, flags: int) -> int:
        return self._card.init_result


def _whole(array: Any) -> object:
    """Return the memory that an array is a part of."""
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array
