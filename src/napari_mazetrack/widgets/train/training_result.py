"""What a model is worth: read from the files that its training left, or from what an evaluation says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_mazetrack.training.worst_frames import WorstFrame


@dataclass(frozen=True)
class TrainingResult:
    """The scores of a model on the frames that were held out.

    Attributes
    ----------
    said : str
        The main numbers in words, or why there are none.
    precision_recall : tuple of mapping
        The curve, rows of ``recall`` and ``precision``; empty where the training kept none.
    worst : tuple of WorstFrame
        The frames whose animals were found worst, worst first.
    details : mapping
        Numbers for the project's note of the model.
    """

    said: str = ""
    precision_recall: tuple[Mapping[str, float], ...] = ()
    worst: tuple[WorstFrame, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def read_training_result(metrics: Path) -> TrainingResult:
    """Read a training's ``metrics.json``; nothing where there is none, and what cannot be read says so."""
    if not metrics.is_file():
        return TrainingResult()
    try:
        plain = json.loads(metrics.read_text(encoding="utf-8"))
        return _result(plain["held_out"], plain, "Held out")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return TrainingResult(f"The scores in {metrics.name} cannot be read ({error}). Train again to get them.")


def parse_evaluation(printed: str, what: str) -> TrainingResult:
    """Read what ``mazetrack evaluate --json`` printed; `what` names model and labels."""
    try:
        plain = json.loads(printed)
        return _result(plain, plain, what)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return TrainingResult(f"The scores of {what} cannot be read ({error}).")


def _result(scores: dict[str, Any], plain: dict[str, Any], what: str) -> TrainingResult:
    return TrainingResult(
        said=" ".join(filter(None, [_scores_in_words(scores, what), _human_error_in_words(plain.get("human_error"))])),
        precision_recall=tuple(
            {name: float(row[name]) for name in ("recall", "precision")} for row in plain.get("precision_recall", ())
        ),
        worst=tuple(WorstFrame.from_plain(frame) for frame in plain.get("worst_frames", ())),
        details={name: scores[name] for name in ("n_frames", "found_fraction", "oks_ap")},
    )


def _scores_in_words(held_out: dict[str, Any], what: str) -> str:
    errors = ", ".join(
        f"{name} {error['median_px']:.1f} px"
        for name, error in held_out["keypoints"].items()
        if error.get("median_px") is not None
    )
    return (
        f"{what}, {held_out['n_frames']} frames: {100 * held_out['found_fraction']:.0f} % of the "
        f"animals found, {held_out['n_flipped']} of {held_out['n_compared']} the wrong way round, "
        f"OKS-AP {held_out['oks_ap']:.2f}; median errors: {errors or 'none'}."
    )


def _human_error_in_words(plain: dict[str, Any] | None) -> str:
    """Say how far two people are apart on these labels; empty where nobody labelled frames twice."""
    points = {} if plain is None else {name: error["median_px"] for name, error in plain["keypoints"].items()}
    said = ", ".join(f"{name} {median:.1f} px" for name, median in points.items() if median is not None)
    return f"Two people differ by {said}." if said else ""
