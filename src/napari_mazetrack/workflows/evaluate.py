"""Score a model file on labelled frames, with the back end that tracks films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    from napari_mazetrack.detector.spec import ModelSpec
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.training.pictures import TrainingPicture
    from napari_mazetrack.training.scoring import ScoredFrame, Scores


@dataclass(frozen=True)
class EvaluateRequest:
    """What to evaluate.

    Attributes
    ----------
    model : Path
        The model file.
    labels : Path
        A DeepLabCut table.
    rename : mapping
        Body part of the table to keypoint.
    backend : str
        ``auto``, ``openvino`` or ``onnxruntime``.
    """

    model: Path
    labels: Path
    rename: Mapping[str, str] = field(default_factory=dict)
    backend: str = "auto"


def evaluate_model(request: EvaluateRequest) -> Job[Scores]:
    """Run a model over labelled frames and score it.

    Raises
    ------
    MazetrackError
        The model or the labels cannot be used, or no frame shows an animal.
    """
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.labels.deeplabcut import load_deeplabcut_csv
    from napari_mazetrack.runtime import RunnerOptions, open_runner
    from napari_mazetrack.runtime.options import Backend
    from napari_mazetrack.training.pictures import load_pictures
    from napari_mazetrack.training.scoring import score_frames

    model_file = read_model_file(request.model)
    spec = model_file.spec
    frames = load_deeplabcut_csv(request.labels, spec.skeleton, request.rename)
    if not any(frame.instances for frame in frames):
        raise MazetrackError(f"{request.labels} has no labelled animal. Label some frames first.")
    pictures = yield from load_pictures(frames, spec.skeleton.n_keypoints, f"Reading {request.labels.name}")
    scored: list[ScoredFrame] = []
    with open_runner(model_file, RunnerOptions(backend=Backend(request.backend))) as runner:
        for found in _find(runner, spec, pictures):
            scored.append(found)
            yield Progress("Evaluating", len(scored), len(pictures))
    return score_frames(scored, spec.skeleton, spec.score_threshold)


def _find(runner: Runner, spec: ModelSpec, pictures: Sequence[TrainingPicture]) -> Iterator[ScoredFrame]:
    import numpy as np

    from napari_mazetrack.detector.instances import instances_from_candidates
    from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma
    from napari_mazetrack.training.scoring import LOWEST_SCORE, ScoredFrame

    for picture in pictures:
        height, width = picture.luma.shape
        box = compute_letterbox((height, width), spec.input_hw)
        slot = letterbox_luma(picture.luma, box, np.empty(spec.input_hw, np.uint8))
        runner.submit(slot[None, None])
        instances = instances_from_candidates(runner.collect()[0], score_threshold=LOWEST_SCORE)
        yield ScoredFrame(instances.scaled(box.scale, (box.offset_px, box.offset_px)), picture.keypoints_xy)


def precision_at_recalls(scores: Scores) -> list[dict[str, Any]]:
    """Return the precision–recall curve of boxes (overlap 0.5) at the recalls that were reached, at most 101 rows."""
    import numpy as np

    curve = scores.curve
    rows = np.unique(np.linspace(0, max(len(curve.score) - 1, 0), 101).astype(int))[: len(curve.score)]
    return [
        {
            "score": round(float(curve.score[i]), 4),
            "recall": round(float(curve.recall[i]), 4),
            "precision": round(float(curve.precision[i]), 4),
        }
        for i in rows
    ]
