"""The strategy of a swim from its segments, by a classifier that was learnt from people's labels.

A multinomial logistic regression gives every segment a probability of each class; the trial's are their mean. What was
learnt, on what, and how well it does on trials it has not seen stands in ``segment_model.json`` beside this file, which
``benchmarks/segment_strategies.py`` writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.strategies.segments import FEATURES

MODEL_NAME = "segment_model.json"


@dataclass(frozen=True)
class SegmentModel:
    """What was learnt.

    Attributes
    ----------
    classes : tuple of str
        The C classes.
    mean, spread : float64 [F]
        What features are centred on and divided by.
    weights, bias : float64 [C, F], [C]
        Of the regression.
    """

    classes: tuple[str, ...]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability [C] of each class, the mean over segments with features [S, F]."""
        score = (features - self.mean) / self.spread @ self.weights.T + self.bias
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        probability: NDArray[np.float64] = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
        return probability

    def call(self, features: NDArray[np.float64]) -> tuple[str, float]:
        """Return the likeliest class of a trial and its probability."""
        probability = self.probabilities(features)
        best = int(probability.argmax())
        return self.classes[best], float(probability[best])


@lru_cache(maxsize=1)
def segment_model() -> SegmentModel:
    """Return the model that ships with the package."""
    content = json.loads(files(__package__).joinpath(MODEL_NAME).read_text(encoding="utf-8"))
    numbers = (np.array(content[name], np.float64) for name in ("mean", "spread", "weights", "bias"))
    model = SegmentModel(tuple(content["classes"]), *numbers)
    if tuple(content["features"]) != FEATURES or model.weights.shape != (len(model.classes), len(FEATURES)):
        raise ValueError(f"{MODEL_NAME} does not belong to this version: write it anew.")
    return model
