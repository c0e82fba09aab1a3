"""A tracking that is killed at any moment goes on to the same bytes; a long film does not fill the memory."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 is a thing of Unix")
N_FRAMES = 1500


@dataclass(frozen=True)
class Undisturbed:
    """A tracking that nobody killed: how it is started, how long it worked (imports left out), and what it wrote."""

    film: Path
    model: Path
    work_s: float
    csv: bytes
    nc: bytes

    def command(self, out: Path, *more: str) -> list[str]:
        film, model = str(self.film), str(self.model)
        program = [sys.executable, "-m", "napari_mazetrack.cli.main"]
        return [*program, "track", film, "--model", model, "--out", str(out), *more]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, write_blob_film: Callable, blob_model: Path) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    film = write_blob_film(folder / "pool.mp4", N_FRAMES)
    run = Undisturbed(film, blob_model, 0.0, b"", b"")
    process = subprocess.Popen(run.command(folder), stderr=subprocess.DEVNULL)
    wait_for_work(process, folder)
    started = time.monotonic()
    assert process.wait() == 0
    work_s = time.monotonic() - started
    results = [(folder / f"pool.tracks.{ending}").read_bytes() for ending in ("csv", "nc")]
    return Undisturbed(film, blob_model, work_s, *results)


def wait_for_work(process: subprocess.Popen, out: Path) -> None:
    """Wait until the process has begun to write."""
    while process.poll() is None and not (out / "pool.tracks.part").exists():
        time.sleep(0.001)


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def finish_and_compare(run: Undisturbed, out: Path) -> None:
    for name, expected in (("pool.tracks.csv", run.csv), ("pool.tracks.nc", run.nc)):
        # What stands there before the end is whole already.
        assert not (out / name).exists() or (out / name).read_bytes() == expected
    subprocess.run(run.command(out, "--resume"), check=True, capture_output=True)
    assert (out / "pool.tracks.csv").read_bytes() == run.csv
    assert (out / "pool.tracks.nc").read_bytes() == run.nc
    assert not (out / "pool.tracks.part").exists()


def test_killed_again_and_again_while_detecting(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Each go is killed when the detections have grown by a random amount; the last one ends."""
    chance = random.Random(1)
    part = tmp_path / "pool.tracks.part"
    size = 0
    for go in range(3):
        process = subprocess.Popen(
            undisturbed.command(tmp_path, *(["--resume"] if go else [])), stderr=subprocess.DEVNULL
        )
        wanted = size + chance.randint(1, 150_000)
        while process.poll() is None and not (part.exists() and part.stat().st_size > wanted):
            time.sleep(0.001)
        kill(process)
        size = part.stat().st_size if part.exists() else 0
    assert size > 0
    finish_and_compare(undisturbed, tmp_path)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_killed_at_twenty_random_moments(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """From the first detection to the last rename."""
    chance = random.Random(20)
    n_killed = 0
    for attempt in range(60):
        out = tmp_path / str(attempt)
        process = subprocess.Popen(undisturbed.command(out), stderr=subprocess.DEVNULL)
        wait_for_work(process, out)
        time.sleep(chance.uniform(0.0, 1.0) * undisturbed.work_s)
        n_killed += process.poll() is None
        kill(process)
        finish_and_compare(undisturbed, out)
        if n_killed == 20:
            break
    assert n_killed == 20


def write_long_film(path: Path, n_frames: int) -> Path:
    """Write 640 × 480 frames as fast as can be: a spot that jumps every second, in a codec without motion search."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30, options={"qscale": "5"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 640, 480, "yuv420p", 30
        for i in range(n_frames):
            if i % 30 == 0:
                luma = np.full((720, 640), 128, np.uint8)
                luma[:480] = 200
                x, y = 60 + 7 * (i // 30) % 500, 60 + 5 * (i // 30) % 360
                luma[y - 6 : y + 6, x - 6 : x + 6] = 60
            frame = av.VideoFrame.from_ndarray(luma, "yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


#: The program, which ends by telling the most memory that it held; what its parent held does not count.
PROGRAM_WITH_PEAK = """
import atexit, sys
from pathlib import Path
from napari_mazetrack.cli.main import main
status = Path("/proc/self/status")
atexit.register(lambda: print("peak_kb", status.read_text().split("VmHWM:")[1].split()[0]))
main()
"""


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of one process from /proc")
def test_a_film_of_twenty_minutes_takes_less_than_a_gigabyte(tmp_path: Path, blob_model_proto: Callable) -> None:
    film = write_long_film(tmp_path / "long.avi", 20 * 60 * 30)
    model = tmp_path / "blob480.onnx"
    model.write_bytes(blob_model_proto((480, 640)).SerializeToString())
    command = [sys.executable, "-c", PROGRAM_WITH_PEAK, "track", str(film), "--model", str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peak_mb = int(done.stdout.split("peak_kb")[1]) / 1e3
    print(f"peak memory: {peak_mb:.0f} MB")
    assert peak_mb <= 1000
