"""Train the default model and others beside it in minutes, on a computer with an NVIDIA card and many cores.

    python benchmarks/train_on_a_card.py --out FOLDER [--pictures 8000] [--minutes 5] [--labels LABELS.npz]
        [--label-minutes 2] [--nets small_strict medium resnet50 seed] [--times LARGER_BATCHES]

To make crops is what limits, so all networks learn from the same ones: each batch goes to every network that has learnt
from its last one. Pictures are painted first (`mazetrack simulate` would write the same ones), in every core. Then each
network learns from them for --minutes, and for --label-minutes more from them and from the labelled pictures (arrays
`luma` [N, H, W] and `keypoints_xy` [N, 3, 2]). Writes NET.pictures.pt, NET.pt (moving averages of the weights) and
history.json; `benchmarks/weights_to_model.py` makes model files of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import queue
import threading
import time
import traceback
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from napari_mazetrack.cores import usable_cores
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.simulator.picture import simulate_picture
from napari_mazetrack.simulator.picture_files import SEED_STEP
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.crop_batches import Batch, BatchPlan, make_in_processes
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.loop import Start, Trainer, TrainingData
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.settings import RECIPES, TrainSettings

N_HELD_OUT = 60
#: A batch that is this much larger takes the square root of it as its learning rate's factor.
BASE_SHAPES = TrainSettings.batch_shapes
EPOCHS_OF_THE_SEED = 50
RATE_OF_LARGE_BATCHES = 2.0
DEFAULT = replace(RECIPES["default"], ema_decay=0.999)
STRICT = replace(DEFAULT, strict_share=0.6)
NETS = {
    "small": (DEFAULT, "mobilenetv1_025", 64),
    "small_strict": (STRICT, "mobilenetv1_025", 64),
    "medium": (STRICT, "mobilenetv2_100", 64),
    "resnet50": (STRICT, "resnet50", 64),
    "seed": (replace(RECIPES["seed"], pretrained=False), "mobilenetv2_100", 64),
}


def paint(seed: int, folder: Path) -> None:
    """Paint one picture into `folder`, unless it is there."""
    path = folder / f"{seed}.points.npy"
    if not path.exists():
        picture = simulate_picture(seed)
        points = picture.keypoints_xy
        np.save(folder / f"{seed}.npy", picture.luma)
        np.save(path, points if points is not None else np.zeros(0))


def read(path: Path) -> TrainingPicture:
    points = np.load(path.with_suffix(".points.npy")).reshape(-1, MOUSE.n_keypoints, 2)
    return TrainingPicture(np.load(path), points, path.name)


def paint_pictures(n: int, seed: int, folder: Path) -> list[TrainingPicture]:
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [seed * SEED_STEP + i for i in range(n)]
    with ProcessPoolExecutor(usable_cores(), multiprocessing.get_context("fork")) as pool:
        list(pool.map(partial(paint, folder=folder), seeds, chunksize=8))
    return [read(folder / f"{seed}.npy") for seed in seeds]


def read_labelled(path: Path) -> list[TrainingPicture]:
    with np.load(path) as arrays:
        pairs = zip(arrays["luma"], arrays["keypoints_xy"], strict=True)
        return [TrainingPicture(luma, points[None], f"{path.name} {i}") for i, (luma, points) in enumerate(pairs)]


class Share:
    """Hands the same batches to several trainers, each in a thread of its own, on the card.

    Each batch waits for the first of `names` that has not left; the others skip what comes while they are busy.
    """

    def __init__(self, plan: BatchPlan, n_processes: int, names: Sequence[str]) -> None:
        self.epochs = make_in_processes(plan, n_processes, "fork")
        self.batches = self.epochs(0)
        self.waiting = next(self.batches)  # forked before there are other threads
        self.queues: dict[str, queue.Queue[Batch]] = {name: queue.Queue(3) for name in names}
        self.is_over, self.n_made = threading.Event(), 0

    def hand_out(self) -> None:
        """Make batches until it is over."""
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        for luma, targets in chain([self.waiting], self.batches):
            batch = luma.to(device), targets.to(device)
            self.n_made += 1
            for name in list(self.queues):
                self._offer(name, batch)
            if self.is_over.is_set():
                return

    def _offer(self, name: str, batch: Batch) -> None:
        while name in self.queues:
            try:
                self.queues[name].put(batch, timeout=0.2 if name == next(iter(self.queues), name) else 0.001)
            except queue.Full:
                if name == next(iter(self.queues), name):
                    continue
            except KeyError:
                pass
            return

    def leave(self, name: str) -> None:
        """Take no more batches."""
        del self.queues[name]
        if not self.queues:
            self.is_over.set()

    def batches_of(self, name: str, n: int, _epoch: int) -> Generator[Batch, None, None]:
        waiting = self.queues[name]
        for _ in range(n):
            yield waiting.get(timeout=120)


def train_together(
    trainers: dict[str, Trainer], starts: dict[str, Start], share: Share, options: argparse.Namespace, suffix: str
) -> dict[str, dict[str, torch.Tensor]]:
    """Train all to their end and return their moving averages."""
    done: dict[str, dict[str, torch.Tensor]] = {}

    def train(name: str, trainer: Trainer) -> None:
        stream = torch.cuda.Stream() if torch.cuda.is_available() else None
        mixed = torch.autocast("cuda", torch.bfloat16, enabled=name in options.autocast)
        try:
            with torch.cuda.stream(stream), mixed:
                for report in trainer.run(starts[name]):
                    if report.message:
                        print(f"{time.strftime('%X')} {suffix or 'labels'} {name}: {report.message}", flush=True)
                        torch.save(trainer.average.values, options.out / f"{name}{suffix}.pt")
        except Exception:  # noqa: BLE001 - the other networks go on
            traceback.print_exc()
        share.leave(name)
        done[name] = {key: value.detach().cpu().clone() for key, value in trainer.average.values.items()}
        torch.save(done[name], options.out / f"{name}{suffix}.pt")

    threads = [threading.Thread(target=train, args=pair) for pair in trainers.items()]
    for thread in threads:
        thread.start()
        time.sleep(2)  # each seeds its first weights
    giver = threading.Thread(target=share.hand_out)
    giver.start()
    for thread in threads:
        thread.join()
    giver.join()
    return done


def make_settings(name: str, minutes: float, options: argparse.Namespace, *, further: bool) -> TrainSettings:
    recipe, backbone, width = NETS[name]
    recipe = recipe.for_fine_tuning() if further else recipe
    rate = recipe.learning_rate * RATE_OF_LARGE_BATCHES
    shapes = tuple((n * options.times, side) for n, side in BASE_SHAPES)
    is_seed = recipe.name == "seed"
    return TrainSettings(
        replace(recipe, learning_rate=rate),
        backbone=backbone,
        epochs=EPOCHS_OF_THE_SEED if is_seed else 1000,
        batches_per_epoch=options.seed_batches if is_seed else options.batches,
        batch_shapes=shapes,
        fpn_channels=width,
        minutes=minutes,
        seed=7,
    )


def run_stage(
    tables: list[list[TrainingPicture]],
    held_out: list[TrainingPicture],
    minutes: float,
    options: argparse.Namespace,
    suffix: str,
    weights: dict[str, dict[str, torch.Tensor]],
) -> dict[str, dict[str, torch.Tensor]]:
    names = [name for name in options.nets if not weights or name in weights]
    further = bool(suffix == "")
    trainers: dict[str, Trainer] = {}
    starts: dict[str, Start] = {}
    shapes = make_settings(names[0], minutes, options, further=further).batch_shapes
    spec = ModelSpec(MOUSE, *TrainSettings.input_hw)
    crops = CropSet(tables, spec.priors, 7 if further else 3)
    share = Share(BatchPlan(crops, shapes, 10**6), options.workers, names)
    for name in names:
        settings = make_settings(name, minutes, options, further=further)
        spec = ModelSpec(MOUSE, *settings.input_hw, backbone=settings.backbone, fpn_channels=settings.fpn_channels)
        data = TrainingData(crops, held_out[:20] if settings.recipe.name == "seed" else held_out, {})
        batches = partial(share.batches_of, name, settings.batches_per_epoch)
        checkpoint = Path(options.scratch) / f"{name}{suffix}.checkpoint"
        trainers[name] = Trainer(spec, settings, data, checkpoint, batches=batches)
        starts[name] = Start(weights.get(name) or initial_weights(name, options.initial), name)
    began = time.perf_counter()
    done = train_together(trainers, starts, share, options, suffix)
    crops_made = share.n_made * np.mean([n for n, _ in shapes])
    print(f"{crops_made:.0f} crops, {crops_made / (time.perf_counter() - began):.0f} a second", flush=True)
    for name, trainer in trainers.items():
        print(f"{suffix or 'labels'} {name}: {trainer.epoch} epochs in {trainer.elapsed_s:.0f} s", flush=True)
        options.history[f"{name}{suffix}"] = trainer.history
    (options.out / "history.json").write_text(json.dumps(options.history))
    return done


def initial_weights(name: str, path: Path | None) -> dict[str, torch.Tensor] | None:
    """ImageNet weights of the backbone, where a file has them; the rest is drawn."""
    if path is None or NETS[name][1] != "mobilenetv2_100":
        return None
    from napari_mazetrack.network.detector_network import DetectorNetwork

    settings = NETS[name]
    torch.manual_seed(7)
    network = DetectorNetwork(ModelSpec(MOUSE, 480, 640, backbone=settings[1], fpn_channels=settings[2]))
    values = network.state_dict()
    given = torch.load(path, weights_only=True)
    missing = [key for key in given if key not in values or values[key].shape != given[key].shape]
    if missing:
        raise SystemExit(f"{path} does not fit: {missing[:3]}")
    return {**values, **given}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/train_on_a_card"))
    parser.add_argument("--pictures", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=301)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--label-minutes", type=float, default=2.0)
    parser.add_argument("--initial", type=Path, help="ImageNet weights of MobileNetV2")
    parser.add_argument("--nets", nargs="+", choices=list(NETS), default=list(NETS))
    parser.add_argument("--times", type=int, default=16, help="how many times larger a batch is")
    parser.add_argument("--batches", type=int, default=500, help="in an epoch")
    parser.add_argument("--seed-batches", type=int, default=30, help="in an epoch of the seed's recipe")
    parser.add_argument("--workers", type=int, default=max(1, usable_cores() - 2))
    parser.add_argument("--autocast", nargs="*", default=[], help="nets that learn in mixed precision")
    parser.add_argument("--paint-only", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.scratch.mkdir(parents=True, exist_ok=True)
    options.history = {}
    began = time.perf_counter()
    folder = options.scratch / "pictures"
    held_out = paint_pictures(N_HELD_OUT, options.seed + 1, folder)
    painted = paint_pictures(options.pictures, options.seed, folder)
    print(f"{len(painted)} pictures after {time.perf_counter() - began:.0f} s", flush=True)
    if options.paint_only:
        return
    weights = run_stage([painted], held_out, options.minutes, options, ".pictures", {})
    if options.labels is not None:
        weights.pop("seed", None)
        run_stage([painted, read_labelled(options.labels)], held_out, options.label_minutes, options, "", weights)


if __name__ == "__main__":
    main()
