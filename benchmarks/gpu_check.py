"""Run once on a computer with an NVIDIA card: does the TensorRT back end find, release and speed up what it should?

    python benchmarks/gpu_check.py FILM [--cycles 1000]

Three parts, each told as it ends: parity with FP32 on the CPU over frames of the film, runners opened and closed again
and again with the card's free memory before and after, and frames a second beside PyTorch and the CPU back ends.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import Backend, RunnerOptions, open_runner, prepare_runner
from napari_mazetrack.runtime.gpu import Gpu
from napari_mazetrack.workflows.bench import BenchRequest, measure_speed
from napari_mazetrack.workflows.compare_models import compare_models, pick_frames

OPTIONS = RunnerOptions(Backend.TENSORRT)
N_COMPARED = 200
BATCH_SIZES = (1, 4, 8, 16)
#: What the driver itself keeps after first use, bytes.
TOLERATED_LEAK = 2**25


def check_parity(model: ModelFile, film: Path) -> None:
    frames = pick_frames((film,), model.spec.input_hw, N_COMPARED)
    for backend, report in run_to_end(compare_models(model, model, frames, with_engine=True)).items():
        print(f"parity, {backend}: {report}")


def check_leaks(model: ModelFile, n_cycles: int) -> None:
    """Open, use and close a runner `n_cycles` times.

    Raises
    ------
    MazetrackError
        The card has less free memory afterwards than after the first cycle.
    """
    grey = np.full((1, 1, *model.spec.input_hw), 128, np.uint8)
    free_after_first = 0
    for cycle in range(n_cycles):
        with open_runner(model, OPTIONS) as runner:
            runner.submit(grey)
            runner.collect()
        if cycle in (0, n_cycles - 1):
            free = _free_bytes()
            free_after_first = free_after_first or free
            print(f"free memory of the card after cycle {cycle + 1}: {free / 2**20:.0f} MiB")
    if free_after_first - free > TOLERATED_LEAK:
        raise MazetrackError(f"{(free_after_first - free) / 2**20:.0f} MiB were lost in {n_cycles} cycles.")


def _free_bytes() -> int:
    gpu = Gpu()
    gpu.open()
    try:
        with gpu.current():
            free: int = gpu.driver.mem_get_info()[0]
        return free
    finally:
        gpu.close()


def measure(film: Path) -> None:
    for options in (RunnerOptions(), *(RunnerOptions(Backend.TENSORRT, batch_size=n) for n in BATCH_SIZES)):
        outcome = run_to_end(measure_speed(BenchRequest(film, options=options)))
        batch = f"batches of {outcome.info.batch_size}"
        rates = ", ".join(f"{name} {rate:.1f}" for name, rate in outcome.frames_per_s.items())
        print(f"{outcome.info.backend}, {outcome.info.device}, {batch}: {rates} frames/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("film", type=Path)
    parser.add_argument("--model", type=Path, default=shipped_model_path())
    parser.add_argument("--cycles", type=int, default=1000)
    arguments = parser.parse_args()
    model = read_model_file(arguments.model)
    try:
        run_to_end(prepare_runner(model, OPTIONS))
        check_parity(model, arguments.film)
        check_leaks(model, arguments.cycles)
        measure(arguments.film)
    except MazetrackError as error:
        raise SystemExit(f"gpu_check: {error}") from None


if __name__ == "__main__":
    main()
