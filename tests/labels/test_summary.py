"""What labels amount to, in words."""

from pathlib import Path

import numpy as np

from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.labels.summary import FEW, describe_labels, find_weaknesses
from napari_mazetrack.skeleton import MOUSE


def frames(n, films=2, without_tail=0, empty=0):
    points = np.arange(6.0).reshape(3, 2)
    labelled = []
    for i in range(n):
        keypoints = points.copy()
        if i < without_tail:
            keypoints[2] = np.nan
        instances = () if i >= n - empty else (LabelledInstance(keypoints, np.full(3, 2, np.uint8)),)
        labelled.append(LabelledFrame(Path(f"{i % films}.mp4"), i, instances, group=f"film {i % films}"))
    return labelled


def test_the_labels_are_counted():
    assert describe_labels(frames(30, empty=4)) == "30 labelled frames of 2 films, 4 of them without an animal."
    assert describe_labels(frames(1, films=1)) == "1 labelled frame of 1 film."


def test_good_labels_have_no_weakness():
    assert find_weaknesses(frames(FEW), MOUSE) == []


def test_what_is_missing_is_said():
    (nothing,) = find_weaknesses(frames(3, empty=2), MOUSE)
    assert "two labelled animals" in nothing
    (few,) = find_weaknesses(frames(FEW - 1), MOUSE)
    assert f"Only {FEW - 1} animals" in few
    (one_film,) = find_weaknesses(frames(FEW, films=1), MOUSE)
    assert "one film" in one_film
    (no_tail,) = find_weaknesses(frames(FEW, without_tail=FEW * 3 // 4), MOUSE)
    assert no_tail.startswith("The tail is labelled on 25 %")
