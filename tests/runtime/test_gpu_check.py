"""The script for people with a card runs through on a simulated one, and tells what fails."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fake_gpu import Card
from fake_tensorrt import inserted

from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.runtime import engine
from napari_mazetrack.workflows import bench

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu_check.py"
FILM = str(sample_data_folder() / "pool_hidden.mp4")
SHORT = ["--cycles", "3", "--frames", "2", "--compared", "22", "--batch-sizes", "2"]


@pytest.fixture
def gpu_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setattr(engine, "cache_folder", lambda: tmp_path / "engines")
    monkeypatch.setitem(sys.modules, "napari_mazetrack.network.eager", None)  # PyTorch takes minutes
    spec = importlib.util.spec_from_file_location("gpu_check", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "N_CALIBRATION", 4)
    monkeypatch.setattr(bench, "N_ROUNDS", 1)
    return module


@pytest.fixture
def card() -> Iterator[Card]:
    card = Card()
    with inserted(card):
        yield card


@pytest.mark.usefixtures("card")
def test_every_part_is_done_and_kept(gpu_check: ModuleType, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    try:
        gpu_check.main([FILM, *SHORT, "--json", str(numbers)])
    except SystemExit as stop:  # four frames are too few for INT8's ranges to be good
        assert "parity int8" in str(stop)  # noqa: PT017
    found = json.loads(numbers.read_text())
    assert set(found) == {
        *("parity fp32", "parity fp16", "parity int8", "leaks"),
        *("speed fp32 auto", "speed fp32 tensorrt 2", "speed fp16 tensorrt", "speed int8 tensorrt"),
    }
    assert found["parity fp16"]["tensorrt"]["n_lost"] == 0
    assert found["leaks"]["free_after_first"] == found["leaks"]["free_after_last"]
    assert {found[name]["precision"] for name in found if name.startswith("speed")} >= {"fp32", "fp16", "int8"}
    assert found["speed fp16 tensorrt"]["frames_per_s"]["film to track files"] > 0


def test_a_leak_is_told(card: Card, gpu_check: ModuleType, monkeypatch: pytest.MonkeyPatch, blob_model: Path) -> None:
    free = iter([10**9, 9 * 10**8, 8 * 10**8])
    monkeypatch.setattr(gpu_check, "free_bytes", lambda: next(free))
    with pytest.raises(gpu_check.MazetrackError, match="191 MiB were lost in 3 cycles"):
        gpu_check.check_leaks(gpu_check.read_model_file(blob_model), 3)


def test_without_a_card_it_says_so_at_once(gpu_check: ModuleType) -> None:
    with inserted(Card(init_result=100)), pytest.raises(SystemExit, match="finds no card"):
        gpu_check.main([FILM, *SHORT])
