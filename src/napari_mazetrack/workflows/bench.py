"""How fast this machine tracks: the same frames unoptimised, optimised, streamed and tracked, beside its limits.

All ways take turns in rounds of the same frames, so that whatever else the machine does weighs on all of them; the
numbers are medians over the rounds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.resources import ModelChoice, ShippedModel, shipped_model_path
from napari_mazetrack.runtime.options import RunnerInfo, RunnerOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_mazetrack.detector.model_file import ModelFile
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.video import Film

N_ROUNDS = 5
DECODING, INFERENCE = "decoding only", "inference only"
EAGER, OPTIMISED, STREAMED = "PyTorch, one at a time", "optimised, one at a time", "optimised and streamed"
#: Streamed, recorded, smoothed and written: all of `mazetrack track` but its start.
TRACKED = "film to track files"
LIMITS = (DECODING, INFERENCE)


@dataclass(frozen=True)
class BenchRequest:
    """What is measured.

    Attributes
    ----------
    film : Path
        The film.
    model : Path, ShippedModel or None
        A model file, or a shipped model in the precision that suits; None takes the fast one.
    in_pytorch : Path or None
        The same model in FP32, for PyTorch; None takes the model itself, or the shipped one with that.
    n_frames : int
        Frames in all rounds together, at most.
    options : RunnerOptions
        Back end and precision of the optimised ways.
    """

    film: Path
    model: ModelChoice | None = None
    in_pytorch: Path | None = None
    n_frames: int = 1000
    options: RunnerOptions = field(default_factory=RunnerOptions)


@dataclass(frozen=True)
class BenchOutcome:
    """Frames a second of each way, and what they ran on.

    Attributes
    ----------
    frames_per_s : dict
        Median over the rounds, by way; a way that cannot run here is missing.
    rounds : dict
        Frames a second in each round, by way.
    info : RunnerInfo
        The back end of the optimised ways.
    not_measured : dict
        Why a way is missing.
    n_frames : int
        Frames of one round.
    stages : dict
        Where the time of film to track files goes: the share of each stage, 0 to 1, in the median round. Decoding, the
        model and the rest are at work at once.
    """

    frames_per_s: dict[str, float]
    rounds: dict[str, list[float]]
    info: RunnerInfo
    not_measured: dict[str, str]
    n_frames: int
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def speed_up(self) -> float | None:
        """Streamed against PyTorch one at a time, the seed's ratio."""
        if EAGER not in self.frames_per_s:
            return None
        return self.frames_per_s[STREAMED] / self.frames_per_s[EAGER]

    def share_of_limit(self, way: str = TRACKED) -> float:
        """Compare a way with one core's worth of decoding after inference: 1 / (1/decoding + 1/inference)."""
        limit = 1 / sum(1 / self.frames_per_s[name] for name in LIMITS)
        return self.frames_per_s[way] / limit


def measure_speed(request: BenchRequest) -> Job[BenchOutcome]:
    """Measure.

    Raises
    ------
    MazetrackError
        The film or the model cannot be used, or the film is too short.
    """
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.runtime import open_runner, prepare_runner
    from napari_mazetrack.video import open_film

    model_path, eager_path = _find_models(request)
    model = read_model_file(model_path)
    yield from prepare_runner(model, request.options)
    not_measured: dict[str, str] = {}
    with open_film(request.film) as film, open_runner(model, request.options) as runner:
        n_frames = min(film.n_frames, request.n_frames // N_ROUNDS)
        if n_frames < 1:
            raise MazetrackError(
                f"{request.film} with {film.n_frames} frames, of which {request.n_frames} are asked for, is too "
                f"short: at least {N_ROUNDS} are needed. Name a longer film or a larger --frames."
            )
        bench = _Bench(film, model, runner, n_frames)
        ways = _ways(bench, eager_path, not_measured)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for n_done in range(N_ROUNDS + 1):
            for i, (name, way) in enumerate(ways.items()):
                yield Progress("Measuring", n_done * len(ways) + i, (N_ROUNDS + 1) * len(ways), "")
                started = time.perf_counter()
                way()
                if n_done:  # the first round warms up
                    seconds[name].append(time.perf_counter() - started)
        info = runner.info
    rounds = {name: [n_frames / s for s in values] for name, values in seconds.items()}
    medians = {name: median(values) for name, values in rounds.items()}
    stages = _median_shares(bench.shares[1:])
    stages["the model at work"] = medians[TRACKED] / medians[INFERENCE]
    return BenchOutcome(medians, rounds, info, not_measured, n_frames, stages)


def _median_shares(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(shares[name] for shares in rounds) for name in rounds[0]}


def _find_models(request: BenchRequest) -> tuple[Path, Path]:
    """Return the file that the back end runs and the one that PyTorch does."""
    from napari_mazetrack.workflows.track import find_model_file

    in_back_end = find_model_file(request.model, request.options)
    if isinstance(request.model, Path):
        return in_back_end, request.in_pytorch or request.model
    return in_back_end, request.in_pytorch or shipped_model_path(request.model or ShippedModel.FAST)


@dataclass(frozen=True)
class _Bench:
    film: Film
    model: ModelFile
    runner: Runner
    n_frames: int
    shares: list[dict[str, float]] = field(default_factory=list)  # of each round of `track`

    def slots(self) -> Iterator[NDArray[np.uint8]]:
        """Decode and resize the frames, one after the other, into one slot [1, 1, H, W]."""
        import numpy as np

        from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma

        letterbox = compute_letterbox((self.film.height, self.film.width), self.model.spec.input_hw)
        slot = np.zeros((1, 1, *self.model.spec.input_hw), np.uint8)
        for _, luma in islice(self.film.iter_luma(), self.n_frames):
            if luma is not None:
                letterbox_luma(luma, letterbox, slot[0, 0])
            yield slot

    def one_at_a_time(self, detect: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> None:
        """Decode, detect, find the instances: each frame wholly before the next."""
        from napari_mazetrack.detector.instances import instances_from_candidates

        for slot in self.slots():
            spec = self.model.spec
            instances_from_candidates(detect(slot)[0], axis=spec.skeleton.axis, score_threshold=spec.score_threshold)

    def run_optimised(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Detect one batch and wait for it."""
        self.runner.submit(batch)
        return self.runner.collect()

    def decode(self) -> None:
        """Decode and resize, nothing else."""
        for _ in self.slots():
            pass

    def stream(self) -> None:
        """Everything at once, as tracking does it."""
        from napari_mazetrack.runtime.stream import detect_frames

        with closing(detect_frames(self.film, self.runner, self.model.spec)) as found:
            for _ in islice(found, self.n_frames):
                pass

    def track(self) -> None:
        """Stream, record, smooth and write the frames as `mazetrack track` does; the files are gone afterwards."""
        from napari_mazetrack.runtime.stream import detect_frames
        from napari_mazetrack.runtime.stream_clock import StreamClock
        from napari_mazetrack.tracking.detections import PartHeader, PartWriter, read_part
        from napari_mazetrack.tracking.faint import FAINT_SHARE, SURE_SHARE
        from napari_mazetrack.tracking.pipeline import compute_track
        from napari_mazetrack.tracking.settings import TrackSettings
        from napari_mazetrack.tracking.track_files import save_track_csv, save_track_nc
        from napari_mazetrack.workflows.track import MIN_SLOTS

        spec = self.model.spec
        sure = {"sure_from_score": spec.score_threshold * SURE_SHARE}
        header = PartHeader(self.film.film_id, self.model.sha256, self.n_frames, MIN_SLOTS, spec.skeleton, sure)
        recorded = replace(spec, score_threshold=spec.score_threshold * FAINT_SHARE)
        started, clock = time.perf_counter(), StreamClock()
        stream = detect_frames(self.film, self.runner, recorded, max_instances=header.n_slots, clock=clock)
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "film.tracks.part"
            with PartWriter(part, header) as writer, closing(stream) as found:
                for detection in islice(found, self.n_frames):
                    writer.append(detection.frame_index, detection.instances)
            raw = read_part(part)
            track = compute_track(raw, self.film.time_s[: self.n_frames], TrackSettings())
            save_track_nc(track, part.with_suffix(".nc"), detections=raw)
            save_track_csv(track, part.with_suffix(".csv"))
        seconds = time.perf_counter() - started
        streamed = {name: share * clock.total_s / seconds for name, share in clock.shares().items()}
        self.shares.append({**streamed, "smoothing and the track files": 1 - clock.total_s / seconds})

    def infer(self) -> None:
        """Run the engine alone, as full as it goes, on one picture."""
        batch_size = self.runner.info.batch_size
        batch = next(self.slots()).repeat(batch_size, axis=0)
        for n_done in range(0, self.n_frames, batch_size):
            if self.runner.n_in_flight == self.runner.info.n_requests:
                self.runner.collect()
            self.runner.submit(batch[: self.n_frames - n_done])
        self.runner.discard()


def _ways(bench: _Bench, eager_path: Path, not_measured: dict[str, str]) -> dict[str, Callable[[], None]]:
    ways: dict[str, Callable[[], None]] = {}
    try:
        from napari_mazetrack.network.eager import EagerModel

        eager = EagerModel(eager_path)
        ways[EAGER] = lambda: bench.one_at_a_time(eager.detect)
    except ImportError:
        not_measured[EAGER] = "PyTorch is not installed (pip install 'napari-mazetrack[train]')."
    except MazetrackError as error:
        not_measured[EAGER] = str(error)
    ways[OPTIMISED] = lambda: bench.one_at_a_time(bench.run_optimised)
    ways[STREAMED] = bench.stream
    ways[TRACKED] = bench.track
    ways[DECODING] = bench.decode
    ways[INFERENCE] = bench.infer
    return ways
