"""One step of a training shared by some processes: ``python one_training_step.py TABLE N_PROCESSES GRADIENTS.pt``.

Normalisation is frozen, since it sees no more than its process's part of a batch. The first process writes.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.loop import Start, Trainer, TrainingData
from napari_mazetrack.training.pictures import load_pictures
from napari_mazetrack.training.processes import join_processes
from napari_mazetrack.training.settings import RECIPES, TrainSettings
from napari_mazetrack.workflows.label_sources import load_labelled_frames


def make_trainer(table: Path, n: int, checkpoint: Path, n_batches: int, n_crops: int) -> Trainer:
    """Return a tiny trainer shared by `n` processes, for one epoch of so many batches of so many crops."""
    settings = TrainSettings(
        RECIPES["default"],
        epochs=1,
        batches_per_epoch=n_batches,
        batch_shapes=((n_crops, 96),),
        fpn_channels=8,
        input_hw=(96, 128),
    )
    spec = ModelSpec(MOUSE, *settings.input_hw, backbone=settings.backbone, fpn_channels=settings.fpn_channels)
    pictures = run_to_end(load_pictures(load_labelled_frames(table, MOUSE, {}), MOUSE.n_keypoints, "Reading"))
    data = TrainingData(CropSet([pictures], spec.priors, seed=0), pictures, {})
    return Trainer(spec, settings, data, checkpoint, join_processes(n))


def main() -> None:
    table, n, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    trainer = make_trainer(table, n, out.with_suffix(".checkpoint"), n_batches=1, n_crops=7)
    trainer._prepare(Start())
    for module in trainer.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.train = lambda mode=True: None
    (batch,) = trainer.batches(0)
    assert len(batch[0]) < 7 or n == 1
    trainer._step(*batch)
    if trainer.processes.is_first:
        torch.save({name: p.grad for name, p in trainer.network.named_parameters()}, out)


if __name__ == "__main__":
    main()
