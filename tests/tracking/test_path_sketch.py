"""The rough path of a film that is being tracked: always small, never far behind."""

import numpy as np
import pytest

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.maze.arena import Ellipse
from napari_mazetrack.tracking import path_sketch
from napari_mazetrack.tracking.path_sketch import N_NEWEST, N_OLDER, PathSketch
from napari_mazetrack.tracking.settings import TrackSettings


def instances(*animals):
    """Animals as (x, y, score), best first."""
    xy = np.array([[(x + 5, y), (x, y), (x - 5, y)] for x, y, _ in animals], np.float32).reshape(-1, 3, 2)
    n = len(animals)
    score = np.array([score for *_, score in animals], np.float32)
    return Instances(score, np.zeros((n, 4), np.float32), xy, np.ones((n, 3), np.float32))


@pytest.fixture(autouse=True)
def _always_due(monkeypatch):
    monkeypatch.setattr(path_sketch, "TAKE_EVERY_S", 0.0)


def test_the_newest_stretch_is_whole_and_the_older_one_thinned():
    sketch = PathSketch(TrackSettings(), 1, 0.5)
    n_frames = 20_000
    sizes = []
    for i in range(n_frames):
        sketch.add(instances((i, 0, 0.9)))
        if i % 100 == 0:
            sizes.append(len(sketch.take_due()))
    x = sketch.take_due()[:, 0]
    assert max(sizes) <= N_NEWEST + N_OLDER
    np.testing.assert_array_equal(x[-N_NEWEST:], np.arange(n_frames - N_NEWEST, n_frames))
    older = x[:-N_NEWEST]
    assert len(older) > N_OLDER / 3
    assert older[0] == 0
    assert len(set(np.diff(older))) == 1  # as dense everywhere, and up to the newest
    assert n_frames - N_NEWEST - older[-1] <= np.diff(older)[0]


def test_only_sure_animals_in_the_pool_and_no_more_than_there_are():
    sketch = PathSketch(TrackSettings(n_animals=2, pool=Ellipse(50, 50, 40, 40)), 1, 0.5)
    sketch.add(instances((200, 50, 0.99), (50, 50, 0.9), (60, 50, 0.8), (70, 50, 0.7)))
    sketch.add(instances((40, 50, 0.3)))
    sketch.add(instances())
    np.testing.assert_array_equal(sketch.take_due(), [[50, 50], [60, 50]])


def test_it_is_taken_at_most_twice_a_second(monkeypatch):
    monkeypatch.setattr(path_sketch, "TAKE_EVERY_S", 0.5)
    now = [100.0]
    monkeypatch.setattr(path_sketch.time, "monotonic", lambda: now[0])
    sketch = PathSketch(TrackSettings(), 1, 0.5)
    assert sketch.take_due().shape == (0, 2)
    now[0] += 0.4
    assert sketch.take_due() is None
    now[0] += 0.2
    assert sketch.take_due() is not None
