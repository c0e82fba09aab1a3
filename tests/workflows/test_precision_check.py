"""bf16 is held against FP32 before a film is tracked in it; the verdict is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import Runner, RunnerOptions, open_runner
from napari_mazetrack.runtime.openvino_runner import OpenVinoRunner
from napari_mazetrack.video import open_film
from napari_mazetrack.workflows import precision_check
from napari_mazetrack.workflows.precision_check import check_precision, verdict_path
from napari_mazetrack.workflows.track import TrackRequest, track_film


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(precision_check, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def film(write_blob_film: Callable, tmp_path: Path) -> Path:
    return write_blob_film(tmp_path / "pool.mp4", 30)


class Shifted(OpenVinoRunner):
    """Computes in FP32 whatever is asked; in bf16 all is found so many pixels further right."""

    shift_px = 0.0
    n_computed = 0

    def _open(self):
        asked = self.options
        self.options = replace(asked, precision="fp32")
        info = super()._open()
        self.options = asked
        return replace(info, precision=str(asked.precision))

    def _collect(self) -> np.ndarray:
        type(self).n_computed += 1
        candidates = super()._collect()
        if self.options.precision == "bf16":
            candidates[..., 5::3] += self.shift_px
        return candidates


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> type[Shifted]:
    one = type("One", (Shifted,), {})
    monkeypatch.setattr("napari_mazetrack.runtime.openvino_runner.OpenVinoRunner", one)
    return one


@contextmanager
def in_bf16(model: Path, film: Path) -> Iterator[tuple[Runner, Callable[[], None]]]:
    with open_film(film) as opened, open_runner(read_model_file(model), RunnerOptions("openvino", "bf16")) as runner:
        yield runner, lambda: run_to_end(check_precision(opened, runner))


def test_what_finds_the_same_is_let_pass_and_not_compared_again(
    blob_model: Path, film: Path, shifted: type[Shifted]
) -> None:
    with in_bf16(blob_model, film) as (runner, check):
        check()
        assert shifted.n_computed == 60  # both precisions, 30 frames
        assert verdict_path(runner).is_file()
        check()
        assert shifted.n_computed == 60


def test_what_differs_is_refused_with_the_numbers_every_time(
    blob_model: Path, film: Path, shifted: type[Shifted]
) -> None:
    shifted.shift_px = 3.0
    with in_bf16(blob_model, film) as (_, check):
        for _ in range(2):
            with pytest.raises(MazetrackError, match=r"bf16 .*differ by 3\.00 px in the median.*allowed are 0\.5 px"):
                check()
    assert shifted.n_computed == 60


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"n_frames": null}'])
def test_a_damaged_verdict_is_made_again(blob_model: Path, film: Path, shifted: type[Shifted], content: str) -> None:
    with in_bf16(blob_model, film) as (runner, check):
        check()
        verdict_path(runner).write_text(content)
        check()
    assert shifted.n_computed == 120


def test_too_few_animals_are_told(
    blob_model_proto: Callable, film: Path, shifted: type[Shifted], tmp_path: Path
) -> None:
    blind = tmp_path / "blind.onnx"
    blind.write_bytes(blob_model_proto(least=1e9).SerializeToString())
    with (
        in_bf16(blind, film) as (_, check),
        pytest.raises(MazetrackError, match=r"cannot be told from pool\.mp4: FP32 finds only 0 animals in 30 frames"),
    ):
        check()


def test_a_film_with_few_animals_leaves_it_to_the_sample_film(
    film: Path, shifted: type[Shifted], monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(precision_check, "N_COMPARED_FRAMES", 25)
    with in_bf16(shipped_model_path(), film) as (runner, check):
        check()
        kept = json.loads(verdict_path(runner).read_text())
    assert kept["n_frames"] == 25
    assert kept["n_animals"] >= 20  # the spot's film has none for this model


def test_a_film_is_not_tracked_in_what_differs(
    blob_model: Path, film: Path, shifted: type[Shifted], tmp_path: Path
) -> None:
    shifted.shift_px = 3.0
    request = TrackRequest(film, blob_model, RunnerOptions("openvino", "bf16"), out_dir=tmp_path / "out")
    with pytest.raises(MazetrackError, match=r"differs too much from FP32.*Use --precision fp32"):
        run_to_end(track_film(request))
    assert not (tmp_path / "out").exists()


def test_fp32_is_compared_with_nothing(blob_model: Path, film: Path, cache: Path) -> None:
    run_to_end(track_film(TrackRequest(film, blob_model)))
    assert not cache.exists()
