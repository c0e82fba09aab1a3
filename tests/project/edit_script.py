"""A program of its own that edits a project and says after each edit that it is done, until somebody kills it.

``python edit_script.py PROJECT SEED FIRST LAST``: does the edits FIRST … LAST - 1 of the script of SEED.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import LabelRecord, Project

#: ("group", frames, value), ("delete", frame), ("undo",), ("redo",)
Edit = tuple


def script(seed: int, n_edits: int) -> list[Edit]:
    """Return a random script; every edit of it is one revision (undo and redo may find nothing to do)."""
    rng = random.Random(seed)
    edits: list[Edit] = []
    for number in range(n_edits):
        what = rng.choices(("group", "delete", "undo", "redo"), (6, 1, 2, 1))[0]
        if what == "group":
            edits.append(("group", rng.sample(range(30), rng.choice((1, 1, 1, 5, 20))), number + 1))
        elif what == "delete":
            edits.append(("delete", rng.randrange(30)))
        else:
            edits.append((what,))
    return edits


def states(edits: list[Edit]) -> list[dict[int, int]]:
    """Return what a plain model holds before the first edit and after each of them."""
    done: list[dict[int, int]] = []
    undone: list[dict[int, int]] = []
    state: dict[int, int] = {}
    out = [state]
    for edit in edits:
        if edit[0] == "undo":
            if done:
                undone.append(state)
                state = done.pop()
        elif edit[0] == "redo":
            if undone:
                done.append(state)
                state = undone.pop()
        else:
            new = {**state, **dict.fromkeys(edit[1], edit[2])} if edit[0] == "group" else dict(state)
            if edit[0] == "delete":
                new.pop(edit[1], None)
            if new != state:
                done.append(state)
                undone.clear()
                state = new
        out.append(state)
    return out


def read_state(project: Project) -> dict[int, int]:
    """Return what the project holds, in the model's words."""
    return {label.frame_index: int(label.instances[0].keypoints_xy[0, 0]) for label in project.labels.of_film("f1")}


def do(project: Project, edit: Edit) -> None:
    """Do one edit."""
    match edit[0]:
        case "group":
            instance = LabelledInstance(np.full((3, 2), float(edit[2])), np.full(3, 2, np.uint8))
            with project.edit("group"):
                for frame_index in edit[1]:
                    project.labels.put(LabelRecord("f1", frame_index, (instance,)))
        case "delete":
            project.labels.delete("f1", edit[1])
        case "undo":
            if project.next_undo is not None and project.next_undo.number > 1:
                project.undo()
        case "redo":
            project.redo()


def main() -> None:
    path, (seed, first, last) = Path(sys.argv[1]), map(int, sys.argv[2:])
    with Project.open(path, read_only=False) as project:
        print("open", flush=True)
        for number, edit in enumerate(script(seed, last)[first:], start=first):
            do(project, edit)
            print(number, flush=True)


if __name__ == "__main__":
    main()
