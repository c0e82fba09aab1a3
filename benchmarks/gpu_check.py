"""Run once on a computer with an NVIDIA card: does the TensorRT back end find, release and speed up what it should?

    python benchmarks/gpu_check.py FILM [--cycles 1000] [--frames 1000] [--json FILE]

Three parts, each told as it ends: the model in FP32, FP16 and INT8 (made from it on frames of the film) held against
FP32 on the CPU; runners opened and closed again and again with the card's free memory before and after; and frames a
second beside PyTorch and the CPU. A part that fails is told, and the others are done all the same; the exit status is
1 then. --json keeps all the numbers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import Backend, RunnerOptions, open_runner, prepare_runner
from napari_mazetrack.runtime.gpu import Gpu
from napari_mazetrack.runtime.reduced_precision import make_fp16_model, make_int8_model
from napari_mazetrack.workflows.bench import BenchRequest, measure_speed
from napari_mazetrack.workflows.compare_models import compare_models, pick_frames

ON_CARD = RunnerOptions(Backend.TENSORRT)
N_CALIBRATION, N_COMPARED = 48, 200
BATCH_SIZES = (1, 4, 8, 16)
#: What the driver itself keeps after first use, bytes.
TOLERATED_LEAK = 2**25

Numbers = dict[str, Any]


def make_models(fp32: ModelFile, film: Path, folder: Path) -> dict[str, ModelFile]:
    """Write the model in the other precisions that the card may compute in."""
    frames = pick_frames((film,), fp32.spec.input_hw, N_CALIBRATION)
    contents = {"fp16": make_fp16_model(fp32), "int8": make_int8_model(fp32, (frame.batch for frame in frames))}
    models = {"fp32": fp32}
    for precision, content in contents.items():
        path = folder / f"{precision}.onnx"
        path.write_bytes(content)
        models[precision] = read_model_file(path)
    return models


def check_parity(fp32: ModelFile, other: ModelFile, film: Path, n_frames: int) -> Numbers:
    """Hold a model on every back end against FP32 on the CPU."""
    frames = pick_frames((film,), fp32.spec.input_hw, n_frames)
    reports = run_to_end(compare_models(fp32, other, frames, with_engine=True))
    for backend, report in reports.items():
        print(f"parity, {other.spec.precision}, {backend}: {report}", flush=True)
    return {str(backend): asdict(report) for backend, report in reports.items()}


def check_leaks(model: ModelFile, n_cycles: int) -> Numbers:
    """Open, use and close a runner `n_cycles` times.

    Raises
    ------
    MazetrackError
        The card has less free memory afterwards than after the first cycle.
    """
    grey = np.full((1, 1, *model.spec.input_hw), 128, np.uint8)
    free = []
    for _ in range(n_cycles):
        with open_runner(model, ON_CARD) as runner:
            runner.submit(grey)
            runner.collect()
        free.append(free_bytes())
    print(f"free memory of the card after 1 and {n_cycles} cycles: {free[0]} and {free[-1]} bytes", flush=True)
    if free[0] - free[-1] > TOLERATED_LEAK:
        raise MazetrackError(f"{(free[0] - free[-1]) / 2**20:.0f} MiB were lost in {n_cycles} cycles.")
    return {"cycles": n_cycles, "free_after_first": free[0], "free_after_last": free[-1]}


def free_bytes() -> int:
    gpu = Gpu()
    gpu.open()
    try:
        with gpu.current():
            return int(gpu.driver.mem_get_info()[0])
    finally:
        gpu.close()


def measure(film: Path, model: ModelFile, fp32: ModelFile, n_frames: int, options: RunnerOptions) -> Numbers:
    """Measure all ways of `mazetrack bench`."""
    run_to_end(prepare_runner(model, options))
    outcome = run_to_end(measure_speed(BenchRequest(film, model.path, fp32.path, n_frames, options)))
    info = outcome.info
    rates = ", ".join(f"{name} {rate:.1f}" for name, rate in outcome.frames_per_s.items())
    print(
        f"{info.backend}, {info.device}, {info.precision}, batches of {info.batch_size}: {rates} frames/s", flush=True
    )
    return {**asdict(info), "frames_per_s": outcome.frames_per_s, "rounds": outcome.rounds, "stages": outcome.stages}


def parts(arguments: argparse.Namespace, models: dict[str, ModelFile]) -> dict[str, Callable[[], Numbers]]:
    """Return everything that is to be done, by name."""
    film, fp32 = arguments.film, models["fp32"]
    todo: dict[str, Callable[[], Numbers]] = {}
    for name, model in models.items():
        todo[f"parity {name}"] = partial(check_parity, fp32, model, film, arguments.compared)
    todo["leaks"] = partial(check_leaks, fp32, arguments.cycles)
    rows = [("fp32", RunnerOptions())]
    rows += [("fp32", RunnerOptions(Backend.TENSORRT, batch_size=size)) for size in arguments.batch_sizes]
    rows += [(name, ON_CARD) for name in models if name != "fp32"]
    for name, options in rows:
        row = f"speed {name} {options.backend} {options.batch_size or ''}".strip()
        todo[row] = partial(measure, film, models[name], fp32, arguments.frames, options)
    return todo


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("film", type=Path)
    parser.add_argument("--model", type=Path, default=shipped_model_path(), help="in FP32")
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=1000, help="of the speed table, in all rounds together")
    parser.add_argument("--compared", type=int, default=N_COMPARED, help="frames of the parity table")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=BATCH_SIZES)
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args(argv)
    results: Numbers = {}
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            fp32 = read_model_file(arguments.model)
            run_to_end(prepare_runner(fp32, ON_CARD))  # without a card nothing else makes sense
            models = make_models(fp32, arguments.film, Path(folder))
        except MazetrackError as error:
            raise SystemExit(f"gpu_check: {error}") from None
        for name, part in parts(arguments, models).items():
            try:
                results[name] = part()
            except MazetrackError as error:
                results[name] = {"failed": str(error)}
                failed.append(name)
                print(f"{name}: {error}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    if failed:
        raise SystemExit(f"gpu_check: {', '.join(failed)} failed; see above.")


if __name__ == "__main__":
    main()
