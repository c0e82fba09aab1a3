"""The building of a TensorRT engine from a model file."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack.detector.spec import INPUT_NAME
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.runtime.tensorrt_library import first_line, is_out_of_memory, make, make_log, tell_full_memory

if TYPE_CHECKING:
    from napari_mazetrack.detector.model_file import ModelFile
    from napari_mazetrack.runtime.gpu import Gpu

#: TensorRT may use this much of the card while it tries ways to compute a layer, bytes.
WORKSPACE_BYTES = 2**30


class EngineBuilding(threading.Thread):
    """TensorRT builds in a thread of its own, so that the job can tell how far it is and be cancelled."""

    def __init__(
        self,
        tensorrt: Any,  # noqa: ANN401 - TensorRT has no types
        model_file: ModelFile,
        gpu: Gpu,
        batch_size: int,
        timing_path: Path,
    ) -> None:
        super().__init__(name="tensorrt-build", daemon=True)
        self._tensorrt, self._model_file, self._gpu = tensorrt, model_file, gpu
        self._batch_size, self._timing_path = batch_size, timing_path
        self.is_cancelled = False
        self.phase, self.done, self.total = "", 0, 0
        self.plan: bytes | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        """Build; `plan` or `error` is there afterwards, or neither where it was cancelled."""
        try:
            with self._gpu.current():
                self.plan = self._build()
        except Exception as error:  # noqa: BLE001 - carried to the job
            self.error = error

    def _build(self) -> bytes:
        trt = self._tensorrt
        log = make_log(trt)
        builder = make(trt, "Builder", log)
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, log)
        if not parser.parse(self._model_file.read_bytes()):
            raise self._refusal([parser.get_error(i).desc() for i in range(parser.num_errors)] or log.errors)
        config = self._configure(builder)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise self._refusal(log.errors)
        self._keep_timings(config)
        return bytes(plan)

    def _configure(self, builder: Any) -> Any:  # noqa: ANN401
        trt = self._tensorrt
        config = builder.create_builder_config()
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
        shape = (1, *self._model_file.spec.input_hw)
        profile = builder.create_optimization_profile()
        largest = (self._batch_size, *shape)
        profile.set_shape(INPUT_NAME, (1, *shape), largest, largest)
        config.add_optimization_profile(profile)
        config.progress_monitor = self._make_monitor()
        try:
            timings = self._timing_path.read_bytes()
        except OSError:
            timings = b""
        # A cache of another card or version is not taken; TensorRT then begins with an empty one.
        if not config.set_timing_cache(config.create_timing_cache(timings), False):
            config.set_timing_cache(config.create_timing_cache(b""), False)
        return config

    def _keep_timings(self, config: Any) -> None:  # noqa: ANN401
        with (
            suppress(MazetrackError),
            atomic_path(self._timing_path, overwrite=True) as temporary,
        ):
            temporary.write_bytes(bytes(config.get_timing_cache().serialize()))

    def _make_monitor(self) -> Any:  # noqa: ANN401
        building = self

        class Monitor(self._tensorrt.IProgressMonitor):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                building._tensorrt.IProgressMonitor.__init__(self)

            def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:  # noqa: ARG002
                building.phase, building.done, building.total = phase_name, 0, num_steps

            def step_complete(self, phase_name: str, step: int) -> bool:
                if phase_name == building.phase:
                    building.done = step + 1
                return not building.is_cancelled

            def phase_finish(self, phase_name: str) -> None:
                pass

        return Monitor()

    def _refusal(self, reasons: list[str]) -> MazetrackError:
        if is_out_of_memory(reasons):
            return tell_full_memory(self._batch_size, first_line(reasons))
        return MazetrackError(
            f"TensorRT cannot build an engine from the model {self._model_file.path} ({first_line(reasons)}). "
            "Export the model again, or use --backend auto for the CPU."
        )
