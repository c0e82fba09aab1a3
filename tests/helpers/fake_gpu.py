"""A card that is not there: `pycuda.driver` and `tensorrt` as far as they are used, on a simulated device.

Streams are queues whose operations are done in any order that streams and events allow, as `Card.choose` decides. An
operation that touches memory which another one still uses, without an event in between, is noted as a race; so is a
copy whose source the host changed under way. Names and parameters are the real modules': `test_tensorrt_contract.py`
holds the `tensorrt` part against NVIDIA's own bindings. The pycuda part was compared by eye with the source of 2026.1.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any
from weakref import WeakSet, WeakValueDictionary, finalize

import numpy as np
import pytest

from napari_mazetrack.runtime import open_runner

PLAN = b"a plan of the fake card\n"


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
    n_cards: int = 1
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
        self.card, self.content, self.is_freed = card, content, False
        self.__array_interface__ = content.__array_interface__

    def as_array(self) -> np.ndarray:
        return np.asarray(self)

    def free(self) -> None:
        self.card.check_context()
        self.card.resources.discard(self)
        self.is_freed = True


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
        assert self.number < self.card.n_cards
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
        self.Device.count = lambda: card.n_cards
        self.Context = SimpleNamespace(pop=card.pop_context)

    def init(self) -> None:
        if self._card.n_cards < 0:
            raise DriverError("cuInit failed: CUDA driver version is insufficient for CUDA runtime version")

    def get_driver_version(self) -> int:
        return self._card.driver_version

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


def _whole(array: np.ndarray) -> np.ndarray:
    """Return the array that a part was cut from."""
    return array if array.base is None else array.base


class Severity:
    INTERNAL_ERROR, ERROR, WARNING = 0, 1, 2


class ILogger:
    Severity = Severity

    def __init__(self) -> None: ...

    def log(self, severity: Any, msg: str) -> None: ...


class IProgressMonitor:
    def __init__(self) -> None: ...

    def phase_start(self, phase_name: str, parent_phase: str, num_steps: int) -> None: ...

    def step_complete(self, phase_name: str, step: int) -> bool: ...

    def phase_finish(self, phase_name: str) -> None: ...


class NetworkDefinitionCreationFlag:
    STRONGLY_TYPED = 1


class MemoryPoolType:
    WORKSPACE = 0


@dataclass
class ParserError:
    text: str

    def desc(self) -> str:
        return self.text


class INetworkDefinition:
    model = b""


class ITimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content or b"timings"


class IOptimizationProfile:
    def set_shape(self, input: str, min: Sequence[int], opt: Sequence[int], max: Sequence[int]) -> None:
        self.name, self.shapes = input, (min, opt, max)


class IBuilderConfig:
    progress_monitor: IProgressMonitor

    def set_memory_pool_limit(self, pool: int, pool_size: int) -> None:
        assert pool_size > 0

    def add_optimization_profile(self, profile: IOptimizationProfile) -> int:
        self.profile = profile
        return 0

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache:
        return ITimingCache(serialized_timing_cache)

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        self.cache = cache
        return cache.content in (b"", b"timings")

    def get_timing_cache(self) -> ITimingCache:
        return self.cache


class OnnxParser:
    card: Card

    def __init__(self, network: INetworkDefinition, logger: ILogger) -> None:
        self.network = network

    def parse(self, model: bytes, path: str = "") -> bool:
        self.network.model = model
        return not self.card.parse_errors

    @property
    def num_errors(self) -> int:
        return len(self.card.parse_errors)

    def get_error(self, index: int) -> ParserError:
        return ParserError(self.card.parse_errors[index])


class Builder:
    card: Card

    def __init__(self, logger: ILogger) -> None:
        self.logger = logger

    def create_network(self, flags: int = 0) -> INetworkDefinition:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return INetworkDefinition()

    def create_builder_config(self) -> IBuilderConfig:
        return IBuilderConfig()

    def create_optimization_profile(self) -> IOptimizationProfile:
        return IOptimizationProfile()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> bytes | None:
        self.card.check_context()
        monitor = config.progress_monitor
        monitor.phase_start("Building", None, self.card.build_steps)
        for step in range(self.card.build_steps):
            self.card.on_step()
            if not monitor.step_complete("Building", step):
                return None
        monitor.phase_finish("Building")
        if self.card.build_error:
            self.logger.log(Severity.ERROR, self.card.build_error)
            return None
        self.card.n_built += 1
        return PLAN + network.model


class IExecutionContext:
    def __init__(self, card: Card, model: bytes) -> None:
        import onnxruntime

        self.card = card
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.shape: tuple[int, ...] = ()
        self.addresses: dict[str, int] = {}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.shape = tuple(shape)
        return True

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return memory in self.card.allocations

    def execute_async_v3(self, stream_handle: int) -> bool:
        if self.card.refuse_execution:
            return False
        (source,), (target,) = self.session.get_inputs(), self.session.get_outputs()
        pictures = self.card.allocations[self.addresses[source.name]]
        found = self.card.allocations[self.addresses[target.name]]
        shape = self.shape

        def compute() -> None:
            batch = pictures.content[: np.prod(shape)].reshape(shape)
            candidates = self.session.run([target.name], {source.name: batch})[0]
            found.content[: candidates.nbytes] = candidates.reshape(-1).view(np.uint8)

        Stream._streams[stream_handle].operate(compute, reads=(pictures,), writes=(found,))
        return True


class ICudaEngine:
    def __init__(self, card: Card, model: bytes) -> None:
        self.card, self.model = card, model

    def create_execution_context(self) -> IExecutionContext:
        return IExecutionContext(self.card, self.model)


class Runtime:
    card: Card

    def __init__(self, logger: ILogger) -> None:
        self.logger = logger

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        self.card.check_context()
        if self.card.refuse_plans or not serialized_engine.startswith(PLAN):
            self.card.refuse_plans -= 1
            self.logger.log(Severity.ERROR, "the engine does not fit")
            return None
        return ICudaEngine(self.card, serialized_engine.removeprefix(PLAN))


#: What stands for `tensorrt`'s classes, and is held against the real ones.
CLASSES = (
    ILogger, IProgressMonitor, INetworkDefinition, ParserError, ITimingCache, IOptimizationProfile, IBuilderConfig,
    OnnxParser, Builder, IExecutionContext, ICudaEngine, Runtime,
)  # fmt: skip
FLAGS = (NetworkDefinitionCreationFlag, MemoryPoolType)


def make_tensorrt(card: Card, version: str = "11.4.0") -> ModuleType:
    """Return what stands for `tensorrt`."""
    tensorrt: Any = ModuleType("tensorrt")
    tensorrt.__version__ = version
    for one in (*CLASSES, *FLAGS):
        is_bound = "card" in getattr(one, "__annotations__", {}) and one is not IExecutionContext
        setattr(tensorrt, one.__name__, type(one.__name__, (one,), {"card": card}) if is_bound else one)
    return tensorrt


@contextmanager
def inserted(card: Card, version: str = "11.4.0") -> Iterator[None]:
    """Put the fake card where the real modules would be."""
    driver = Driver(card)
    modules = {"pycuda": ModuleType("pycuda"), "pycuda.driver": driver, "tensorrt": make_tensorrt(card, version)}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules.items():
            patch.setitem(sys.modules, name, module)
        patch.setattr(sys.modules[open_runner.__module__], "find_spec", modules.get)
        yield
