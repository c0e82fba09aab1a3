"""The README's speed table, ratios first, in one command.

    python benchmarks/speed.py FILM [--frames 600] [--resnet MODEL] [--resnet-frames 60] [--memory] [--peer FOLDER]
                               [--json FILE]

Every row is `mazetrack bench`: PyTorch one frame at a time, the back end one at a time, streamed and down to the track
files, decoding only and inference only, in turn on the same frames, medians over the rounds. Rows: the model that
ships, as it tracks, and the seed's network (ResNet-50, pyramid of 256 channels, 480 × 640) in FP32, bf16 where the CPU
has it, and INT8. Its weights are random unless --resnet names a trained FP32 file: they do not change how long it
takes, and only with trained ones the INT8 file is held against FP32 on frames of the film. The time from the shell to
the first tracked frame comes first. --memory tracks the film repeated to 1 and to 20 minutes (`memory.py`), --peer
compares with another program in an environment that is made in FOLDER (`peers.py`). Let the machine do nothing else
meanwhile.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from memory import measure_memory
from peers import compare

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.network.model_weights import write_model
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.runtime import Precision, RunnerOptions
from napari_mazetrack.runtime.reduced_precision import make_int8_model
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.workflows.bench import STREAMED, TRACKED, BenchRequest, measure_speed
from napari_mazetrack.workflows.compare_models import pick_frames
from napari_mazetrack.workflows.export import ExportRequest, export_model

SEED_BACKBONE, SEED_CHANNELS, SEED_HW = "resnet50", 256, (480, 640)
N_CALIBRATION_FRAMES = 16
N_STARTS = 3

Row = dict[str, Any]


def make_seed_network(path: Path) -> Path:
    """Write the seed's network with random weights."""
    spec = ModelSpec(MOUSE, *SEED_HW, backbone=SEED_BACKBONE, fpn_channels=SEED_CHANNELS)
    write_model(DetectorNetwork(spec), spec, path)
    return path


def reduce_to_int8(model: Path, film: Path, out: Path, *, is_trained: bool) -> str:
    """Write the INT8 file; return how it compares with FP32 where that can be said."""
    if is_trained:
        outcome = run_to_end(export_model(ExportRequest(model, out, "int8", calibrate=(film,))))
        return "; ".join(f"{backend}: {report}" for backend, report in outcome.parity.items())
    fp32 = read_model_file(model)
    frames = pick_frames((film,), fp32.spec.input_hw, N_CALIBRATION_FRAMES)
    out.write_bytes(make_int8_model(fp32, (frame.batch for frame in frames)))
    return "random weights"


def measure(name: str, request: BenchRequest) -> Row:
    """Measure one row and print it; a precision that cannot run here is told."""
    try:
        outcome = run_to_end(measure_speed(request))
    except MazetrackError as error:
        print(f"{name}: {error}", flush=True)
        return {"name": name, "not_measured": str(error)}
    print(f"{name}: {outcome.info.backend} {outcome.info.version}, {outcome.info.device}, {outcome.info.precision}")
    if outcome.speed_up is not None:
        print(f"  {outcome.speed_up:.2f} times PyTorch one at a time")
    shares = {way: outcome.share_of_limit(way) for way in (STREAMED, TRACKED)}
    for way, share in shares.items():
        print(f"  {way}: {100 * share:.0f} % of decoding and inference one after the other")
    for way, value in outcome.frames_per_s.items():
        low, high = min(outcome.rounds[way]), max(outcome.rounds[way])
        print(f"  {way:<26} {value:8.1f} frames/s   ({low:.1f} to {high:.1f})", flush=True)
    ratios = {"speed_up": outcome.speed_up, "share_of_limit": shares, "stages": outcome.stages}
    return {"name": name, **ratios, "frames_per_s": outcome.frames_per_s, "rounds": outcome.rounds}


def seconds_to_first_frame(film: Path, out: Path) -> float:
    """Start `mazetrack track` and wait until it tells of a tracked frame."""
    command = [sys.executable, "-m", "napari_mazetrack.cli.main", "--json-progress", "track", str(film)]
    began = time.perf_counter()
    with subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if line.startswith("{") and json.loads(line)["done"] >= 1:
                seconds = time.perf_counter() - began
                process.terminate()
                return seconds
    raise SystemExit("mazetrack track ended before a frame was tracked; run it by hand to see why.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--resnet", type=Path, default=None)
    parser.add_argument("--resnet-frames", type=int, default=60)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peer", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    film = options.film
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        starts = [seconds_to_first_frame(film, work / f"start_{i}") for i in range(N_STARTS)]
        print(f"shell to first tracked frame: {', '.join(f'{s:.2f}' for s in starts)} s", flush=True)
        rows = [measure("the model that ships", BenchRequest(film, n_frames=options.frames))]
        fp32 = options.resnet or make_seed_network(work / "resnet50.onnx")
        int8 = work / "resnet50_int8.onnx"
        parity = reduce_to_int8(fp32, film, int8, is_trained=options.resnet is not None)
        print(f"ResNet-50, INT8 beside FP32: {parity}", flush=True)
        for name, model, precision in (
            ("ResNet-50, FP32", fp32, Precision.FP32),
            ("ResNet-50, bf16", fp32, Precision.BF16),
            ("ResNet-50, INT8", int8, Precision.FP32),
        ):
            wanted = RunnerOptions(precision=precision)
            rows.append(measure(name, BenchRequest(film, model, fp32, options.resnet_frames, wanted)))
    streamed = {row["name"]: row["frames_per_s"]["optimised and streamed"] for row in rows if "frames_per_s" in row}
    ratio = streamed["ResNet-50, INT8"] / streamed["ResNet-50, FP32"]
    print(f"ResNet-50, INT8 against FP32, streamed: {ratio:.2f} times")
    memory = measure_memory(film) if options.memory else None
    peer = compare(film, options.peer, options.frames) if options.peer else None
    if options.json:
        plain = {"film": film.name, "first_frame_s": starts, "rows": rows, "int8_to_fp32": ratio, "parity": parity}
        plain |= {"memory": memory, "peer": peer}
        options.json.write_text(json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    main()
