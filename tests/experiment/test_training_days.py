"""The order of the days of training, and what is drawn and told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from napari_mazetrack.experiment.figures.figure_data import FigureData
from napari_mazetrack.experiment.figures.over_days import draw_exploration_time, draw_learning_curves
from napari_mazetrack.experiment.training_days import TrainingDays

ANEW = [("reversal", 1.0), ("hidden", 2.0), ("hidden", 1.0), ("reversal", 2.0), ("hidden", 1.0)]


def test_days_of_different_numbers_stand_at_their_numbers():
    days = TrainingDays.of([("hidden", 1.0), ("reversal", 6.0), ("hidden", 5.0)])
    assert [(days.place(*day), days.label(*day)) for day in days.days] == [(1, "1"), (5, "5"), (6, "6")]


def test_a_reversal_that_counts_anew_comes_after_the_others():
    days = TrainingDays.of(ANEW)
    assert [(days.place(*day), days.label(*day)) for day in days.days] == [(1, "1"), (2, "2"), (3, "R1"), (4, "R2")]


def test_no_animal_is_drawn_twice_on_a_day(table):
    hidden = table(n=4, days=2)
    hidden = hidden[hidden["kind"] == "hidden"]
    reversal = hidden.assign(kind="reversal", trial="r" + hidden["trial"], latency_s=hidden["latency_s"] / 2)
    data = FigureData(pd.concat([hidden, reversal], ignore_index=True))
    figure = draw_learning_curves(data)
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["1", "2", "R1", "R2"]
    assert figure.axes[2].get_xlabel() == "day (R: reversal)"
    means = data.placed_means("latency_s")
    assert means.groupby(["animal", "place"]).size().max() == 1
    later = means[means["place"] > 2].set_index(["animal", "day"])["mean"]
    earlier = means[means["place"] <= 2].set_index(["animal", "day"])["mean"]
    np.testing.assert_allclose(later, earlier / 2)
    lines = draw_exploration_time(data).axes[0].get_lines()
    assert max(len(line.get_xdata()) for line in lines) == 4
    assert draw_learning_curves(replace(data, frame=hidden.assign(day=np.nan))) is None
