"""Several processes that share a training do what one process does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.training.processes import join_processes

HELPERS = Path(__file__).parents[1] / "helpers"
STEP, EPOCH = HELPERS / "one_training_step.py", HELPERS / "one_training_epoch.py"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python as a program of its own, which starts the others."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr
    return done


def gradients_of(n: int, table: Path, folder: Path) -> dict[str, torch.Tensor]:
    out = folder / f"gradients_{n}.pt"
    run(STEP, table, n, out)
    return torch.load(out, weights_only=True)


def test_two_processes_have_the_gradients_of_one(table, tmp_path):
    one, two = gradients_of(1, table, tmp_path), gradients_of(2, table, tmp_path)
    largest = max(float(g.abs().max()) for g in one.values() if g is not None)
    assert largest > 0.1
    for name, gradient in one.items():
        if gradient is None:
            assert two[name] is None
        else:
            torch.testing.assert_close(two[name], gradient, rtol=0, atol=1e-5, msg=lambda m, name=name: f"{name}: {m}")


def test_processes_that_share_an_epoch_end_with_the_same_statistics(table, tmp_path):
    run(EPOCH, table, 2, tmp_path / "statistics.pt")
    first, second = (torch.load(tmp_path / f"statistics.{rank}.pt", weights_only=True) for rank in (0, 1))
    assert len(first) > 50
    for name, values in first.items():
        torch.testing.assert_close(second[name], values, rtol=0, atol=0, msg=lambda m, name=name: f"{name}: {m}")


def test_two_processes_train_a_model_and_one_writes_it(table, tmp_path):
    size = ("--epochs", 1, "--minutes", 0.02, "--processes", 2)
    done = run("-m", "napari_mazetrack.cli.main", "train", table, "--out", tmp_path / "run", *size)
    assert done.stdout.count("Trained 1 epoch ") == 1  # the helper is silent
    assert done.stderr.count("held out") <= 2
    assert (tmp_path / "run" / "model.onnx").is_file()


def test_more_processes_than_graphics_cards_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(MazetrackError, match="has 1 graphics cards, 2 processes"):
        join_processes(2)
