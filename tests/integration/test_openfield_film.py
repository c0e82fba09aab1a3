"""A mouse in an open field against the pose that DeepLabCut's ResNet-50 gives for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def deeplabcut_pose(openfield: Path) -> pd.DataFrame:
    pose = pd.read_csv(openfield / "m3v1_partDLC_resnet50.csv", header=[1, 2], index_col=0)
    return pd.DataFrame(
        {
            "head_x": pose["snout"]["x"],
            "head_y": pose["snout"]["y"],
            "tail_x": pose["tailbase"]["x"],
            "tail_y": pose["tailbase"]["y"],
        }
    )


def test_the_mouse_is_found_and_its_ends_agree(openfield: Path, mazetrack, tmp_path: Path):
    mazetrack("track", openfield / "m3v1_part.mp4", "--out", tmp_path)
    track = pd.read_csv(tmp_path / "m3v1_part.tracks.csv")
    pose = deeplabcut_pose(openfield)
    assert len(track) == len(pose) == 797
    assert (track.source == "detected").mean() >= 0.99
    for point in ("head", "tail"):
        error = np.hypot(track[f"{point}_x"] - pose[f"{point}_x"], track[f"{point}_y"] - pose[f"{point}_y"])
        assert error.median() <= 6, point
