"""May a film be tracked in bf16? Held against FP32 on its own frames; the verdict is kept for model and computer."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.progress import Job
from napari_mazetrack.runtime.options import Precision

if TYPE_CHECKING:
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.runtime.parity import ParityReport
    from napari_mazetrack.video import Film
    from napari_mazetrack.workflows.compare_models import Picture

N_COMPARED_FRAMES = 60


def check_precision(film: Film, runner: Runner, n_animals: int = 1) -> Job[None]:
    """Let FP32 pass at once; hold whatever computes in less against it, the first time that this computer runs it so.

    Compared are frames of `film`, and of the sample film where the model finds too few animals in those. An INT8 model
    in bf16 is held against the same model in FP32 arithmetic, which `mazetrack export` held against the FP32 model.

    Parameters
    ----------
    film : Film
        What is to be tracked.
    runner : Runner
        Inside its ``with`` block, with nothing in flight.
    n_animals : int
        Animals in the film.

    Raises
    ------
    MazetrackError
        It differs from FP32 by more than `runtime.parity.ParityLimits`, or there are too few animals to tell.
    """
    from napari_mazetrack.runtime.parity import ParityLimits

    if runner.options.precision == Precision.FP32:
        return
    verdict = verdict_path(runner)
    report = _load_report(verdict)
    if report is None:
        report = yield from _compare(film, runner, n_animals)
        with suppress(MazetrackError), atomic_path(verdict, overwrite=True) as temporary:
            temporary.write_text(json.dumps(asdict(report)), encoding="utf-8")
    if not report.is_within(ParityLimits()):
        raise MazetrackError(
            f"In {runner.options.precision} the model {runner.model_file.path.name} differs too much from FP32: "
            f"{report}; allowed are {ParityLimits()}. Use --precision fp32, or an int8 model."
        )


def verdict_path(runner: Runner) -> Path:
    """Return where the comparison is kept: by model, engine, its version, the CPU and the precision."""
    info = runner.info
    text = json.dumps([runner.model_file.sha256, info.backend, info.version, info.device, info.precision])
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return cache_folder() / f"{digest}.json"


def cache_folder() -> Path:
    """Return the folder of the verdicts."""
    return Path(platformdirs.user_cache_dir("napari-mazetrack", appauthor=False)) / "precision"


def _load_report(path: Path) -> ParityReport | None:
    from napari_mazetrack.runtime.parity import ParityReport

    try:
        report = ParityReport(**json.loads(path.read_text(encoding="utf-8")))
        numbers_are_there = all(isinstance(value, int | float) for value in asdict(report).values())
    except (OSError, ValueError, TypeError):
        return None
    return report if numbers_are_there else None


def _compare(film: Film, runner: Runner, n_animals: int) -> Job[ParityReport]:
    from napari_mazetrack.resources import sample_data_folder
    from napari_mazetrack.runtime.parity import LEAST_ANIMALS
    from napari_mazetrack.workflows.compare_models import pick_frames, pictures_of
    from napari_mazetrack.workflows.export import SAMPLE_FILM

    input_hw = runner.model_file.spec.input_hw
    report = yield from _report(pictures_of(film, input_hw, N_COMPARED_FRAMES), runner, n_animals)
    if not report.tells_enough:
        sample = pick_frames((sample_data_folder() / SAMPLE_FILM,), input_hw, N_COMPARED_FRAMES)
        on_sample = yield from _report(sample, runner, 1)
        if not on_sample.tells_enough:
            raise MazetrackError(
                f"Whether {runner.options.precision} is as good as FP32 cannot be told from {film.path.name}: FP32 "
                f"finds only {report.n_animals} animals in {report.n_frames} frames, and {LEAST_ANIMALS} are needed. "
                "Use --precision fp32."
            )
        report = on_sample
    return report


def _report(pictures: list[Picture], runner: Runner, n_animals: int) -> Job[ParityReport]:
    """Compare what the runner finds in pictures with what the same back end finds in FP32."""
    from napari_mazetrack.runtime import open_runner
    from napari_mazetrack.runtime.parity import compare_instances
    from napari_mazetrack.workflows.compare_models import detect_pictures

    model = runner.model_file
    with open_runner(model, replace(runner.options, precision=Precision.FP32)) as reference:
        expected = yield from detect_pictures(reference, pictures, "FP32")
    found = yield from detect_pictures(runner, pictures, str(runner.options.precision))
    return compare_instances(expected, found, score_threshold=model.spec.score_threshold, n_animals=n_animals)
