"""How much memory tracking takes, for a short film and a long one: the same, whatever the film's length.

    python benchmarks/memory.py FILM [--minutes 1 20] [--json FILE]

The film is repeated without decoding it until it is long enough, and each length is tracked by `mazetrack track` in a
process of its own, whose largest resident size is told (Linux and macOS).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av

MINUTES = (1.0, 20.0)
#: The unit of `ru_maxrss`, bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def repeat_film(film: Path, seconds: float, out: Path) -> int:
    """Write the film's packets again and again until `seconds` are full; return how many frames there are."""
    n_packets = 0
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        shift, end = 0, 0
        while float(end * stream.time_base) < seconds:
            source.seek(0, stream=stream)
            for packet in source.demux(stream):
                if packet.dts is None or float(end * stream.time_base) >= seconds:
                    break
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                end = max(end, packet.pts + (packet.duration or 1))
                target.mux(packet)
                n_packets += 1
            shift = end
    return n_packets


def track(film: Path, out: Path) -> tuple[float, float]:
    """Track a film; return the process's largest memory in MB and how long it took in seconds."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "napari_mazetrack.cli.main", "track", str(film), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"mazetrack track failed: {told}")
    return usage.ru_maxrss * RSS_UNIT / 1e6, time.perf_counter() - began


def measure_memory(film: Path, minutes: tuple[float, ...] = MINUTES) -> list[dict[str, Any]]:
    """Track the film repeated to each length, and print a row for each."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for length in minutes:
            repeated = Path(folder) / f"{length:g}_min{film.suffix}"
            n_frames = repeat_film(film, 60 * length, repeated)
            megabytes, seconds = track(repeated, Path(folder) / "out")
            print(f"{length:g} minutes, {n_frames} frames: {megabytes:.0f} MB at most, {seconds:.0f} s", flush=True)
            rows.append({"minutes": length, "n_frames": n_frames, "peak_mb": megabytes, "seconds": seconds})
    print(f"the longest takes {rows[-1]['peak_mb'] / rows[0]['peak_mb']:.2f} times the memory of the shortest")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=MINUTES)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    rows = measure_memory(options.film, tuple(options.minutes))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
