"""How fast we track a film beside the fastest peer: an ultralytics nano pose model through OpenVINO INT8.

    python benchmarks/peers.py FILM [--frames 600] [--rounds 3] [--env FOLDER] [--json FILE]

The peer runs in a virtual environment of its own (made in --env; several gigabytes, needs PyPI), untrained: without
detections its post-processing is as quick as it can be. Both run the same frames in turn, the medians count. The peer's
time is that of its predictions alone, after a first one; ours is the whole of `mazetrack track`, from the model file to
the track files.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import Any

import av

PACKAGES = ("torch>=2.14", "torchvision>=0.29", "ultralytics>=8.3", "openvino>=2024.4", "nncf>=2.14")
INPUT_PX = 640
#: What the peer's Python runs: export once, then predict once for each line on standard input.
PEER = """
import sys, time
from pathlib import Path
import cv2, numpy, ultralytics, yaml
film, work = sys.argv[1], Path(sys.argv[2])
for part in ("images", "labels"):
    (work / part).mkdir(parents=True)
capture = cv2.VideoCapture(film)
for i in range(32):
    cv2.imwrite(str(work / "images" / f"{i}.png"), capture.read()[1])
    (work / "labels" / f"{i}.txt").write_text("0" + " 0.5" * 10)
data = {"path": str(work), "train": "images", "val": "images", "kpt_shape": [3, 2], "names": {0: "animal"}}
(work / "data.yaml").write_text(yaml.safe_dump(data))
folder = Path(ultralytics.__file__).parent / "cfg" / "models" / "11"
model = yaml.safe_load((folder / "yolo11-pose.yaml").read_text()) | {"nc": 1, "kpt_shape": [3, 2], "scale": "n"}
(work / "yolo11n-pose.yaml").write_text(yaml.safe_dump(model))
network = ultralytics.YOLO(str(work / "yolo11n-pose.yaml"))
side = int(sys.argv[3])
path = network.export(format="openvino", int8=True, data=str(work / "data.yaml"), imgsz=side)
network = ultralytics.YOLO(path, task="pose")
network.predict(numpy.zeros((side, side, 3), numpy.uint8), imgsz=side, verbose=False)
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    n = sum(1 for _ in network.predict(film, stream=True, imgsz=side, verbose=False))
    print(n, time.perf_counter() - began, flush=True)
"""


def make_environment(folder: Path) -> Path:
    """Make the peer's environment unless it is there; return its Python."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"Installing the peer into {folder} …", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def cut_film(film: Path, n_frames: int, out: Path) -> int:
    """Copy the first packets of a film without decoding them; return how many frames they hold."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        n = 0
        for packet in source.demux(stream):
            if packet.dts is None or n == n_frames:
                break
            packet.stream = copy
            target.mux(packet)
            n += 1
    return n


class Peer:
    """The peer, ready to predict."""

    def __init__(self, python: Path, film: Path, work: Path) -> None:
        command = [python, "-c", PEER, str(film), str(work), str(INPUT_PX)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=work.parent,
        )
        while (line := self._process.stdout.readline()) != "ready\n":
            if not line:
                raise SystemExit("The peer ended before it was ready; run its Python by hand to see why.")

    def frames_a_second(self) -> float:
        """Predict the film once."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        n, seconds = self._process.stdout.readline().split()
        return int(n) / float(seconds)

    def close(self) -> None:
        """End its process."""
        self._process.stdin.close()
        self._process.wait()


def our_frames_a_second(film: Path, n_frames: int, out: Path) -> float:
    """Track the film once, the start of the program not counted."""
    from napari_mazetrack.progress import run_to_end
    from napari_mazetrack.workflows.track import TrackRequest, track_film

    began = time.perf_counter()
    run_to_end(track_film(TrackRequest(film=film, out_dir=out, force=True)))
    return n_frames / (time.perf_counter() - began)


def compare(film: Path, env: Path, n_frames: int = 600, n_rounds: int = 3) -> dict[str, Any]:
    """Let both work through the first frames of a film in turn; print and return frames a second and their ratio."""
    python = make_environment(env)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / f"film{film.suffix}"
        n_frames = cut_film(film, n_frames, part)
        peer = Peer(python, part, Path(folder) / "peer")
        ours, theirs = [], []
        for _ in range(n_rounds):
            theirs.append(peer.frames_a_second())
            ours.append(our_frames_a_second(part, n_frames, Path(folder) / "ours"))
        peer.close()
    ratio = median(ours) / median(theirs)
    print(f"{n_frames} frames of {film.name}, frames a second, {n_rounds} rounds in turn:")
    for name, values in (("mazetrack track", ours), ("ultralytics yolo11n-pose, OpenVINO INT8", theirs)):
        print(f"  {name:<42} {median(values):7.1f}   ({', '.join(f'{v:.1f}' for v in values)})")
    print(f"  ratio {ratio:.2f}")
    return {"frames": n_frames, "ours_fps": ours, "peer_fps": theirs, "ratio": ratio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--env", type=Path, default=Path(tempfile.gettempdir()) / "mazetrack_peer")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    found = compare(options.film, options.env, options.frames, options.rounds)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
