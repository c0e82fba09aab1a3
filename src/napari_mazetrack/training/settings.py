"""What a training is told: recipe and settings, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from napari_mazetrack.network.losses import ClassLoss


@dataclass(frozen=True)
class Recipe:
    """How the weights are moved.

    Attributes
    ----------
    name : str
        As on the command line.
    optimiser : {"adamw", "sgd"}
        AdamW, or stochastic gradient descent with momentum 0.9.
    learning_rate, weight_decay : float
        Its numbers; the rate is the highest one.
    schedule : {"cosine", "steps"}
        A short warm-up and a cosine down to a hundredth, or ×0.1 at each milestone.
    milestones : tuple of int
        Epochs of the steps.
    epochs : int
        Unless the person says otherwise.
    class_loss : {"focal", "hard_negatives"}
        See `network.losses`.
    pretrained : bool
        Start from ImageNet weights.
    ema_decay : float
        Decay of the moving average of the weights that is evaluated and exported; 0 for none.
    strict_share : float
        Share of a training from nothing in which exchanged ends are as wrong as any (`network.ends`): which end is
        which is learnt before what cannot be told is forgiven.
    heat_maps : bool
        Whether maps of the keypoints are trained besides (`network.heat_maps`).
    largest_gradient : float or None
        Norm to which longer gradients are cut; None cuts none.
    fine_tuning_share : float
        Share of the rate of a training that starts from a model: large steps would forget what it knows.
    """

    name: str
    optimiser: Literal["adamw", "sgd"]
    learning_rate: float
    weight_decay: float
    schedule: Literal["cosine", "steps"]
    epochs: int
    class_loss: ClassLoss
    milestones: tuple[int, ...] = ()
    pretrained: bool = False
    ema_decay: float = 0.995
    strict_share: float = 0.0
    heat_maps: bool = True
    largest_gradient: float | None = 5.0
    fine_tuning_share: float = 0.5

    def for_fine_tuning(self) -> Recipe:
        """Return the recipe of a training that starts from a model, which knows which end is which."""
        return replace(self, learning_rate=self.learning_rate * self.fine_tuning_share, strict_share=0.0)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("default", "adamw", 2e-3, 1e-2, "cosine", 30, "focal"),
        Recipe(
            "seed",
            "sgd",
            1e-3,
            5e-4,
            "steps",
            50,
            "hard_negatives",
            milestones=(40, 50),
            pretrained=True,
            ema_decay=0.0,
            heat_maps=False,
            largest_gradient=None,
            fine_tuning_share=1.0,
        ),
    )
}


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training.

    Attributes
    ----------
    recipe : Recipe
        How the weights are moved.
    backbone : str
        Feature extractor.
    epochs : int
        Passes of `batches_per_epoch` batches.
    batches_per_epoch : int
        Steps of the optimiser in an epoch.
    batch_shapes : tuple of (int, int)
        Crops in a batch and their side in pixels, taken in turn: small crops are mostly animal, large ones hold large
        animals and teach what is none.
    fpn_channels : int
        Width of the pyramid.
    input_hw : (int, int)
        Input of the exported model, pixels.
    minutes : float or None
        Time after which the training ends, its schedule complete; None for no limit.
    patience : int or None
        Epochs without a better score on the held-out frames that are looked at, after which the training ends; None
        for no such end.
    seed : int
        Seeds the start and every crop: a crop is the same whatever happened before.
    validation_fraction : float
        Share of the labelled frames that is held out.
    mixed_precision : bool
        Compute the network in bfloat16 while its weights, the losses and the scores stay FP32
        (`processes.can_mix_precision`).
    """

    recipe: Recipe
    backbone: str = "mobilenetv1_025"
    epochs: int = 30
    batches_per_epoch: int = 100
    batch_shapes: tuple[tuple[int, int], ...] = ((32, 128), (20, 160), (10, 224))
    fpn_channels: int = 64
    input_hw: tuple[int, int] = (480, 640)
    minutes: float | None = None
    patience: int | None = None
    seed: int = 0
    validation_fraction: float = 0.1
    mixed_precision: bool = False

    @property
    def crops_per_epoch(self) -> int:
        """Crops seen in an epoch."""
        shapes = self.batch_shapes
        return sum(shapes[i % len(shapes)][0] for i in range(self.batches_per_epoch))

    @property
    def pixels_per_epoch(self) -> int:
        """Pixels of these crops."""
        shapes = self.batch_shapes
        return sum(n * side**2 for n, side in (shapes[i % len(shapes)] for i in range(self.batches_per_epoch)))
