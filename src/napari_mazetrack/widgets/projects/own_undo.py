"""A panel's Undo takes back what the panel makes, and tells where the newest edit is another's; no Qt, no napari."""

from __future__ import annotations

from collections.abc import Callable

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Change, Project
from napari_mazetrack.project.records import Kind

IN_WORDS = {
    Kind.LABEL: "a label",
    Kind.SECOND_LABEL: "a label of a second pass",
    Kind.CORRECTION: "a correction",
    Kind.ARENA: "an arena",
    Kind.TRIAL: "a trial",
    Kind.RUN: "a tracking",
    Kind.MODEL: "a model",
    Kind.SETTING: "a choice for the project",
    Kind.FILM: "a film",
}


def undo_own(project: Project, is_own: Callable[[Change], bool]) -> tuple[Change, ...]:
    """Take back the newest edit where all that it changed is a panel's own; a merge is anybody's.

    Raises
    ------
    MazetrackError
        The newest edit is another's.
    """
    newest = project.next_undo_beside_films
    if newest is None:
        return ()
    others = {change.key.kind for change in project.changes(newest) if not is_own(change)}
    if others and newest.merged_uid is None:
        # In words of ours: the edit's own would name a film, whose name may be hidden.
        what = " and ".join(words for kind, words in IN_WORDS.items() if kind in others)
        raise MazetrackError(f"Nothing is undone: the newest edit is {what}, which was not made in this panel.")
    return project.undo(keep_films=True)
