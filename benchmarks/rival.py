"""How good a nano pose model of ultralytics gets from the same labelled frames in the same time.

    python benchmarks/rival.py FOLDER --minutes 32 [--env FOLDER]

FOLDER is the --out of `benchmarks/few_labels.py`. The rival learns from the frames that its last fold learnt from and
both are scored on the rest. It starts from nothing: its own start weights may be used under its licence alone, and ours
are not given the labelled frames before. So --minutes should be those of the fold and of its base model together. They
are minutes of one processor, because that is what a busy machine does not change. The rival's environment is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from few_labels import DATA, N_FOLDS, Frames, find, score
from peers import make_environment
from PIL import Image

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.scoring import ScoredFrame
from napari_mazetrack.workflows.label_sources import load_labelled_frames
from napari_mazetrack.workflows.train import MODEL

#: What the rival says nothing about.
OURS_ALONE = ("within_1_sd", "within_2_sd")
#: Trains for so many minutes of one processor, then writes what it finds in the test pictures. The number of epochs,
#: which its schedule needs, comes from a first short training.
RIVAL = """
import json, sys, time
from pathlib import Path
import torch, ultralytics, yaml
work, minutes = Path(sys.argv[1]), float(sys.argv[2])
torch.set_num_threads(1)
data = {"path": str(work), "train": "train", "val": "train", "kpt_shape": [3, 3], "names": {0: "animal"},
        "flip_idx": [0, 1, 2]}
(work / "data.yaml").write_text(yaml.safe_dump(data))
folder = Path(ultralytics.__file__).parent / "cfg" / "models" / "11"
model = yaml.safe_load((folder / "yolo11-pose.yaml").read_text()) | {"nc": 1, "kpt_shape": [3, 3], "scale": "n"}
(work / "yolo11n-pose.yaml").write_text(yaml.safe_dump(model))

def train(epochs):
    network = ultralytics.YOLO(str(work / "yolo11n-pose.yaml"))
    began = time.process_time()
    network.train(data=str(work / "data.yaml"), epochs=epochs, imgsz=640, device="cpu", workers=0, flipud=0.5,
                  val=False, plots=False, project=str(work / "runs"), exist_ok=True, verbose=False)
    torch.set_num_threads(1)
    return network, time.process_time() - began

seconds = train(3)[1] / 3
epochs = max(4, round(60 * minutes / seconds))
network, used = train(epochs)
network = ultralytics.YOLO(str(work / "runs" / "train" / "weights" / "last.pt"))
found = []
for picture in sorted((work / "test").glob("*.png")):
    (result,) = network.predict(str(picture), imgsz=640, conf=0.05, verbose=False)
    found.append({"score": result.boxes.conf.tolist(), "box": result.boxes.xyxy.tolist(),
                  "points": result.keypoints.xy.tolist()})
(work / "found.json").write_text(json.dumps({"epochs": epochs, "minutes": used / 60, "found": found}))
"""


def write_data_set(frames: Frames, folder: Path) -> None:
    """Write pictures and their labels as the rival reads them; a frame's animals are lines of shares of the picture."""
    folder.mkdir(parents=True)
    for i, frame in enumerate(frames):
        picture = Image.open(frame.source)
        picture.save(folder / f"{i:04d}.png")
        lines = [_label_line(instance.keypoints_xy, picture.size) for instance in frame.instances]
        (folder / f"{i:04d}.txt").write_text("\n".join(line for line in lines if line))


def _label_line(keypoints_xy: np.ndarray, size_wh: tuple[int, int]) -> str | None:
    box = box_from_keypoints(keypoints_xy)
    if box is None:
        return None
    size = np.array(size_wh, float)
    low, high = np.clip(box[:2] / size, 0, 1), np.clip(box[2:] / size, 0, 1)
    points = [[*(point / size), 2] if np.isfinite(point).all() else [0, 0, 0] for point in keypoints_xy]
    return " ".join(f"{value:.6g}" for value in [0, *(low + high) / 2, *(high - low), *np.ravel(points)])


def read_found(found: Sequence[dict[str, list]], frames: Sequence[LabelledFrame]) -> list[ScoredFrame]:
    """Return what the rival found as our scoring takes it; it has no σ."""
    scored = []
    for one, frame in zip(found, frames, strict=True):
        points = np.array(one["points"], np.float32).reshape(-1, MOUSE.n_keypoints, 2)
        instances = Instances(
            score=np.array(one["score"], np.float32),
            box_xyxy=np.array(one["box"], np.float32).reshape(-1, 4),
            keypoints_xy=points,
            sigma_px=np.full(points.shape[:2], np.nan, np.float32),
        )
        truth = np.array([instance.keypoints_xy for instance in frame.instances]).reshape(-1, MOUSE.n_keypoints, 2)
        scored.append(ScoredFrame(instances, truth))
    return scored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--env", type=Path, default=Path(tempfile.gettempdir()) / "mazetrack_peer")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    frames = load_labelled_frames(options.folder / DATA.name, MOUSE, {})
    n_training = len(frames) - len(np.array_split(np.arange(len(frames)), N_FOLDS)[-1])
    python = make_environment(options.env)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_data_set(frames[:n_training], work / "train")
        write_data_set(frames[n_training:], work / "test")
        subprocess.run([python, "-c", RIVAL, str(work), str(options.minutes)], check=True, cwd=work)
        result = json.loads((work / "found.json").read_text())
    rival = score(read_found(result["found"], frames[n_training:]))
    ours = score(find(options.folder / f"fold_{N_FOLDS}" / MODEL, frames[n_training:]))
    print(f"{n_training} frames to learn from, {len(frames) - n_training} to be scored on")
    print(f"{'':<16}{'ours':>9}{'rival':>9}   ({result['epochs']} epochs, {result['minutes']:.1f} minutes)")
    for name in (name for name in ours if name not in OURS_ALONE):
        print(f"{name:<16}{ours[name]:9.3f}{rival[name]:9.3f}")
    if options.json:
        options.json.write_text(json.dumps({"ours": ours, "rival": rival, "epochs": result["epochs"]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
