"""Two model files on the same frames of films, on every back end that runs here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_mazetrack.detector.instances import Instances
    from napari_mazetrack.detector.letterbox import Letterbox
    from napari_mazetrack.detector.model_file import ModelFile
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.runtime.parity import ParityReport
    from napari_mazetrack.video import Film

#: Where models are compared.
BACKENDS = ("openvino", "onnxruntime")


@dataclass(frozen=True)
class Picture:
    """One frame as the model takes it.

    Attributes
    ----------
    batch : uint8 [1, 1, input_height, input_width]
        Letterboxed luma.
    letterbox : Letterbox
        How the frame lies in it.
    """

    batch: NDArray[np.uint8]
    letterbox: Letterbox


def pick_frames(films: Sequence[Path], input_hw: tuple[int, int], n_frames: int) -> list[Picture]:
    """Take frames evenly from films, `n_frames` in all at most, each film the same number.

    Raises
    ------
    MazetrackError
        A film cannot be opened, or no frame can be read.
    """
    from napari_mazetrack.video import open_film

    pictures = []
    for path in films:
        with open_film(path) as film:
            pictures += pictures_of(film, input_hw, max(1, n_frames // len(films)))
    if not pictures:
        raise MazetrackError(f"No frame of {', '.join(map(str, films))} can be read. Name another film.")
    return pictures


def pictures_of(film: Film, input_hw: tuple[int, int], n_frames: int) -> list[Picture]:
    """Take `n_frames` evenly from a film, or all there are; what cannot be read is left out."""
    import numpy as np

    from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma
    from napari_mazetrack.video import UnreadableFrameError

    letterbox = compute_letterbox((film.height, film.width), input_hw)
    n_taken, pictures = min(film.n_frames, n_frames), []
    for i in range(n_taken):
        slot = np.zeros((1, 1, *input_hw), np.uint8)
        try:
            letterbox_luma(film.luma(i * film.n_frames // n_taken), letterbox, slot[0, 0])
        except UnreadableFrameError:
            continue
        pictures.append(Picture(slot, letterbox))
    return pictures


def compare_models(
    reference: ModelFile,
    other: ModelFile,
    pictures: Sequence[Picture],
    *,
    n_animals: int = 1,
    with_engine: bool = False,
) -> Job[dict[str, ParityReport]]:
    """Hold a model against the FP32 one and refuse it where it is worse.

    Both run with fp32 arithmetic outside of what `other` reduces. The reference runs on the first back end alone;
    a back end that does not load here is left out. `with_engine` adds TensorRT, whose engine is built for it and stays
    in the cache.

    Returns
    -------
    dict of str to ParityReport
        By back end.

    Raises
    ------
    MazetrackError
        It differs by more than `runtime.parity.ParityLimits`, or nothing runs here.
    """
    from napari_mazetrack.runtime import Backend, RunnerOptions, open_runner, prepare_runner
    from napari_mazetrack.runtime.open_runner import find_loading
    from napari_mazetrack.runtime.parity import compare_instances, refuse_worse

    backends = find_loading(BACKENDS)
    if not backends:
        raise MazetrackError("No back end loads here to compare on. Install one with `pip install openvino`.")
    reports: dict[str, ParityReport] = {}
    with open_runner(reference, RunnerOptions(backends[0])) as runner:
        expected = yield from detect_pictures(runner, pictures, "FP32")
    for backend in (*backends, Backend.TENSORRT) if with_engine else backends:
        yield from prepare_runner(other, RunnerOptions(backend))
        with open_runner(other, RunnerOptions(backend)) as runner:
            found = yield from detect_pictures(runner, pictures, f"{other.spec.precision}, {backend}")
        report = compare_instances(expected, found, score_threshold=reference.spec.score_threshold, n_animals=n_animals)
        refuse_worse(report, f"The {other.spec.precision} model on {backend}")
        reports[backend] = report
    return reports


def detect_pictures(runner: Runner, pictures: Sequence[Picture], what: str) -> Job[list[Instances]]:
    """Return the instances of each picture, in film pixels."""
    from napari_mazetrack.detector.instances import instances_from_candidates

    found, spec = [], runner.model_file.spec
    for i, picture in enumerate(pictures):
        yield Progress(f"Comparing ({what})", i, len(pictures))
        runner.submit(picture.batch)
        instances = instances_from_candidates(
            runner.collect()[0], axis=spec.skeleton.axis, score_threshold=spec.score_threshold
        )
        offset = picture.letterbox.offset_px
        found.append(instances.scaled(picture.letterbox.scale, (offset, offset)))
    return found
