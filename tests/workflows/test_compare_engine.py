"""An engine is held against FP32 like any other precision, and stays in the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_gpu import Card
from fake_tensorrt import inserted

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.runtime import engine
from napari_mazetrack.workflows.compare_models import compare_models, pick_frames


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "cache_folder", lambda: tmp_path / "engines")


def test_an_engine_is_compared(blob_model: Path, write_blob_film: Callable, tmp_path: Path) -> None:
    model, card = read_model_file(blob_model), Card()
    frames = pick_frames((write_blob_film(tmp_path / "blob.mp4"),), model.spec.input_hw, 30)
    with inserted(card):
        reports = run_to_end(compare_models(model, model, frames, with_engine=True))
    assert set(reports) == {"openvino", "onnxruntime", "tensorrt"}
    assert reports["tensorrt"].n_matched == 30
    assert card.n_built == 1


def test_an_engine_that_finds_nothing_is_refused(
    blob_model: Path, write_blob_film: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = read_model_file(blob_model)
    frames = pick_frames((write_blob_film(tmp_path / "blob.mp4"),), model.spec.input_hw, 30)
    monkeypatch.setattr("fake_gpu.Driver.memcpy_dtoh_async", lambda _, dest, *__: dest.fill(0))
    with inserted(Card()), pytest.raises(MazetrackError, match="tensorrt"):
        run_to_end(compare_models(model, model, frames, with_engine=True))
