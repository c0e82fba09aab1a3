"""The main job on a real water-maze film that the shipped model has never seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

#: The labelled pool is a circle of 264.6 px; in centimetres only for the sake of a table.
DIAMETER_CM = 120.0
N_SWIM_FRAMES = 149


@pytest.fixture(scope="module")
def run(watermaze: Path, mazetrack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the arena, the track and the measures of the film, made as a person makes them."""
    out = tmp_path_factory.mktemp("watermaze")
    film, arena = watermaze / "watermaze.mp4", out / "arena.json"
    mazetrack("find-arena", film, "--diameter-cm", DIAMETER_CM, "--out", arena)
    mazetrack("track", film, "--arena", arena, "--out", out)
    measure = ("--arena", arena, "--kind", "hidden", "--limit-s", 60)
    mazetrack("measure", out / "watermaze.tracks.nc", *measure, "--out", out / "measures.csv")
    swim_labels(watermaze).to_csv(out / "labels.csv", index=False)
    mazetrack("measure", out / "labels.csv", *measure, "--out", out / "from_labels.csv")
    return out


def labels(watermaze: Path) -> pd.DataFrame:
    table = pd.read_csv(watermaze / "labels.csv")
    return table[table.state == "swim"].set_index("frame")


def swim_labels(watermaze: Path) -> pd.DataFrame:
    """The labelled path as any program would export it; the film runs at 5 frames a second."""
    table = labels(watermaze)
    return pd.DataFrame({"time_s": table.index / 5.0, "x": table.body_x, "y": table.body_y})


def distance(a: pd.DataFrame, b: pd.DataFrame, point: str, other: str | None = None) -> pd.Series:
    other = other or point
    return np.hypot(a[f"{point}_x"] - b[f"{other}_x"], a[f"{point}_y"] - b[f"{other}_y"])


def test_the_pool_is_found(run: Path, watermaze: Path):
    pool = json.loads((run / "arena.json").read_text())["pool"]
    by_eye = json.loads((watermaze / "arena.json").read_text())["pool_circle_px"]
    radius = np.sqrt(pool["rx"] * pool["ry"])
    assert radius == pytest.approx(by_eye["r"], rel=0.03)
    assert np.hypot(pool["cx"] - by_eye["cx"], pool["cy"] - by_eye["cy"]) <= 6


def test_the_mouse_is_where_a_person_says_it_is(run: Path, watermaze: Path):
    truth = labels(watermaze)
    track = pd.read_csv(run / "watermaze.tracks.csv").set_index("frame_index").reindex(truth.index)
    assert len(truth) == N_SWIM_FRAMES
    assert (distance(track, truth, "body") <= 15).mean() >= 0.95
    straight = distance(track, truth, "head") + distance(track, truth, "tail")
    swapped = distance(track, truth, "head", "tail") + distance(track, truth, "tail", "head")
    assert (straight < swapped).mean() >= 0.90


def test_the_track_stays_in_the_pool(run: Path, watermaze: Path):
    pool = json.loads((watermaze / "arena.json").read_text())["pool_circle_px"]
    track = pd.read_csv(run / "watermaze.tracks.csv").dropna(subset=["body_x"])
    assert np.hypot(track.body_x - pool["cx"], track.body_y - pool["cy"]).max() <= pool["r"]


def test_the_measures_agree_with_those_of_the_labels(run: Path):
    ours = pd.read_csv(run / "measures.csv").iloc[0]
    by_eye = pd.read_csv(run / "from_labels.csv").iloc[0]
    assert not bool(ours.reached_platform)
    assert ours.end_reason == "film_ended"
    assert ours.path_length_cm == pytest.approx(by_eye.path_length_cm, rel=0.03)
    for quadrant in range(1, 5):
        name = f"quadrant_{quadrant}_time_s"
        assert ours[name] == pytest.approx(by_eye[name], abs=0.4), name
