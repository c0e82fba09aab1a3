"""Score a model file on labelled frames, with the back end that tracks films."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.label_sources import load_human_error, load_labelled_frames
from napari_mazetrack.workflows.train import read_picture_keys

if TYPE_CHECKING:
    from napari_mazetrack.detector.spec import ModelSpec
    from napari_mazetrack.labels.human_error import HumanError
    from napari_mazetrack.labels.labelled import LabelledFrame
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.training.pictures import TrainingPicture
    from napari_mazetrack.training.scoring import ScoredFrame, Scores
    from napari_mazetrack.training.worst_frames import WorstFrame


SCORES, CURVE, WORST = "scores.json", "precision_recall.png", "worst_frames.png"


@dataclass(frozen=True)
class EvaluateRequest:
    """What to evaluate.

    Attributes
    ----------
    model : Path
        The model file.
    labels : Path
        A project, or a DeepLabCut table.
    rename : mapping
        Body part of the table to keypoint.
    backend : str
        ``auto``, ``openvino`` or ``onnxruntime``.
    unseen_only : bool
        Leave out the frames that the model was trained on.
    out_dir : Path or None
        Where `SCORES`, `CURVE` and `WORST` go; None writes nothing.
    force : bool
        Replace those of an earlier evaluation.
    """

    model: Path
    labels: Path
    rename: Mapping[str, str] = field(default_factory=dict)
    backend: str = "auto"
    unseen_only: bool = False
    out_dir: Path | None = None
    force: bool = False


@dataclass(frozen=True)
class EvaluateOutcome:
    """What came out.

    Attributes
    ----------
    scores : Scores
        Over all frames.
    films : dict of str to Scores
        Of each film apart, by the name of its file, or of the folder of single pictures.
    intervals : dict of str to (float, float)
        95 % bootstrap intervals of the main numbers.
    unit, n_units : str, int
        What was drawn again for them: ``film``, or ``block`` of neighbouring frames; and how many there are.
    worst : tuple of WorstFrame
        The frames whose animals were found worst, worst first.
    human : HumanError or None
        How far two people are apart who labelled the same frames of the project: the ceiling; None where nobody did.
    n_trained_on : int
        How many of the frames the model was trained on: their scores flatter it.
    """

    scores: Scores
    films: dict[str, Scores]
    intervals: dict[str, tuple[float, float]]
    unit: str
    n_units: int
    worst: tuple[WorstFrame, ...] = ()
    human: HumanError | None = None
    n_trained_on: int = 0

    def to_plain(self, *, with_paths: bool = False) -> dict[str, Any]:
        """Return everything for JSON; without `with_paths` only the names of files, as for one that is passed on."""
        return {
            **self.scores.to_plain(),
            "precision_recall": self.scores.curve.to_plain(),
            "worst_frames": [
                frame.to_plain() if with_paths else {**frame.to_plain(), "source": Path(frame.source).name}
                for frame in self.worst
            ],
            "intervals_95": {
                name: [None if value != value else value for value in ends] for name, ends in self.intervals.items()
            },
            "n_trained_on": self.n_trained_on,
            "interval_unit": self.unit,
            "n_interval_units": self.n_units,
            "human_error": None if self.human is None else self.human.to_plain(),
            "films": {name: scores.to_plain() for name, scores in self.films.items()},
        }


def evaluate_model(request: EvaluateRequest) -> Job[EvaluateOutcome]:
    """Run a model over labelled frames and score it.

    Raises
    ------
    MazetrackError
        The model or the labels cannot be used, no frame (that is scored) shows an animal, or a result exists already.
    """
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.runtime import RunnerOptions, open_runner
    from napari_mazetrack.runtime.options import Backend
    from napari_mazetrack.training.pictures import load_pictures

    if request.out_dir:
        for name in (SCORES, CURVE, WORST):
            refuse_existing(request.out_dir / name, overwrite=request.force)
    model_file = read_model_file(request.model)
    spec = model_file.spec
    frames = load_labelled_frames(request.labels, spec.skeleton, request.rename)
    if not any(frame.instances for frame in frames):
        raise MazetrackError(f"{request.labels} has no labelled animal. Label some frames first.")
    pictures = yield from load_pictures(frames, spec.skeleton.n_keypoints, f"Reading {request.labels.name}")
    known = read_picture_keys(spec)
    is_known = [picture.key in known for picture in pictures]
    if request.unseen_only:
        pictures = [picture for picture, known in zip(pictures, is_known, strict=True) if not known]
        frames = [frame for frame, known in zip(frames, is_known, strict=True) if not known]
        if not any(frame.instances for frame in frames):
            raise MazetrackError(f"{request.model.name} was trained on all animals of {request.labels}. Label others.")
    scored: list[ScoredFrame] = []
    with open_runner(model_file, RunnerOptions(backend=Backend(request.backend))) as runner:
        for found in _find(runner, pictures):
            scored.append(found)
            yield Progress("Evaluating", len(scored), len(pictures))
    outcome = yield from _score(scored, frames, spec)
    n_trained_on = 0 if request.unseen_only else sum(is_known)
    human = load_human_error([request.labels], spec.skeleton)
    outcome = replace(outcome, human=human, n_trained_on=n_trained_on)
    if request.out_dir:
        yield Progress("Drawing", 0, None)
        _save(request, request.out_dir, outcome, (scored, pictures, spec))
    return outcome


def _score(scored: Sequence[ScoredFrame], frames: Sequence[LabelledFrame], spec: ModelSpec) -> Job[EvaluateOutcome]:
    from napari_mazetrack.training.intervals import bootstrap
    from napari_mazetrack.training.scoring import score_frames
    from napari_mazetrack.training.units import find_units
    from napari_mazetrack.training.worst_frames import list_worst

    def score(chosen: Sequence[int]) -> Scores:
        return score_frames([scored[i] for i in chosen], spec.skeleton, spec.score_threshold)

    films = _name_films(frames)
    units, unit = find_units(films)
    intervals = yield from bootstrap(units, lambda chosen: _main_numbers(score(chosen)))
    by_film = {name: [i for i, film in enumerate(films) if film == name] for name in dict.fromkeys(films)}
    return EvaluateOutcome(
        scores=score(range(len(scored))),
        films={name: score(chosen) for name, chosen in by_film.items()},
        intervals=intervals,
        unit=unit,
        n_units=len(units),
        worst=tuple(list_worst(scored, frames, spec.score_threshold)),
    )


def _name_films(frames: Sequence[LabelledFrame]) -> list[str]:
    """Return what people call each frame's film: its file, or the folder of single pictures; two of a name differ."""
    names: dict[str, str] = {}
    n_called: Counter[str] = Counter()
    for frame in frames:
        if frame.group not in names:
            are_pictures = frame.group == str(frame.source.parent)
            name = frame.source.parent.name if are_pictures else frame.source.name
            n_called[name] += 1
            names[frame.group] = name if n_called[name] == 1 else f"{name} ({n_called[name]})"
    return [names[frame.group] for frame in frames]


def _main_numbers(scores: Scores) -> dict[str, float]:
    """Return the numbers that get an interval."""
    numbers = {name: getattr(scores, name) for name in ("ap50", "ap50_95", "oks_ap", "oks_ap_strict")}
    numbers |= {name: getattr(scores, name) for name in ("found_fraction", "flipped_fraction")}
    for keypoint, errors in scores.keypoints.items():
        numbers |= {f"{keypoint}_{name}": errors[name] for name in ("median_px", "p95_px")}
    return numbers


def _save(
    request: EvaluateRequest,
    out_dir: Path,
    outcome: EvaluateOutcome,
    drawn: tuple[Sequence[ScoredFrame], Sequence[TrainingPicture], ModelSpec],
) -> None:
    from napari_mazetrack.training.evaluation_report import save_precision_recall, save_worst_frames

    scored, pictures, spec = drawn
    plain = {"model": request.model.name, "labels": request.labels.name, **outcome.to_plain()}
    with atomic_path(out_dir / SCORES, overwrite=True) as temporary:
        temporary.write_text(json.dumps(plain, indent=2) + "\n")
    save_precision_recall(outcome.scores.curve, outcome.scores.ap50, out_dir / CURVE)
    lumas, names = [picture.luma for picture in pictures], [picture.name for picture in pictures]
    save_worst_frames(scored, lumas, names, spec.skeleton, spec.score_threshold, out_dir / WORST)


def _find(runner: Runner, pictures: Sequence[TrainingPicture]) -> Iterator[ScoredFrame]:
    from napari_mazetrack.training.scoring import LOWEST_SCORE, ScoredFrame
    from napari_mazetrack.workflows.propose import find_in_picture

    for picture in pictures:
        yield ScoredFrame(find_in_picture(runner, picture.luma, LOWEST_SCORE), picture.keypoints_xy)
