"""A compiled model is kept for the next start, and is never trusted where anything differs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import openvino
import pytest

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.runtime import RunnerOptions, compiled_cache, open_runner

SPOT = np.full((1, 1, 64, 96), 200, np.uint8)
SPOT[0, 0, 28:33, 38:43] = 60


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache" / "compiled"
    monkeypatch.setattr(compiled_cache, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    counted, compile_model = [], openvino.Core.compile_model

    def count(self, model, device, settings):
        counted.append(device)
        return compile_model(self, model, device, settings)

    monkeypatch.setattr(openvino.Core, "compile_model", count)
    return counted


@pytest.fixture
def model(blob_model: Path) -> ModelFile:
    return read_model_file(blob_model)


def detect(model: ModelFile, **options: int) -> np.ndarray:
    with open_runner(model, RunnerOptions("openvino", **options)) as runner:
        runner.submit(SPOT)
        return runner.collect()


def test_the_second_start_compiles_nothing_and_finds_the_same(model: ModelFile, compilations: list[str]) -> None:
    first, second = detect(model), detect(model)
    assert compilations == ["CPU"]
    assert first.tobytes() == second.tobytes()


def test_another_model_version_or_setting_is_compiled(
    model: ModelFile, blob_model_proto, tmp_path: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    detect(model)
    detect(model, n_requests=1)
    other = tmp_path / "other.onnx"
    other.write_bytes(blob_model_proto(least=400.0).SerializeToString())
    detect(read_model_file(other))
    monkeypatch.setattr(openvino, "__version__", "2031.0")
    detect(model)
    assert len(compilations) == 4


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "a sum that is right of what is none"])
def test_a_damaged_file_is_compiled_anew(
    model: ModelFile, cache: Path, compilations: list[str], damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "napari_mazetrack")
    expected = detect(model)
    (path,) = cache.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    elif damage == "cut":
        content = content[:-100]
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(compiled_cache.hashlib.sha256(b"nothing").digest() + b"nothing")
    path.write_bytes(content)
    assert detect(model).tobytes() == expected.tobytes()
    assert len(compilations) == 2
    assert "compiled anew" in caplog.text
    detect(model)  # and what was written in its place is sound
    assert len(compilations) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_folder_is_the_users_alone(model: ModelFile, cache: Path) -> None:
    detect(model)
    cache.chmod(0o777)
    detect(model)
    assert cache.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_costs_only_time(model: ModelFile, cache: Path, compilations: list[str]) -> None:
    cache.parent.write_text("no folder")
    assert detect(model).tobytes() == detect(model).tobytes()
    assert len(compilations) == 2


def test_the_cache_does_not_grow_for_ever(model: ModelFile, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_cache, "MAX_KEPT", 2)
    for n_requests in (1, 2, 3):
        detect(model, n_requests=n_requests)
    assert len(list(cache.iterdir())) == 2
