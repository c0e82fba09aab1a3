"""Cutting an animal out keeps the animal and nothing else; pasting moves its labels along."""

import numpy as np
import pytest

from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.training import data_set, paste
from napari_mazetrack.training.crops import View, see_animals
from napari_mazetrack.training.cut_out import cut_out
from napari_mazetrack.training.paste import paste_animal
from napari_mazetrack.training.pictures import TrainingPicture

POINTS = np.array([[[80.0, 60], [100, 60], [120, 60]]])


def ellipse(shape=(120, 200), centre=(100, 60), half=(24, 8)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((columns - centre[0]) / half[0]) ** 2 + ((rows - centre[1]) / half[1]) ** 2 <= 1


def picture(floor=200, animal=40):
    return TrainingPicture(np.where(ellipse(), animal, floor).astype(np.uint8), POINTS, "")


@pytest.mark.parametrize(("floor", "animal"), [(200, 40), (30, 220)])
def test_the_outline_is_the_animal(floor, animal):
    alpha = cut_out(picture(floor, animal), 0)
    assert alpha is not None
    found, true = alpha > 0.5, ellipse()
    assert (found & true).sum() / (found | true).sum() > 0.9
    assert alpha[~ellipse(half=(32, 16))].max() == 0


@pytest.mark.parametrize(
    "bad",
    [
        picture(200, 185),  # hardly to be seen
        TrainingPicture(picture().luma, POINTS + np.array([0, 30]), ""),  # the points are beside it
        TrainingPicture(picture().luma, POINTS * (1, np.nan), ""),
        TrainingPicture(
            np.where(np.arange(200) < 110, 40, 200).astype(np.uint8).repeat(120).reshape(200, 120).T, POINTS, ""
        ),
    ],
    ids=["faint", "beside", "unlabelled", "wall"],
)
def test_no_clear_outline_is_none(bad):
    assert cut_out(bad, 0) is None


def test_a_pasted_animal_is_where_its_labels_say():
    floor = np.full((160, 160), 120, np.float32)
    nobody = see_animals(np.zeros((0, 3, 2)), View(np.eye(2), np.zeros(2), 160))
    n_pasted = 0
    for seed in range(40):
        crop, truth = paste_animal(floor, nobody, picture(), np.random.default_rng(seed))
        if len(truth.box_xyxy) == 0:
            assert (crop == floor).all()
            continue
        n_pasted += 1
        changed = np.abs(crop - floor) > 10
        left, top, right, bottom = truth.box_xyxy[0]
        rows, columns = np.nonzero(changed)
        assert left - 2 <= columns.min()
        assert columns.max() <= right + 2
        assert top - 2 <= rows.min()
        assert rows.max() <= bottom + 2
        x, y = np.rint(truth.keypoints_xy[0, 1]).astype(int)
        if truth.labelled[0, 1]:
            assert changed[y, x]
    assert n_pasted > 15


def test_animals_are_pasted_only_where_there_is_none(monkeypatch):
    monkeypatch.setattr(data_set, "PASTED_SHARE", 1.0)
    floor = TrainingPicture(np.full((200, 200), 200, np.uint8), np.zeros((0, 3, 2)), "floor")
    crops = data_set.CropSet([[floor], [picture()]], PriorSpec(), 0)
    n_animals = [len(crops.crop((0, 0, i), 96)[1].box_xyxy) for i in range(120)]
    alone = data_set.CropSet([[floor]], PriorSpec(), 0)
    assert max(n_animals) == 1
    assert all(len(alone.crop((0, 0, i), 96)[1].box_xyxy) == 0 for i in range(10))
    monkeypatch.setattr(data_set, "PASTED_SHARE", 0.0)
    without = [len(crops.crop((0, 0, i), 96)[1].box_xyxy) for i in range(120)]
    assert sum(n_animals) > sum(without) + 10


def test_an_animal_of_the_colour_of_the_floor_is_not_pasted(monkeypatch):
    monkeypatch.setattr(paste, "COAT_FACTOR", (1.0, 1.0))
    monkeypatch.setattr(paste, "COAT_SHIFT", (0.0, 0.0))
    nobody = see_animals(np.zeros((0, 3, 2)), View(np.eye(2), np.zeros(2), 160))
    for seed in range(20):
        _, truth = paste_animal(np.full((160, 160), 45, np.float32), nobody, picture(), np.random.default_rng(seed))
        assert len(truth.box_xyxy) == 0
