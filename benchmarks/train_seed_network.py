"""Train the seed's network, as wide as it was, so that its speed and its INT8 file can be held against each other.

    python benchmarks/train_seed_network.py LABELS OUT [--map snout=head …] [--minutes 20] [--no-mixed-precision]

ResNet-50 with a pyramid of 256 channels, from nothing, by the default recipe: enough to find an animal in films like
the labelled ones, which is what ``benchmarks/speed.py FILM --resnet OUT/model.onnx`` needs. No model that ships.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from speed import SEED_BACKBONE, SEED_CHANNELS, SEED_HW

from napari_mazetrack.cli.command_train import parse_renames
from napari_mazetrack.training.settings import RECIPES, TrainSettings
from napari_mazetrack.workflows.train import TrainRequest, train_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--map", nargs="*", default=[])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--mixed-precision", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    settings = TrainSettings(
        RECIPES["default"],
        SEED_BACKBONE,
        epochs=1000,
        batch_shapes=((8, 128), (5, 160)),
        fpn_channels=SEED_CHANNELS,
        input_hw=SEED_HW,
        minutes=options.minutes,
        mixed_precision=options.mixed_precision,
    )
    names = parse_renames(options.map)
    for report in train_model(TrainRequest((options.labels,), options.out, settings, rename=names)):
        if report.message:
            print(report.message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
