"""Optimiser, schedule and moving average of a recipe."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from napari_mazetrack.training.settings import Recipe

WARM_UP = 0.05
#: The cosine ends at this share of the highest rate, and starts its warm-up there.
LOWEST_SHARE = 0.01
MOMENTUM = 0.9
STEP_FACTOR = 0.1


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Make the recipe's optimiser; AdamW leaves biases and normalisation undecayed, the seed's SGD decays all."""
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(
            network.parameters(), recipe.learning_rate, momentum=MOMENTUM, weight_decay=recipe.weight_decay
        )
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, recipe.learning_rate)


def compute_learning_rate(recipe: Recipe, epoch: int, done_fraction: float) -> float:
    """Return the rate at a moment: by the share of the training that is done (cosine), or by the epoch (steps)."""
    if recipe.schedule == "steps":
        return recipe.learning_rate * STEP_FACTOR ** sum(epoch >= milestone for milestone in recipe.milestones)
    if done_fraction < WARM_UP:
        share = LOWEST_SHARE + (1 - LOWEST_SHARE) * done_fraction / WARM_UP
    else:
        angle = math.pi * min((done_fraction - WARM_UP) / (1 - WARM_UP), 1.0)
        share = LOWEST_SHARE + (1 - LOWEST_SHARE) * (1 + math.cos(angle)) / 2
    return recipe.learning_rate * share


class MovingAverage:
    """Exponential moving average of a network's weights and normalisation statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, n_steps: int) -> None:
        """Take in the weights after step `n_steps`; the first steps count more."""
        decay = min(self.decay, (1 + n_steps) / (10 + n_steps))
        means: list[Tensor] = []
        latest: list[Tensor] = []
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                means.append(self.values[name])
                latest.append(value)
            else:
                self.values[name].copy_(value)
        # All tensors in one call: on a graphics card each call costs as much as a layer.
        get_ema_multi_avg_fn(decay)(means, latest, 1)
