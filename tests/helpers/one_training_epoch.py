"""One epoch of a training shared by some processes: ``python one_training_epoch.py TABLE N_PROCESSES STATISTICS.pt``.

Each process writes the statistics of normalisation that it ends with into a file of its own.
"""

import sys
from pathlib import Path

import torch

from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.loop import Start, Trainer, TrainingData
from napari_mazetrack.training.pictures import load_pictures
from napari_mazetrack.training.processes import join_processes
from napari_mazetrack.training.settings import RECIPES, TrainSettings
from napari_mazetrack.workflows.label_sources import load_labelled_frames


def main() -> None:
    table, n, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    settings = TrainSettings(
        RECIPES["default"], epochs=1, batches_per_epoch=2, batch_shapes=((8, 96),), fpn_channels=8, input_hw=(96, 128)
    )
    spec = ModelSpec(MOUSE, *settings.input_hw, backbone=settings.backbone, fpn_channels=settings.fpn_channels)
    pictures = run_to_end(load_pictures(load_labelled_frames(table, MOUSE, {}), MOUSE.n_keypoints, "Reading"))
    data = TrainingData(CropSet([pictures], spec.priors, seed=0), pictures, {})
    trainer = Trainer(spec, settings, data, out.with_suffix(".checkpoint"), join_processes(n))
    run_to_end(trainer.run(Start()))
    values = {name: value for name, value in trainer.network.state_dict().items() if "running" in name}
    values |= {f"average of {name}": trainer.average.values[name] for name in list(values)}
    torch.save(values, out.with_suffix(f".{trainer.processes.rank}.pt"))


if __name__ == "__main__":
    main()
