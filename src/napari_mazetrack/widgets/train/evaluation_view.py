"""How good a model is on labelled frames, told by `mazetrack evaluate` in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_mazetrack.widgets.train.training_result import parse_evaluation
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import RunPanel

FLATTERED = "The model was trained on most of these frames, which flatters it: other films tell more."


@dataclass(frozen=True)
class Evaluated:
    """What can be evaluated now.

    Attributes
    ----------
    model : str
        The model, as on the command line.
    labels : Path or None
        The labels that are taken where the person names no others.
    trained_on : tuple of Path
        What the model was trained on.
    """

    model: str
    labels: Path | None
    trained_on: tuple[Path, ...] = ()


class EvaluationView(QWidget):
    """Asks for labels, and scores a model on them; `evaluated` gives the `TrainingResult`.

    Parameters
    ----------
    subject : callable
        Returns what can be evaluated now.
    labels_filter : str
        Qt's filter of labels.
    """

    evaluated = Signal(object)  # TrainingResult

    def __init__(self, subject: Callable[[], Evaluated], labels_filter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject = subject
        self._note = ""
        #: The labels of the newest evaluation.
        self.scored_on: Path | None = None
        self._name = ""
        self.labels = PathEdit(PathKind.FILE, file_filter=labels_filter, placeholder="the labels above")
        self.labels.setToolTip("Labelled frames of films that the model has not seen tell most")
        self.run_panel = RunPanel("Evaluate", "Stop")
        self.evaluating = CommandProcess(self, may_be_killed=True)
        form = QWidget()
        add_row(form_layout(form), "Score on", self.labels)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form)
        layout.addWidget(self.run_panel)
        self.labels.value_changed.connect(self.show_state)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self.evaluating.reported.connect(self.run_panel.show_progress)
        self.evaluating.ended.connect(self._on_ended)

    def show_state(self) -> None:
        """Offer the evaluation where there are labels."""
        self.run_panel.set_can_run((self.labels.value() or self._subject().labels) is not None)

    def discard(self) -> None:
        """Stop an evaluation, and say nothing more of it."""
        self.evaluating.discard()

    def _on_run_requested(self) -> None:
        subject = self._subject()
        labels = self.labels.value() or subject.labels
        if labels is None or self.evaluating.is_running:
            return
        self._note = FLATTERED if labels in subject.trained_on else ""
        self.scored_on = labels
        self._name = f"{Path(subject.model).name} on {labels.name}"
        self.run_panel.set_running("Reading the labels …")
        self.evaluating.start(["evaluate", subject.model, str(labels), "--json"])

    def _on_cancel_requested(self) -> None:
        self.run_panel.set_cancelling()
        self.evaluating.cancel()

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.run_panel.set_idle(self._note)
            self.evaluated.emit(parse_evaluation(ending.result, self._name))
        else:
            self.run_panel.set_idle(ending.message if isinstance(ending, Failed) else "Stopped.")
