"""The stream: in order, nothing dropped or repeated, bounded, the first error of any stage, cancelled at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.detector.instances import Instances, instances_from_candidates
from napari_mazetrack.detector.model_file import ModelFile, read_model_file
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.runtime import Backend, Runner, RunnerInfo, RunnerOptions, open_runner, stream, stream_clock
from napari_mazetrack.runtime.part_of_film import PartOfFilm
from napari_mazetrack.runtime.stream import N_AHEAD, detect_frames
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.tracking.region import Region

SPEC = ModelSpec(MOUSE, 32, 32, top_k=4)
N_REQUESTS = 3


class FakeFilm:
    """Frames whose every pixel is their number; `unreadable` frames are None, `broken` raises."""

    def __init__(self, n_frames: int, unreadable: frozenset[int] = frozenset(), broken: int = -1) -> None:
        self.height = self.width = 32
        self.n_frames = n_frames
        self.unreadable = unreadable
        self.broken = broken
        self.pauses_s: list[float] = [0.0]
        self.furthest = -1
        self.is_closed = False

    def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, np.ndarray | None]]:
        try:
            for i in range(start, self.n_frames if stop is None else stop):
                if i == self.broken:
                    raise OSError("the disk is gone")
                time.sleep(self.pauses_s[i % len(self.pauses_s)])
                self.furthest = i
                yield i, None if i in self.unreadable else np.full((32, 32), i % 256, np.uint8)
        finally:
            self.is_closed = True


class FakeRunner(Runner):
    """Says in a keypoint what the picture's pixels are, when it is collected and not before."""

    def __init__(self, broken_submit: int = -1, broken_collect: int = -1, batch_size: int = 1) -> None:
        super().__init__(ModelFile(Path("fake.onnx"), SPEC, ""), RunnerOptions(), "")
        self.broken_submit, self.broken_collect, self.batch_size = broken_submit, broken_collect, batch_size
        self.pauses_s: list[float] = [0.0]
        self.n_collected = 0

    def _open(self) -> RunnerInfo:
        self._flying: list[tuple[np.ndarray, np.ndarray]] = []
        return RunnerInfo(Backend.OPENVINO, "0", "fake", "fp32", N_REQUESTS, self.batch_size, "")

    def _submit(self, batch: np.ndarray) -> None:
        if self.broken_submit in batch[:, 0, 0, 0].tolist():
            raise RuntimeError("no room")
        self._flying.append((batch, batch.copy()))

    def _collect(self) -> np.ndarray:
        time.sleep(self.pauses_s[self.n_collected % len(self.pauses_s)])
        self.n_collected += 1
        batch, as_submitted = self._flying.pop(0)
        assert (batch == as_submitted).all(), "the slot was written to while in flight"
        values = batch[:, 0, 0, 0]
        if self.broken_collect in values.tolist():
            raise RuntimeError("the engine is on fire")
        candidates = np.zeros((len(batch), 4, 14), np.float32)
        for i, value in enumerate(values):
            candidates[i, 0] = [0.9, 1, 1, 5, 5, *([value, 2, 1] * 3)]
        return candidates

    def _close(self) -> None:
        self._flying = []


def seen(detections: Iterator[stream.FrameDetections]) -> list[tuple[int, float | None]]:
    return [
        (d.frame_index, None if d.instances is None else float(d.instances.keypoints_xy[0, 0, 0])) for d in detections
    ]


def decode_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "decode"]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert decode_threads() == []


pauses = st.lists(st.sampled_from([0.0, 0.0, 0.0005, 0.002]), min_size=1, max_size=5)


@settings(deadline=None, max_examples=40)
@given(
    n_frames=st.integers(0, 40),
    start=st.integers(0, 12),
    unreadable=st.frozensets(st.integers(0, 40)),
    stages=st.tuples(pauses, pauses, pauses),
    batch_size=st.sampled_from([1, 2, 4, 7]),
)
def test_every_frame_once_and_in_order_whatever_the_speeds(
    n_frames: int, start: int, unreadable: frozenset[int], stages: tuple[list[float], ...], batch_size: int
) -> None:
    film, consumer_pauses_s = FakeFilm(n_frames, unreadable), stages[2]
    film.pauses_s = stages[0]
    with FakeRunner(batch_size=batch_size) as runner:
        runner.pauses_s = stages[1]
        found = []
        for detection in detect_frames(film, runner, SPEC, start=start):
            time.sleep(consumer_pauses_s[detection.frame_index % len(consumer_pauses_s)])
            found += seen(iter([detection]))
    assert found == [(i, None if i in unreadable else float(i)) for i in range(start, n_frames)]
    assert film.is_closed


def test_a_part_of_a_film_has_all_its_frames_and_closes_it() -> None:
    film = FakeFilm(20, frozenset({3}))
    part = PartOfFilm(film, Region(4, 6, 20, 10))
    frames = part.iter_luma(2)
    assert [(i, None if luma is None else luma.shape) for i, luma in (next(frames), next(frames))] == [
        (2, (10, 20)),
        (3, None),
    ]
    assert (part.height, part.width) == (10, 20)
    frames.close()
    assert film.is_closed
    assert [i for i, _ in part.iter_luma(15)] == list(range(15, 20))


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_slow_consumer_bounds_the_decoding(batch_size: int) -> None:
    film = FakeFilm(1000)
    with FakeRunner(batch_size=batch_size) as runner:
        detections = detect_frames(film, runner, SPEC)
        next(detections)
        time.sleep(0.1)
        assert film.furthest <= 2 * N_REQUESTS * batch_size + N_AHEAD
        detections.close()


def test_a_film_of_nothing_readable_is_bounded_too() -> None:
    film = FakeFilm(1000, frozenset(range(1000)))
    with FakeRunner() as runner:
        detections = detect_frames(film, runner, SPEC)
        assert next(detections).instances is None
        time.sleep(0.1)
        assert film.furthest <= 2 * N_REQUESTS + N_AHEAD
        assert len(list(detections)) == 999


def failing_parts(stage: str) -> tuple[FakeFilm, FakeRunner]:
    film = FakeFilm(30, broken=17 if stage == "reading" else -1)
    return film, FakeRunner(
        broken_submit=17 if stage == "submitting" else -1, broken_collect=17 if stage == "inference" else -1
    )


@pytest.mark.parametrize(
    ("stage", "error", "note"),
    [
        ("reading", OSError, "while reading frame 17 of the film"),
        ("submitting", RuntimeError, "while detecting in frame 17 of the film"),
        ("inference", RuntimeError, "while detecting in frame 17 of the film"),
        ("post-processing", ZeroDivisionError, "while finding the instances in frame 17 of the film"),
    ],
)
def test_the_error_of_each_stage_reaches_the_caller_with_the_frame(
    monkeypatch: pytest.MonkeyPatch, stage: str, error: type[Exception], note: str
) -> None:
    film, runner = failing_parts(stage)
    if stage == "post-processing":
        monkeypatch.setattr(stream, "instances_from_candidates", _divide_at_17)
    done = []
    with runner, pytest.raises(error) as caught:
        done.extend(d.frame_index for d in detect_frames(film, runner, SPEC))
    assert caught.value.__notes__ == [note]
    assert done == list(range(len(done)))
    assert 17 - N_REQUESTS <= len(done) <= 17
    assert film.is_closed
    assert runner.n_in_flight == 0


def _divide_at_17(candidates: np.ndarray, **values: Any) -> Instances:
    if candidates[0, 5] == 17:
        raise ZeroDivisionError
    return instances_from_candidates(candidates, **values)


@pytest.mark.parametrize(
    ("stage", "note"),
    [
        ("reading", "while reading frame 17 of the film"),
        ("submitting", "while detecting in frames 16 to 19 of the film"),
        ("inference", "while detecting in frames 16 to 19 of the film"),
    ],
)
def test_an_error_in_a_batch_names_its_frames(stage: str, note: str) -> None:
    film, runner = failing_parts(stage)
    runner.batch_size = 4
    with runner, pytest.raises((OSError, RuntimeError)) as caught:
        seen(detect_frames(film, runner, SPEC))
    assert caught.value.__notes__ == [note]


@pytest.mark.parametrize("batch_size", [1, 4])
def test_frames_before_an_unreadable_film_end_are_given_first(batch_size: int) -> None:
    film, runner = failing_parts("reading")
    runner.batch_size = batch_size
    done = []
    with runner, pytest.raises(OSError, match="the disk is gone"):
        done.extend(d.frame_index for d in detect_frames(film, runner, SPEC))
    assert done == list(range(17))


def test_the_error_of_the_consumer_ends_the_stream() -> None:
    film = FakeFilm(1000)
    with FakeRunner() as runner:
        detections = detect_frames(film, runner, SPEC)
        next(detections)
        with pytest.raises(KeyError):
            detections.throw(KeyError("full disk"))
    assert film.is_closed


@pytest.mark.parametrize("n_taken", [0, 1, 10])
def test_closing_stops_within_a_second_and_leaves_the_runner_usable(n_taken: int) -> None:
    film = FakeFilm(100_000)
    with FakeRunner() as runner:
        runner.pauses_s = [0.02]
        detections = detect_frames(film, runner, SPEC)
        for _ in range(n_taken):
            next(detections)
        started = time.monotonic()
        detections.close()
        assert time.monotonic() - started < 1
        assert decode_threads() == []
        assert runner.n_in_flight == 0
        assert len(seen(detect_frames(FakeFilm(5), runner, SPEC))) == 5


def test_a_film_that_skips_a_frame_is_an_error() -> None:
    class Skipping(FakeFilm):
        def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, np.ndarray | None]]:
            yield from ((i, luma) for i, luma in super().iter_luma(start) if i != 5)

    with FakeRunner() as runner, pytest.raises(RuntimeError, match="gave frame 6 instead of 5"):
        seen(detect_frames(Skipping(10), runner, SPEC))


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("film_hw", [(64, 96), (128, 192), (48, 96), (90, 60)])
def test_positions_are_in_film_pixels(blob_model: Path, backend: str, film_hw: tuple[int, int]) -> None:
    """The letterbox is undone: the spot is found where it is in the film, to a fraction of a pixel."""
    y, x = np.mgrid[: film_hw[0], : film_hw[1]]
    centres = [(film_hw[1] * 0.3, film_hw[0] * 0.4), (film_hw[1] * 0.62, film_hw[0] * 0.55)]

    class Spots(FakeFilm):
        def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, np.ndarray | None]]:
            for i in range(start, 2):
                inside = np.hypot(x - centres[i][0], y - centres[i][1]) < 6
                yield i, np.where(inside, 60, 200).astype(np.uint8)

    film = Spots(2)
    film.height, film.width = film_hw
    model = read_model_file(blob_model)
    with open_runner(model, RunnerOptions(backend)) as runner:
        found = [d.instances for d in detect_frames(film, runner, model.spec)]
    for instances, centre in zip(found, centres, strict=True):
        assert instances is not None
        np.testing.assert_allclose(instances.keypoints_xy[0, MOUSE.centre], centre, atol=0.6)


class FakeTime:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("slow", "attribute", "words"),
    [
        ("film", "decoding_s", None),
        ("model", "waiting_for_model_s", "100 % of the time went to the model"),
        ("caller", "caller_s", "100 % of the time went to writing"),
    ],
)
def test_the_clock_tells_which_stage_is_slow(
    slow: str, attribute: str, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeTime()
    monkeypatch.setattr(stream_clock, "time", fake)

    def work(stage: str) -> None:
        fake.now += 2.0 if stage == slow else 0.0

    class Film(FakeFilm):
        def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, np.ndarray | None]]:
            for item in super().iter_luma(start):
                work("film")
                yield item

    class Engine(FakeRunner):
        def _collect(self) -> np.ndarray:
            work("model")
            return super()._collect()

    clock = stream_clock.StreamClock()
    with Engine() as runner:
        for _ in detect_frames(Film(20), runner, SPEC, clock=clock):
            work("caller")
    assert clock.n_frames == 20
    assert getattr(clock, attribute) == 40.0
    assert clock.total_s == 40.0
    assert clock.frames_per_s == 0.5
    assert clock.in_words().startswith("20 frames in 40.0 s, 0.5 a second; ")
    assert words is None or words in clock.in_words()


def test_the_clock_does_not_count_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTime()
    monkeypatch.setattr(stream_clock, "time", fake)
    clock = stream_clock.StreamClock()
    with FakeRunner() as runner:
        for detection in detect_frames(FakeFilm(20), runner, SPEC, clock=clock):
            fake.now += 1.0
            if detection.frame_index == 10:
                with clock.left_out():
                    fake.now += 1000.0
    assert clock.total_s == pytest.approx(20.0)
    assert clock.caller_s == pytest.approx(20.0)
