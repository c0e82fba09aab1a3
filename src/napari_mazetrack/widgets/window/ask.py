"""Questions that the window asks before it does what cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from qtpy.QtWidgets import QMessageBox, QWidget

from napari_mazetrack.workflows.track import TrackRequest, existing_results, is_unfinished

#: Names of films in a question.
MOST_NAMES = 8


class GoOn(Enum):
    """What to do about work that was interrupted."""

    GO_ON = "go on"
    AGAIN = "again"
    LEAVE = "leave"


def ask_to_replace(parent: QWidget, existing: Sequence[Path], question: str = "Track again?") -> bool:
    """Ask whether finished results may be replaced."""
    names = " and ".join(path.name for path in existing)
    answer = QMessageBox.question(parent, question, f"{names} in {existing[0].parent} will be replaced. {question}")
    return bool(answer == QMessageBox.StandardButton.Yes)


def ask_about_results(parent: QWidget, request: TrackRequest) -> TrackRequest | None:
    """Ask before a tracking replaces anything; return what was agreed on, None for nothing."""
    existing = existing_results(request)
    if is_unfinished(request):
        answer = ask_to_go_on(parent, f"A tracking of {request.film.name}")
        return {GoOn.GO_ON: replace(request, resume=True), GoOn.AGAIN: replace(request, force=True)}.get(answer)
    if existing:
        return replace(request, force=True) if ask_to_replace(parent, existing) else None
    return request


def ask_to_unblind(parent: QWidget, primary: str) -> bool:
    """Ask whether the groups may be named now; `primary` is the outcome that is fixed by it, empty for none."""
    outcome = f"the primary outcome ({primary})" if primary else "the lack of a primary outcome"
    told = (
        f"The groups, the exclusions and {outcome} will be fixed as they are now, and logged with your name and the "
        "date. The results will then show which group is which, and every later report will tell what was changed "
        "afterwards. This cannot be undone. Unblind?"
    )
    answer = QMessageBox.question(parent, "Unblind?", told)
    return bool(answer == QMessageBox.StandardButton.Yes)


def ask_about_tracked(parent: QWidget, films: Sequence[Path]) -> GoOn:
    """Ask what to do about films of a queue that were tracked before: track them again, leave them out, or give up."""
    names = ", ".join(film.name for film in films[:MOST_NAMES]) + (" …" if len(films) > MOST_NAMES else "")
    box = QMessageBox(QMessageBox.Icon.Question, "Track again?", f"Tracked before: {names}.", parent=parent)
    box.setInformativeText("Leave out what is tracked, or track it again and replace its results?")
    return _answer(box, "Leave out", "Track again")


def ask_to_go_on(parent: QWidget, work: str) -> GoOn:
    """Ask what to do about interrupted work, named such as "A tracking of pool.mp4"."""
    box = QMessageBox(QMessageBox.Icon.Question, "Go on?", f"{work} was stopped before its end.", parent=parent)
    box.setInformativeText("Go on where it stopped, or begin again?")
    return _answer(box, "Go on", "Begin again")


def _answer(box: QMessageBox, keep: str, anew: str) -> GoOn:
    """Ask with the button `keep`, which leaves what is there and is the default, the button `anew`, and Cancel."""
    go_on = box.addButton(keep, QMessageBox.ButtonRole.AcceptRole)
    again = box.addButton(anew, QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(go_on)
    box.exec()
    return {go_on: GoOn.GO_ON, again: GoOn.AGAIN}.get(box.clickedButton(), GoOn.LEAVE)
