"""What a project holds, as frozen values, and their way to payloads and back.

A missing coordinate is NaN in a value and null in a payload.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.maze.trials import COLUMNS, Trial, TrialKind
from napari_mazetrack.project.payload import Json, Reader


class Kind(StrEnum):
    """The kinds of entity. A new kind needs a new schema version, so that older programs refuse the file."""

    FILM = "film"
    LABEL = "label"
    SECOND_LABEL = "second_label"
    CORRECTION = "correction"
    ARENA = "arena"
    TRIAL = "trial"
    MODEL = "model"
    RUN = "run"
    SETTING = "setting"


#: Between film and annotator in the name of a second label; no film_id has one.
_SEPARATOR = "/"


def second_name(film_id: str, annotator: str) -> str:
    """Return the name under which the ledger has a second annotator's labels of a film."""
    return f"{film_id}{_SEPARATOR}{annotator}"


def split_second_name(name: str) -> tuple[str, str]:
    """Return film_id and annotator of a second label's name."""
    film_id, _, annotator = name.partition(_SEPARATOR)
    return film_id, annotator


def film_of(kind: str, name: str) -> str | None:
    """Return the film that an entity belongs to and cannot be without; None for those that stand alone."""
    if kind == Kind.SECOND_LABEL:
        return split_second_name(name)[0]
    return name if kind in (Kind.LABEL, Kind.CORRECTION) else None


def beyond_the_end(frame_index: int, n_frames: int) -> str:
    """Say that a film has no such frame: with several films open, the slider runs to the end of the longest."""
    return f"Frame {frame_index} lies beyond the end of the film, whose last frame is {n_frames - 1}."


class LabelOrigin(StrEnum):
    """How a label came to be; a person has confirmed it in every case."""

    DRAWN = "drawn"
    PROPOSED = "proposed"
    CORRECTED = "corrected"
    IMPORTED = "imported"


@dataclass(frozen=True)
class FilmRecord:
    """A film that the project knows.

    Attributes
    ----------
    film_id : str
        Identity of its content (`Film.film_id`); the key.
    paths : tuple of str
        Where it was seen, last seen first: hints in POSIX form, relative to the project's folder or absolute.
    n_frames, width, height : int
        Its size; a single picture is a film of one frame.
    timing : mapping
        What replaces the film's own time stamps (``{"fps": 25.0}``, ``{"duration_s": 90.0}``, ``{"times": "a.csv"}``);
        empty: nothing does.
    """

    film_id: str
    paths: tuple[str, ...]
    n_frames: int
    width: int
    height: int
    timing: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelRecord:
    """What a person said about one frame of a film; the key is film_id and frame_index.

    Attributes
    ----------
    film_id : str
        The film.
    frame_index : int
        The frame.
    instances : tuple of LabelledInstance
        The animals; none: a person marked the frame as empty.
    annotator : str
        Who said so.
    origin : LabelOrigin
        How it came to be.
    """

    film_id: str
    frame_index: int
    instances: tuple[LabelledInstance, ...]
    annotator: str = ""
    origin: LabelOrigin = LabelOrigin.DRAWN


@dataclass(frozen=True)
class CorrectionRecord:
    """One correction of a film's track; they are applied in the order of `position`.

    Attributes
    ----------
    film_id : str
        The film.
    position : int
        Its place in the order, from 0 up; gaps are allowed.
    kind : str
        Which correction (``tracking.corrections`` says what it means).
    value : mapping
        Its JSON value.
    """

    film_id: str
    position: int
    kind: str
    value: Mapping[str, Json]


@dataclass(frozen=True)
class ModelRecord:
    """A model file that the project knows, by name.

    Attributes
    ----------
    name : str
        Name; the key.
    sha256 : str
        Hash of the file.
    paths : tuple of str
        Where it was seen; hints as in `FilmRecord`.
    details : mapping
        Scores and the like, for people to see.
    """

    name: str
    sha256: str
    paths: tuple[str, ...]
    details: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """One tracking, training or measuring whose files belong to the project.

    Attributes
    ----------
    run_id : str
        Unique name; the key.
    verb : str
        What was done: ``track``, ``train``, ``measure`` …
    film_id, model_sha256 : str
        With what; empty where there was none.
    paths : tuple of str
        The files that came out; hints as in `FilmRecord`.
    settings : mapping
        With which settings.
    """

    run_id: str
    verb: str
    film_id: str = ""
    model_sha256: str = ""
    paths: tuple[str, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)


def film_to_payload(film: FilmRecord) -> dict[str, Json]:
    """Return the payload of a film."""
    return {
        "paths": list(film.paths),
        "n_frames": film.n_frames,
        "width": film.width,
        "height": film.height,
        "timing": dict(film.timing),
    }


def film_from_payload(film_id: str, payload: Mapping[str, Json]) -> FilmRecord:
    """Return the film of a payload."""
    read = Reader(payload, f"the film {film_id}")
    return FilmRecord(
        film_id=film_id,
        paths=read.texts("paths"),
        n_frames=read.integer("n_frames"),
        width=read.integer("width"),
        height=read.integer("height"),
        timing=read.table("timing"),
    )


def label_to_payload(label: LabelRecord, keypoints: tuple[str, ...]) -> dict[str, Json]:
    """Return the payload of a label: keypoints by name as [x, y, visibility], so that no order can be mistaken."""
    return {
        "annotator": label.annotator,
        "origin": str(label.origin),
        "instances": [_instance_to_json(instance, keypoints) for instance in label.instances],
    }


def label_from_payload(
    film_id: str, frame_index: int, payload: Mapping[str, Json], keypoints: tuple[str, ...]
) -> LabelRecord:
    """Return the label of a payload."""
    what = f"the label of frame {frame_index} of film {film_id}"
    read = Reader(payload, what)
    origin = read.text("origin")
    if origin not in list(LabelOrigin):
        raise MazetrackError(f"The project's entry for {what} has the unknown origin '{origin}'. Open a backup.")
    return LabelRecord(
        film_id=film_id,
        frame_index=frame_index,
        instances=tuple(_instance_from_json(value, keypoints, what) for value in read.items("instances")),
        annotator=read.text("annotator"),
        origin=LabelOrigin(origin),
    )


def correction_to_payload(correction: CorrectionRecord) -> dict[str, Json]:
    """Return the payload of a correction."""
    return {"kind": correction.kind, "value": dict(correction.value)}


def correction_from_payload(film_id: str, position: int, payload: Mapping[str, Json]) -> CorrectionRecord:
    """Return the correction of a payload."""
    read = Reader(payload, f"correction {position} of film {film_id}")
    return CorrectionRecord(film_id, position, kind=read.text("kind"), value=read.table("value"))


def trial_to_payload(trial: Trial) -> dict[str, Json]:
    """Return the payload of a trial: the columns of ``trials.csv`` but its name; an absent value is null."""
    values = {name: getattr(trial, name) for name in COLUMNS if name != "trial"}
    return {key: str(value) if isinstance(value, StrEnum) else value for key, value in values.items()}


def trial_from_payload(name: str, payload: Mapping[str, Json]) -> Trial:
    """Return the trial of a payload."""
    what = f"the trial '{name}'"
    read = Reader(payload, what)
    kind = read.text("kind")
    if kind not in list(TrialKind):
        raise MazetrackError(f"The project's entry for {what} has the unknown kind '{kind}'. Open a backup.")
    values: dict[str, Any] = {}
    for item in fields(Trial):
        if item.name in ("trial", "kind") or item.name not in payload:
            continue
        values[item.name] = _trial_value(read, item.name, str(item.type), payload)
    return Trial(trial=name, kind=TrialKind(kind), **values)


def _trial_value(read: Reader, key: str, type_name: str, payload: Mapping[str, Json]) -> Json:
    if payload[key] is None and "None" in type_name:
        return None
    if type_name.startswith("bool"):
        return read.flag(key)
    if type_name.startswith("int"):
        return read.integer(key)
    return read.number(key) if type_name.startswith("float") else read.text(key)


def model_to_payload(model: ModelRecord) -> dict[str, Json]:
    """Return the payload of a model."""
    return {"sha256": model.sha256, "paths": list(model.paths), "details": dict(model.details)}


def model_from_payload(name: str, payload: Mapping[str, Json]) -> ModelRecord:
    """Return the model of a payload."""
    read = Reader(payload, f"the model '{name}'")
    return ModelRecord(name, sha256=read.text("sha256"), paths=read.texts("paths"), details=read.table("details"))


def run_to_payload(run: RunRecord) -> dict[str, Json]:
    """Return the payload of a run."""
    return {
        "verb": run.verb,
        "film_id": run.film_id,
        "model_sha256": run.model_sha256,
        "paths": list(run.paths),
        "settings": dict(run.settings),
    }


def run_from_payload(run_id: str, payload: Mapping[str, Json]) -> RunRecord:
    """Return the run of a payload."""
    read = Reader(payload, f"the run {run_id}")
    return RunRecord(
        run_id=run_id,
        verb=read.text("verb"),
        film_id=read.text("film_id"),
        model_sha256=read.text("model_sha256"),
        paths=read.texts("paths"),
        settings=read.table("settings"),
    )


def _instance_to_json(instance: LabelledInstance, keypoints: tuple[str, ...]) -> dict[str, Json]:
    xy = np.asarray(instance.keypoints_xy, np.float64)
    visibility = np.asarray(instance.visibility)
    if xy.shape != (len(keypoints), 2) or visibility.shape != (len(keypoints),):
        raise ValueError(
            f"a labelled instance needs keypoints [{len(keypoints)}, 2] and as many visibilities, "
            f"got {xy.shape} and {visibility.shape}"
        )
    if not np.isin(visibility, (0, 1, 2)).all() or np.isinf(xy).any():
        raise ValueError(f"visibility is 0, 1 or 2 and coordinates are finite or NaN, got {visibility} and {xy}")
    points = {
        name: [_number_or_null(x), _number_or_null(y), int(flag)]
        for name, (x, y), flag in zip(keypoints, xy.tolist(), visibility, strict=True)
    }
    box = None if instance.box_xyxy is None else [float(value) for value in instance.box_xyxy]
    return {"keypoints": cast("Json", points), "box_xyxy": box}


def _instance_from_json(value: Json, keypoints: tuple[str, ...], what: str) -> LabelledInstance:
    if not isinstance(value, Mapping):
        raise MazetrackError(f"The project's entry for {what} has an animal without keypoints. Open a backup.")
    points = Reader(value, what).table("keypoints")
    rows = [_point(points.get(name), name, what) for name in keypoints]
    if len(points) != len(keypoints):
        raise MazetrackError(f"The project's entry for {what} has keypoints the project lacks. Open a backup.")
    box = value.get("box_xyxy")
    return LabelledInstance(
        keypoints_xy=np.array([row[:2] for row in rows], np.float64).reshape(len(keypoints), 2),
        visibility=np.array([row[2] for row in rows], np.uint8),
        box_xyxy=None if box is None else _box(box, what),
    )


def _point(value: Json, name: str, what: str) -> tuple[float, float, int]:
    if isinstance(value, list) and len(value) == 3:
        x, y, flag = value
        if flag in (0, 1, 2) and all(v is None or _is_number(v) for v in (x, y)):
            return _number_or_nan(x), _number_or_nan(y), int(flag)
    raise MazetrackError(
        f"The project's entry for {what} needs [x, y, visibility] for the keypoint '{name}'. Open a backup."
    )


def _box(value: Json, what: str) -> NDArray[np.float64]:
    if not isinstance(value, Sequence) or len(value) != 4 or not all(_is_number(item) for item in value):
        raise MazetrackError(f"The project's entry for {what} has a box that is not [x0, y0, x1, y1]. Open a backup.")
    return np.array(value, np.float64)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number_or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _number_or_nan(value: Json) -> float:
    return math.nan if value is None else float(cast("float", value))
