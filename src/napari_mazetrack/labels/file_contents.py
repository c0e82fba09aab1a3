"""What a label file of another program holds: its labels, what of it is not taken, and which of its points are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_mazetrack.labels.labelled import LabelledFrame

#: How other programs and labs call the points of ours, in the order in which they are looked for.
OTHER_NAMES = {
    "head": ("nose", "snout", "head_center"),
    "body": ("body_center", "body_centre", "center", "centre", "mid_back", "spine_center", "spine"),
    "tail": ("tail_base", "tail_root", "tail_start"),
}


@dataclass(frozen=True)
class FileContents:
    """What a file holds.

    Attributes
    ----------
    keypoints : tuple of str
        Its points by name, in its order.
    annotator : str
        Who labelled, where the file says so; else empty.
    left_out : tuple of str
        What of it is not taken, each as a sentence.
    """

    keypoints: tuple[str, ...]
    annotator: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadedLabels:
    """The labels of a file.

    A frame whose annotations have none of the wanted points is no frame without an animal: it is not among them.

    Attributes
    ----------
    frames : list of LabelledFrame
        In the order of the file.
    left_out : tuple of str
        What was left out while they were read, each as a sentence.
    """

    frames: list[LabelledFrame]
    left_out: tuple[str, ...] = ()


def guess_renames(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """Return which of their points are ours by name (``{"snout": "head"}``); what cannot be told is left out."""
    plain = {_plain(name): name for name in reversed(theirs)}
    found = {}
    for name in ours:
        known = (plain.get(_plain(other)) for other in (name, *OTHER_NAMES.get(name, ())))
        match = next((other for other in known if other is not None), None)
        if match is not None:
            found[match] = name
    return found


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
