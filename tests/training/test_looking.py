"""Looking at held-out pictures after each epoch: which, how many, and what it costs."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from small_training import SMALL

from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training import loop
from napari_mazetrack.training.checkpoint import load_checkpoint
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.scoring import score_frames
from napari_mazetrack.training.settings import RECIPES, TrainSettings
from napari_mazetrack.training.validation import find_in_pictures
from napari_mazetrack.workflows.train import TrainRequest, _interleave, train_model


def test_time_includes_looking_at_held_out_pictures_but_no_pause(table, tmp_path, monkeypatch):
    now_s = [0.0]

    def look_slowly(*arguments):
        now_s[0] += 5
        return score_frames(*arguments)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    monkeypatch.setattr(loop, "score_frames", look_slowly)
    for report in train_model(TrainRequest((table,), tmp_path, SMALL)):
        now_s[0] += 100 if report.stage.startswith("Training") else 0
    assert load_checkpoint(tmp_path / "checkpoint.pt").elapsed_s == 2 * 5


def test_each_epoch_looks_at_the_same_few_held_out_pictures_and_the_end_at_all(table, tmp_path, monkeypatch):
    looked_at = []

    def look(network, spec, pictures):
        looked_at.append([picture.name for picture in pictures])
        return find_in_pictures(network, spec, pictures)

    monkeypatch.setattr(loop, "find_in_pictures", look)
    monkeypatch.setattr(loop, "LEAST_LOOKED_AT", 2)
    outcome = run_to_end(train_model(TrainRequest((table,), tmp_path, replace(SMALL, validation_fraction=0.4))))
    assert [len(names) for names in looked_at] == [2, 2]
    assert looked_at[0] == looked_at[1]
    assert outcome.scores.n_frames > 2


def test_looking_costs_a_modest_share_of_an_epoch():
    """A pixel that is looked at costs a third of one that is learnt from."""
    settings = TrainSettings(RECIPES["default"])
    spec = ModelSpec(MOUSE, *settings.input_hw)
    pictures = [TrainingPicture(np.zeros((8, 8), np.uint8), np.zeros((0, 3, 2)), "")]
    trainer = loop.Trainer(
        spec, settings, loop.TrainingData(CropSet([pictures], spec.priors, 0), pictures, {}), Path("checkpoint.pt")
    )
    cost = trainer.n_looked_at * spec.input_height * spec.input_width / (3 * settings.pixels_per_epoch)
    assert cost < 0.25
    assert trainer.n_looked_at == 100


def test_the_pictures_looked_at_are_of_all_tables_and_have_animals():
    def picture(name, n_animals):
        points = np.tile([[1.0, 1], [3, 1], [5, 1]], (n_animals, 1, 1))
        return TrainingPicture(np.zeros((8, 8), np.uint8), points, name)

    large = [picture(f"large {i}", int(i % 20 == 0)) for i in range(100)]
    small = [picture(f"small {i}", 1) for i in range(3)]
    chosen = _interleave([large, [], small], seed=0)
    assert sorted(p.name for p in chosen) == sorted(p.name for p in [*large, *small])
    assert [p.name.split()[0] for p in chosen[:6]] == ["large", "small"] * 3
    assert len(chosen[0].keypoints_xy) == 1
