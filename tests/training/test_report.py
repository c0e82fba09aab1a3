"""What a training leaves for people."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from types import SimpleNamespace

from napari_mazetrack.training.loop import _median_errors
from napari_mazetrack.training.report import save_losses


def test_an_epoch_in_which_a_point_was_not_found_leaves_its_error_empty(tmp_path: Path) -> None:
    history = [{"epoch": 1.0, "total": 3.5}, {"epoch": 2.0, "total": 2.5, "head_median_px": 4.25}]
    save_losses(history, tmp_path / "losses.csv")
    with (tmp_path / "losses.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["head_median_px"] for row in rows] == ["", "4.25"]


def test_the_window_offers_the_recipes_that_there_are() -> None:
    from napari_mazetrack.training.settings import RECIPES
    from napari_mazetrack.widgets.train import train_more

    assert list(train_more.RECIPES) == list(RECIPES)


def test_each_point_has_its_error_in_the_history_but_one_that_was_not_found() -> None:
    scores = SimpleNamespace(keypoints={"head": {"median_px": 2.5}, "tail": {"median_px": math.nan}})
    assert _median_errors(scores) == {"head_median_px": 2.5}
