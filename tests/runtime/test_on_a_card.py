"""TensorRT on a real NVIDIA card: ``pytest -m gpu`` where there is one. Everywhere else these are left out."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import sample_data_folder, shipped_model_path
from napari_mazetrack.runtime import Backend, RunnerOptions, engine, open_runner, prepare_runner
from napari_mazetrack.runtime.gpu import Gpu
from napari_mazetrack.runtime.stream import FrameDetections, detect_frames
from napari_mazetrack.video import open_film

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(900)]

ON_CARD, ON_CPU = RunnerOptions(Backend.TENSORRT), RunnerOptions(Backend.ONNXRUNTIME)
FILM = sample_data_folder() / "pool_hidden.mp4"
N_FRAMES = 60
N_CYCLES = 20
#: What the driver itself keeps after first use, bytes.
TOLERATED_LEAK = 2**25


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return read_model_file(shipped_model_path())


@pytest.fixture(scope="module", autouse=True)
def built_engine(model: ModelFile, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Build the engine into a cache of the tests' own."""
    folder = tmp_path_factory.mktemp("engines")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "cache_folder", lambda: folder)
        run_to_end(prepare_runner(model, ON_CARD))
        yield


def detect(model: ModelFile, options: RunnerOptions) -> list[FrameDetections]:
    with (
        open_film(FILM) as film,
        open_runner(model, options) as runner,
        closing(detect_frames(film, runner, model.spec)) as found,
    ):
        return list(islice(found, N_FRAMES))


def free_bytes() -> int:
    gpu = Gpu()
    gpu.open()
    try:
        with gpu.current():
            return int(gpu.driver.mem_get_info()[0])
    finally:
        gpu.close()


def test_a_film_gives_the_same_animals_as_on_the_cpu(model: ModelFile):
    on_card, on_cpu = detect(model, ON_CARD), detect(model, ON_CPU)
    assert [frame.frame_index for frame in on_card] == list(range(N_FRAMES))
    for ours, theirs in zip(on_card, on_cpu, strict=True):
        assert len(ours.instances) == len(theirs.instances)
        np.testing.assert_allclose(ours.instances.keypoints_xy, theirs.instances.keypoints_xy, atol=0.5)


def test_two_runs_give_the_same_bytes(model: ModelFile):
    first, second = detect(model, ON_CARD), detect(model, ON_CARD)
    for one, other in zip(first, second, strict=True):
        assert one.instances.keypoints_xy.tobytes() == other.instances.keypoints_xy.tobytes()


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_every_batch_size_gives_every_frame(model: ModelFile, batch_size: int):
    found = detect(model, RunnerOptions(Backend.TENSORRT, batch_size=batch_size))
    assert [frame.frame_index for frame in found] == list(range(N_FRAMES))


def test_what_was_taken_is_given_back(model: ModelFile):
    grey = np.full((1, 1, *model.spec.input_hw), 128, np.uint8)
    free = []
    for _ in range(N_CYCLES):
        with open_runner(model, ON_CARD) as runner:
            runner.submit(grey)
            runner.collect()
        free.append(free_bytes())
    assert free[0] - free[-1] <= TOLERATED_LEAK
