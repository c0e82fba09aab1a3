"""The TensorRT runner on a simulated card: right in any interleaving, nothing leaked, every failure told."""

from __future__ import annotations

import gc
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from fake_gpu import Card, DriverError, DriverMemoryError
from fake_tensorrt import PLAN, inserted
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime import Backend, RunnerOptions, engine, open_runner, prepare_runner
from napari_mazetrack.runtime.stream import detect_frames
from napari_mazetrack.video import open_film

BATCH_SIZE = 4


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("engines")
    with mock.patch.object(engine, "cache_folder", return_value=folder):
        yield folder


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine, "cache_folder", lambda: tmp_path / "engines")
    return tmp_path / "engines"


@pytest.fixture(scope="module")
def model(blob_model: Path) -> ModelFile:
    return read_model_file(blob_model)


@pytest.fixture
def card() -> Iterator[Card]:
    card = Card()
    with inserted(card):
        yield card
    assert_all_returned(card)


def assert_all_returned(card: Card) -> None:
    assert card.races == []
    gc.collect()
    assert dict(card.allocations) == {}
    assert list(card.resources) == []
    assert card.n_leaked == 0
    assert card.n_contexts <= 1  # the process keeps it
    assert card.stack == []
    assert not [thread for thread in threading.enumerate() if thread.name == "tensorrt-build"]


def pictures(*places: tuple[int, int]) -> np.ndarray:
    """Return a batch [N, 1, 64, 96], each with one dark block at x, y."""
    batch = np.full((len(places), 1, 64, 96), 200, np.uint8)
    for luma, (x, y) in zip(batch, places, strict=True):
        luma[0, y - 2 : y + 3, x - 2 : x + 3] = 60
    return batch


def bodies(candidates: np.ndarray) -> list[tuple[float, float]]:
    return [(round(float(c[0, 8]), 2), round(float(c[0, 9]), 2)) for c in candidates]


def options(**values: int) -> RunnerOptions:
    return RunnerOptions("tensorrt", **{"batch_size": BATCH_SIZE, **values})


def in_words(card: Card, model: ModelFile, **values: int) -> str:
    with inserted(card), pytest.raises(MazetrackError) as caught, open_runner(model, options(**values)):
        pass
    assert_all_returned(card)
    return str(caught.value)


places = st.tuples(st.integers(4, 90), st.integers(4, 58))


@settings(deadline=None, max_examples=40)
@given(
    batches=st.lists(st.lists(places, min_size=1, max_size=BATCH_SIZE), max_size=12),
    n_requests=st.integers(1, 4),
    schedule=st.lists(st.integers(0, 7), min_size=1, max_size=30),
    eager=st.booleans(),
)
def test_no_memory_is_touched_while_it_is_used_whatever_the_order(
    model: ModelFile, batches: list, n_requests: int, schedule: list[int], eager: bool
) -> None:
    turns = iter(range(10**9))
    card = Card(choose=lambda n: schedule[next(turns) % len(schedule)] % n)
    found = []
    with inserted(card), open_runner(model, options(n_requests=n_requests)) as runner:
        for batch in batches:
            if runner.n_in_flight == n_requests or (eager and runner.n_in_flight):
                found.append(bodies(runner.collect()))
            runner.submit(pictures(*batch))
        while runner.n_in_flight:
            found.append(bodies(runner.collect()))
    assert found == [[(float(x), float(y)) for x, y in batch] for batch in batches]
    assert_all_returned(card)


def test_a_missing_event_would_be_noticed(model: ModelFile) -> None:
    card = Card()
    with inserted(card), open_runner(model, options()) as runner:
        with mock.patch("fake_gpu.Stream.wait_for_event"):
            runner.submit(pictures((20, 30)))
        runner.collect()
    assert card.races


def test_it_says_what_runs(card: Card, model: ModelFile) -> None:
    with open_runner(model, options()) as runner:
        info = runner.info
    assert (info.backend, info.version, info.device, info.batch_size) == (Backend.TENSORRT, "11.4.0", "Fake RTX", 4)
    assert info.precision == "fp32"


def test_a_film_is_detected_in_batches(card: Card, model: ModelFile, write_blob_film: Callable, tmp_path: Path) -> None:
    path = write_blob_film(tmp_path / "blob.mp4", n_frames=30)
    found = {}
    for name in ("openvino", "tensorrt"):
        with open_film(path) as film, open_runner(model, RunnerOptions(name)) as runner:
            found[name] = [(d.frame_index, d.instances) for d in detect_frames(film, runner, model.spec)]
    assert [i for i, _ in found["tensorrt"]] == list(range(30))
    for (_, one), (_, other) in zip(found["openvino"], found["tensorrt"], strict=True):
        np.testing.assert_allclose(one.keypoints_xy, other.keypoints_xy, atol=1e-3)


def test_leaving_with_work_in_flight_returns_everything(card: Card, model: ModelFile) -> None:
    with open_runner(model, options()) as runner:
        runner.submit(pictures((20, 30), (40, 30)))
        runner.submit(pictures((50, 30)))


def test_it_can_be_closed_from_another_thread(card: Card, model: ModelFile) -> None:
    runner = open_runner(model, options())
    runner.__enter__()
    runner.submit(pictures((20, 30)))
    thread = threading.Thread(target=runner.__exit__, args=(None, None, None))
    thread.start()
    thread.join()


def test_a_batch_that_cannot_start_is_an_error_and_the_next_one_runs(card: Card, model: ModelFile) -> None:
    with open_runner(model, options(n_requests=1)) as runner:
        card.refuse_execution = True
        with pytest.raises(RuntimeError, match="could not start a batch of 1"):
            runner.submit(pictures((20, 30)))
        card.refuse_execution = False
        runner.submit(pictures((40, 30)))
        assert bodies(runner.collect()) == [(40.0, 30.0)]


@pytest.mark.usefixtures("empty_cache")
def test_an_engine_is_built_once_for_each_model_card_driver_version_and_batch(model: ModelFile) -> None:
    card = Card()

    def n_built(version: str = "11.4.0", **values: int) -> int:
        before = card.n_built
        with inserted(card, version), open_runner(model, options(**values)):
            return card.n_built - before

    assert n_built() == 1
    assert n_built() == 0
    assert n_built(batch_size=2) == 1
    assert n_built("10.16.0") == 1
    card.driver_version = 13000
    assert n_built() == 1
    card.name = "Other RTX"
    assert n_built() == 1
    assert n_built() == 0


@pytest.mark.parametrize("spoilt", ["plan", "sidecar", "no sidecar", "empty plan", "no json"])
def test_an_engine_that_is_not_exactly_the_wanted_one_is_built_anew(
    empty_cache: Path, card: Card, model: ModelFile, spoilt: str
) -> None:
    with open_runner(model, options()):
        pass
    (plan,) = empty_cache.glob("*.engine")
    sidecar = plan.with_suffix(".json")
    if spoilt == "plan":
        plan.write_bytes(PLAN + b"something else")
    elif spoilt == "empty plan":
        plan.write_bytes(b"")
    elif spoilt == "sidecar":
        sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "gpu": "Another"}))
    elif spoilt == "no json":
        sidecar.write_text("{")
    else:
        sidecar.unlink()
    with open_runner(model, options()) as runner:
        runner.submit(pictures((20, 30)))
        assert bodies(runner.collect()) == [(20.0, 30.0)]
    assert card.n_built == 2


@pytest.mark.usefixtures("empty_cache")
def test_an_engine_that_tensorrt_refuses_is_built_once_more(card: Card, model: ModelFile) -> None:
    with open_runner(model, options()):
        pass
    card.refuse_plans = 1
    with open_runner(model, options()):
        assert card.n_built == 2


@pytest.mark.usefixtures("empty_cache")
def test_an_engine_refused_twice_is_told(model: ModelFile) -> None:
    assert "does not take the engine that it built itself (the engine does not fit)" in in_words(
        Card(refuse_plans=2), model
    )


@pytest.mark.parametrize(
    "error", ["Error Code 1: Cuda Runtime (out of memory)", "Error Code 2: OutOfMemory (Requested size was 99 bytes.)"]
)
def test_a_full_card_does_not_cost_the_engine(empty_cache: Path, card: Card, model: ModelFile, error: str) -> None:
    with open_runner(model, options()):
        pass
    card.deserialising_error = error
    with pytest.raises(MazetrackError, match=r"batches of 4 \(Error Code .*Try --batch-size 2,"):
        open_runner(model, options()).__enter__()
    assert len(list(empty_cache.glob("*.engine"))) == 1
    card.deserialising_error = ""
    with open_runner(model, options()):
        assert card.n_built == 1


def test_a_full_card_with_single_frames_leaves_the_cpu(model: ModelFile) -> None:
    assert "Use --backend auto for the CPU" in in_words(Card(memory_bytes=10_000), model, batch_size=1)


def test_timings_are_kept_and_used_for_the_next_model_on_the_card(
    empty_cache: Path, card: Card, model: ModelFile, blob_model_proto: Callable, tmp_path: Path
) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(blob_model_proto(least=400.0).SerializeToString())
    with open_runner(model, options()):
        pass
    (timing,) = empty_cache.glob("*.timing")
    with open_runner(read_model_file(other), options()):
        pass
    assert card.timings_used == [b"", timing.read_bytes()]
    assert len(list(empty_cache.glob("*.timing"))) == 1


def test_timings_of_something_else_are_dropped_and_replaced(empty_cache: Path, card: Card, model: ModelFile) -> None:
    with open_runner(model, options()):
        pass
    (timing,) = empty_cache.glob("*.timing")
    kept = timing.read_bytes()
    timing.write_bytes(b"of another card")
    with open_runner(model, options(batch_size=2)):
        pass
    assert card.timings_used == [b"", b""]
    assert timing.read_bytes() == kept


def test_another_tensorrt_has_timings_of_its_own(model: ModelFile, empty_cache: Path) -> None:
    for version in ("11.4.0", "10.16.0"):
        card = Card()
        with inserted(card, version), open_runner(model, options()):
            assert card.timings_used == [b""]
    assert len(list(empty_cache.glob("*.timing"))) == 2


@pytest.mark.usefixtures("empty_cache")
def test_the_building_tells_how_far_it_is(card: Card, model: ModelFile) -> None:
    card.on_step = lambda: threading.Event().wait(0.15)
    reports = list(prepare_runner(model, options()))
    assert all("Building the TensorRT engine for Fake RTX" in report.stage for report in reports)
    assert (max(report.done for report in reports), reports[-1].total) == (3, 3)
    with open_runner(model, options()):
        assert card.n_built == 1


def test_a_cancelled_building_ends_and_leaves_nothing(empty_cache: Path, card: Card, model: ModelFile) -> None:
    card.build_steps = 10**6
    card.on_step = lambda: threading.Event().wait(0.01)
    with closing(prepare_runner(model, options())) as job:
        next(job)
        next(job)
    assert card.n_built == 0
    assert not list(empty_cache.glob("*"))


def test_other_back_ends_need_no_preparation(model: ModelFile) -> None:
    assert list(prepare_runner(model, RunnerOptions())) == []


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("card", "message"),
    [
        (Card(init_result=None), r"There is no NVIDIA driver .*libcuda.*Install the driver"),
        (Card(init_result=100), r"finds no card .*Is one there.*cuInit gave 100"),
        (Card(init_result=35), r"driver is too old.*Update the driver.*cuInit gave 35"),
        (Card(init_result=803), r"of different versions.*Start the computer anew"),
        (Card(init_result=34), r"stand-in for a driver.*LD_LIBRARY_PATH"),
        (Card(init_result=999), r"does not start.*nvidia-smi.*cuInit gave 999"),
        (Card(context_error=DriverError("cuDevicePrimaryCtxRetain failed: unknown error")), "cannot be used .*unknown"),
        (
            Card(context_error=DriverMemoryError("cuDevicePrimaryCtxRetain failed: out of memory")),
            "full before anything is computed.*Close what else uses the card",
        ),
        (Card(missing=("Builder",)), r"TensorRT 11.4.0 does not start here .*nullptr.*force-reinstall tensorrt"),
        (Card(missing=("Runtime",)), r"TensorRT 11.4.0 does not start here .*nullptr.*force-reinstall tensorrt"),
        (Card(memory_bytes=60_000), r"memory is full with batches of 4.*--batch-size 2"),
        (Card(parse_errors=("No importer for Foo",)), r"cannot build an engine .*No importer for Foo.*Export"),
        (
            Card(build_error="Out of Memory in tactic 3"),
            r"batches of 4 \(Out of Memory in tactic 3\). Try --batch-size 2,",
        ),
        (Card(build_error="weights are odd"), r"weights are odd.*Export the model again"),
    ],
)
def test_what_stands_in_the_way_is_told(model: ModelFile, card: Card, message: str) -> None:
    assert re.search(message, in_words(card, model))


@pytest.mark.parametrize("module", ["pycuda.driver", "tensorrt"])
def test_libraries_that_do_not_load_are_told(model: ModelFile, module: str) -> None:
    card = Card()
    with inserted(card), pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module, None)
        with (
            pytest.raises(MazetrackError, match=r"does not load here .*--backend auto"),
            open_runner(model, options()),
        ):
            pass
    assert_all_returned(card)


def test_bf16_is_the_model_files_matter(model: ModelFile) -> None:
    with (
        inserted(Card()),
        pytest.raises(MazetrackError, match="computes in what the model file was exported in"),
        open_runner(model, RunnerOptions("tensorrt", "bf16")),
    ):
        pass


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_a_cpu_takes_no_batches(model: ModelFile, backend: str) -> None:
    with pytest.raises(MazetrackError, match="one frame at a time"):
        open_runner(model, RunnerOptions(backend, batch_size=4))
