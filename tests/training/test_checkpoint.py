"""A checkpoint appears whole or not at all, and one that is damaged or no checkpoint is refused in words."""

import random
import zipfile
from dataclasses import replace

import pytest
import torch

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

CHECKPOINT = Checkpoint(
    epoch=3,
    elapsed_s=1.5,
    weights={"a": torch.arange(3.0)},
    average={"a": torch.ones(3)},
    best={"a": torch.zeros(3)},
    best_score=0.5,
    optimiser={"state": {}, "param_groups": [{"lr": 0.1}]},
    history=[{"epoch": 1.0}],
    settings={"seed": 0},
)


@pytest.fixture
def path(tmp_path):
    save_checkpoint(CHECKPOINT, tmp_path / "checkpoint.pt")
    return tmp_path / "checkpoint.pt"


@pytest.fixture
def small_disk():
    """No file can grow beyond a kilobyte."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_the_checkpoint_before(path, small_disk):
    with pytest.raises(MazetrackError, match=r"Could not write .*checkpoint\.pt.* Free some space"):
        save_checkpoint(replace(CHECKPOINT, epoch=4), path)
    assert load_checkpoint(path).epoch == 3
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.pt"]


def test_any_damage_is_refused_in_words(path, tmp_path):
    whole, damaged, chance = path.read_bytes(), tmp_path / "damaged.pt", random.Random(0)
    n_refused = 0
    for i in range(400):
        content = bytearray(whole)
        for _ in range(1 + i % 5):
            content[chance.randrange(len(content))] = chance.randrange(256)
        damaged.write_bytes(content[: chance.randrange(len(content))] if i % 7 == 0 else content)
        try:
            load_checkpoint(damaged)
        except MazetrackError:
            n_refused += 1
    assert n_refused > 200


def test_a_packed_file_is_refused_before_it_fills_the_memory(path, tmp_path):
    packed = tmp_path / "packed.pt"
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in stored.namelist():
            archive.writestr(name, stored.read(name))
    with pytest.raises(MazetrackError, match="no checkpoint that can be gone on from"):
        load_checkpoint(packed)
