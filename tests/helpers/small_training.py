"""Settings of a training that takes a few seconds."""

from napari_mazetrack.training.settings import RECIPES, TrainSettings

SMALL = TrainSettings(
    RECIPES["default"],
    epochs=2,
    batches_per_epoch=2,
    batch_shapes=((4, 64),),
    fpn_channels=8,
    input_hw=(96, 128),
)
