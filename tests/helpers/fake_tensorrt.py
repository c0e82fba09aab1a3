"""`tensorrt` as far as it is used, on a card that is not there (`fake_gpu`); its engine runs on ONNX Runtime.

Names and parameters are the real module's: `test_tensorrt_contract.py` holds them against NVIDIA's own bindings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from fake_gpu import Card, Driver, DriverLibrary, Stream

from napari_mazetrack.runtime import gpu, open_runner

PLAN = b"a plan of the fake card\n"


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


def refuse_missing(made: Any) -> None:
    """Fail as the bindings do where the library behind them is an empty one."""
    if type(made).__name__ in made.card.missing:
        raise TypeError("pybind11::init(): factory function returned nullptr")


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
        if cache.content not in (b"", b"timings"):
            return False
        self.cache = cache
        return True

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
        refuse_missing(self)
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
        self.card.timings_used.append(config.cache.content)
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
        refuse_missing(self)
        self.logger = logger

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        self.card.check_context()
        if self.card.deserialising_error:
            self.logger.log(Severity.INTERNAL_ERROR, self.card.deserialising_error)
            return None
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
        patch.setattr(gpu, "_open_driver_library", partial(DriverLibrary, card))
        yield
