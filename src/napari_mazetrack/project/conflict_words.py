"""What two sides say of one thing, in words, so that a person can choose between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from napari_mazetrack.labels.labelled import HIDDEN, LabelledInstance
from napari_mazetrack.project.ledger import Change
from napari_mazetrack.project.merging import Conflict
from napari_mazetrack.project.payload import Json, decode
from napari_mazetrack.project.records import Kind, LabelRecord, label_from_payload

#: Longer texts are cut.
MOST_CHARACTERS = 300
NOTHING = "(nothing)"


def sides_in_words(conflict: Conflict, keypoints: tuple[str, ...]) -> tuple[str, str]:
    """Return what our project and the other one say of a thing."""
    if conflict.unit.kind == Kind.CORRECTION:
        return (
            _corrections([change.before for change in conflict.changes if change.before is not None]),
            _corrections([change.after for change in conflict.changes if change.after is not None]),
        )
    (change,) = conflict.changes
    if conflict.unit.kind in (Kind.LABEL, Kind.SECOND_LABEL):
        return _label(change, change.before, keypoints), _label(change, change.after, keypoints)
    return _differences(change)


def label_in_words(label: LabelRecord, keypoints: tuple[str, ...]) -> str:
    """Return a label as one line: who, how, and where each point is."""
    who = f"{label.annotator or 'somebody'}, {label.origin}"
    return f"{animals_in_words(label.instances, keypoints)} ({who})"


def animals_in_words(animals: Sequence[LabelledInstance], keypoints: tuple[str, ...]) -> str:
    """Return where the points of animals are, in whole pixels and tenths."""
    return "; ".join(_animal(animal, keypoints) for animal in animals) or "no animal"


def _animal(animal: LabelledInstance, keypoints: tuple[str, ...]) -> str:
    points = [
        f"{name} {x:.1f}, {y:.1f}{' (hidden)' if flag == HIDDEN else ''}" if np.isfinite(x) else f"{name} –"
        for name, (x, y), flag in zip(keypoints, animal.keypoints_xy, animal.visibility, strict=True)
    ]
    if animal.box_xyxy is None:
        return " · ".join(points)
    left, top, right, bottom = animal.box_xyxy
    return " · ".join([*points, f"box drawn {left:.1f}, {top:.1f} to {right:.1f}, {bottom:.1f}"])


def _label(change: Change, payload: str | None, keypoints: tuple[str, ...]) -> str:
    if payload is None:
        return NOTHING
    return label_in_words(label_from_payload(change.key.name, change.key.number, decode(payload), keypoints), keypoints)


def _corrections(payloads: Sequence[str]) -> str:
    kinds = [str(decode(payload).get("kind")) for payload in payloads]
    counted = ", ".join(f"{kinds.count(kind)} × {kind}" for kind in dict.fromkeys(kinds))
    return f"{len(kinds)} that the other side has not, or otherwise: {counted}" if kinds else NOTHING


def _differences(change: Change) -> tuple[str, str]:
    """Return the values of both sides that differ."""
    before, after = (None if p is None else decode(p) for p in (change.before, change.after))
    if before is None or after is None:
        return _values(before), _values(after)
    names = [name for name in (before | after) if before.get(name) != after.get(name)]
    return _values({n: before.get(n) for n in names}), _values({n: after.get(n) for n in names})


def _values(values: Mapping[str, Json] | None) -> str:
    if values is None:
        return NOTHING
    said = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return said if len(said) <= MOST_CHARACTERS else said[: MOST_CHARACTERS - 1] + "…"
