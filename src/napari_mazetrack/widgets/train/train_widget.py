"""The Train & Export panel: from labels to a model, trained in a process of its own, and to other precisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari.components import ViewerModel
from napari.utils.notifications import show_error
from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import set_default_model
from napari_mazetrack.resources import ShippedModel, shipped_model_path
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.worst_frames import WorstFrame
from napari_mazetrack.widgets.films.frame_opener import FrameOpener
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.train.evaluation_view import Evaluated, EvaluationView
from napari_mazetrack.widgets.train.export_choice import ExportChoiceView
from napari_mazetrack.widgets.train.train_choice import LABELS_FILTER, TrainChoiceView
from napari_mazetrack.widgets.train.training_curves import TrainingCurves
from napari_mazetrack.widgets.train.training_result import TrainingResult, read_training_result
from napari_mazetrack.widgets.train.worst_list import WorstList
from napari_mazetrack.widgets.window.ask import GoOn, ask_to_go_on, ask_to_replace
from napari_mazetrack.widgets.window.background import Cancelled, Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.command_process import CommandProcess
from napari_mazetrack.widgets.window.dock_panel import DockPanel
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.run_panel import RunPanel

MINIMUM_WIDTH = 340
MODEL, CHECKPOINT, METRICS = "model.onnx", "checkpoint.pt", "metrics.json"
#: The panel that a frame's label is put right in, by the names of the manifest.
PLUGIN, LABEL_PANEL = "napari-mazetrack", "Label"
NO_LABELS = "Choose the labels to train on: a project of the Label panel, or a DeepLabCut table."
PAUSE, GO_ON = "Pause", "Go on"
PAUSED = "Paused behind the last finished epoch. Go on when you like, also after the program was closed."
STOPPED = "Stopped. The best weights so far are in {}; press Train to go on."


class TrainWidget(DockPanel):
    """Trains a model on labels and writes it in other precisions.

    Parameters
    ----------
    napari_viewer : napari.components.ViewerModel
        The viewer whose films an export is compared on; napari gives it by this name.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = napari_viewer
        self.choice = TrainChoiceView()
        self.summary = QLabel(NO_LABELS)
        self.run_panel = RunPanel("Train", "Stop")
        self.pause_button = QPushButton(PAUSE)
        self._is_paused = False
        self.curves = TrainingCurves()
        self.worst = WorstList()
        self.result = QLabel()
        self._trained = TrainingResult()
        self._evaluated: TrainingResult | None = None
        self.folder_button = QPushButton("Open the folder")
        self.default_button = QPushButton("Use for the project")
        self.opener = FrameOpener(napari_viewer, self)
        self.evaluation = EvaluationView(self._subject, LABELS_FILTER)
        self.export = ExportChoiceView(napari_viewer)
        self.training = CommandProcess(self)
        self.exporting = CommandProcess(self)
        self._reading = JobRunner(self)
        self._lay_out()
        self._connect()
        self._show_state()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        for label in (self.summary, self.result):
            label.setWordWrap(True)
        self.curves.addTab(self.worst, "Worst frames")
        self.folder_button.setToolTip("Shows the results' files")
        self.default_button.setToolTip(
            "Makes this model the project's own: the Track and Label panels and `mazetrack track --project` take it"
        )
        layout = QVBoxLayout(content)
        for part in (self.choice, self.summary, self.run_panel, self.pause_button, self.curves, self.result):
            layout.addWidget(part, stretch=int(part is self.curves))
        buttons = QHBoxLayout()
        buttons.addWidget(self.default_button)
        buttons.addWidget(self.folder_button)
        layout.addLayout(buttons)
        layout.addWidget(self.evaluation)
        layout.addWidget(self.export)
        self.fill(content)

    def _connect(self) -> None:
        self.choice.labels.value_changed.connect(self._read_labels)
        self.choice.more.labels.value_changed.connect(self._read_labels)
        self.choice.value_changed.connect(self._on_choice_changed)
        self.evaluation.evaluated.connect(self._on_evaluated)
        self._reading.ended.connect(self._on_labels_read)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self.pause_button.clicked.connect(self._on_pause_clicked)
        self.training.reported.connect(self._on_reported)
        self.training.ended.connect(self._on_training_ended)
        self.exporting.ended.connect(self._on_export_ended)
        self.export.export_requested.connect(self._on_export_requested)
        self.folder_button.clicked.connect(self._on_folder_clicked)
        self.default_button.clicked.connect(self._on_default_clicked)
        self.worst.frame_requested.connect(self._on_frame_requested)

    # Labels.

    def _read_labels(self) -> None:
        paths = self.choice.value().all_labels
        self._reading.discard()
        if not paths:
            self.summary.setText(NO_LABELS)
        else:
            names = ", ".join(path.name for path in paths)
            self.summary.setText(f"Reading {names} …")
            self._reading.start(NamedJob(f"Reading {names}", _summarise(paths)))

    def _on_labels_read(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.summary.setText(ending.result)
        elif isinstance(ending, Failed):
            self.summary.setText(ending.message)

    # Training.

    @property
    def model_path(self) -> Path | None:
        """The model of the chosen folder, where there is one."""
        out_dir = self.choice.value().out_dir
        path = None if out_dir is None else out_dir / MODEL
        return path if path is not None and path.is_file() else None

    def _on_run_requested(self) -> None:
        choice = self.choice.value()
        if choice.out_dir is None or not choice.is_complete or self.training.is_running:
            return
        resume = force = False
        if (choice.out_dir / CHECKPOINT).exists() and not (choice.out_dir / METRICS).exists():
            answer = ask_to_go_on(self, f"A training in {choice.out_dir}")
            resume, force = answer is GoOn.GO_ON, answer is GoOn.AGAIN
            if answer is GoOn.LEAVE:
                return
        elif (choice.out_dir / MODEL).exists():
            force = ask_to_replace(self, [choice.out_dir / MODEL], "Train again?")
            if not force:
                return
        self._start(choice.arguments(resume=resume, force=force), keep_curves=resume)

    def _start(self, arguments: list[str], *, keep_curves: bool) -> None:
        if not keep_curves:
            self.curves.clear()
        self.result.clear()
        self._evaluated, self._is_paused = None, False
        self.training.start(arguments)
        self.run_panel.set_running("Starting …")
        self._show_state()

    def _on_pause_clicked(self) -> None:
        """Pause the training, which stops it behind its checkpoint, or go on from there."""
        choice = self.choice.value()
        if self.training.is_running:
            self._is_paused = True
            self.pause_button.setEnabled(False)
            self._on_cancel_requested()
        elif choice.out_dir is not None:
            has_begun = (choice.out_dir / CHECKPOINT).exists()
            self._start(choice.arguments(resume=has_begun, force=not has_begun), keep_curves=has_begun)

    def _on_cancel_requested(self) -> None:
        self.training.cancel()
        self.run_panel.set_cancelling()

    def _on_reported(self, report: Progress) -> None:
        if report.values:
            self.curves.add_epoch(report.values)
        self.run_panel.show_progress(report)

    def _on_training_ended(self, ending: Ending) -> None:
        self._is_paused = self._is_paused and isinstance(ending, Cancelled)
        if isinstance(ending, Finished):
            self.run_panel.set_idle("Trained.")
        elif isinstance(ending, Failed):
            self.run_panel.set_idle(ending.message)
            show_error(ending.message)
        elif self._is_paused:
            self.run_panel.set_idle(PAUSED)
        else:
            self.run_panel.set_idle(STOPPED.format(self.choice.value().out_dir))
        self._show_state()

    # What there is.

    def _show_state(self) -> None:
        choice, model = self.choice.value(), self.model_path
        is_free = not self.training.is_running
        self.choice.setEnabled(is_free)
        self.run_panel.set_can_run(choice.is_complete)
        self.pause_button.setVisible(self.training.is_running or self._is_paused)
        self.pause_button.setText(GO_ON if self._is_paused else PAUSE)
        self.pause_button.setEnabled(True)
        self.folder_button.setEnabled(choice.out_dir is not None and choice.out_dir.is_dir())
        self.export.setEnabled(model is not None and is_free and not self.exporting.is_running)
        self.default_button.setEnabled(model is not None and is_free and self._project_path() is not None)
        self.evaluation.show_state()
        self._trained = TrainingResult() if model is None else read_training_result(model.with_name(METRICS))
        self._show_result(self._evaluated or self._trained)

    def _on_choice_changed(self) -> None:
        self._evaluated = None  # it was of another model, or on other labels
        self._is_paused = self._is_paused and self.training.is_running  # another training is not gone on with
        self._show_state()

    def _subject(self) -> Evaluated:
        """Return what can be evaluated: the folder's model, or without one that which the training starts from."""
        choice, model = self.choice.value(), self.model_path
        if model is None:
            start = choice.start or str(shipped_model_path(ShippedModel.FAST))
            return Evaluated(start, choice.labels)
        return Evaluated(str(model), choice.labels, choice.all_labels)

    def _on_evaluated(self, result: TrainingResult) -> None:
        self._evaluated = result
        self._show_result(result)

    def _show_result(self, result: TrainingResult) -> None:
        self.result.setText(result.said)
        self.worst.set_value(result.worst)
        self.curves.show_precision_recall(result.precision_recall)

    def _project_path(self) -> Path | None:
        """Return the project that the labels are of; None where they are a table's."""
        labels = self.choice.labels.value()
        return labels if labels is not None and labels.suffix == PROJECT_ENDING else None

    def _on_frame_requested(self, frame: WorstFrame) -> None:
        """Go to a frame, with the panel beside it that can put its label right."""
        with failures_shown():
            project = self._project_of(frame)
            if project is not None:
                dock, panel = self._viewer.window.add_plugin_dock_widget(PLUGIN, LABEL_PANEL, tabify=True)
                dock.show()
                dock.raise_()
                panel.open_project(project)
            self.opener.show_frame(frame, project)

    def _project_of(self, frame: WorstFrame) -> Path | None:
        """Return the project whose labels the frame is of; None where they are a table's."""
        scored_on = self.evaluation.scored_on
        sources = self.choice.value().all_labels if self._evaluated is None or scored_on is None else (scored_on,)
        projects = [path for path in sources if path.suffix == PROJECT_ENDING]
        for path in projects if len(projects) > 1 else ():
            with Project.open(path, read_only=True) as project:
                if frame.film_id in project.films:
                    return path
        return projects[0] if len(projects) == 1 else None

    def _on_default_clicked(self) -> None:
        project_path, model = self._project_path(), self.model_path
        if project_path is None or model is None:
            return
        with failures_shown():
            project = OPEN_PROJECTS.open(project_path)
            try:
                set_default_model(project, model, self._trained.details)
            finally:
                OPEN_PROJECTS.close(project)
            self.run_panel.set_idle(f"{project_path.name} uses this model from now on.")

    def _on_folder_clicked(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.choice.value().out_dir)))

    # Export.

    def _on_export_requested(self) -> None:
        model = self.model_path
        if model is None or self.exporting.is_running:
            return
        target = self.export.target(model)
        force = target.exists() and ask_to_replace(self, [target], "Export again?")
        if target.exists() and not force:
            return
        self.exporting.start(self.export.arguments(model, force=force))
        self.export.verdict.setText(f"Writing {target.name} and comparing it with the model …")
        self._show_state()

    def _on_export_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.export.verdict.setText(ending.result)
        elif isinstance(ending, Failed):
            self.export.verdict.setText(ending.message)
        self._show_state()

    # The window around it.

    def release(self) -> None:
        """Stop what is under way; a training keeps its checkpoint."""
        self._reading.discard()
        self.opener.discard()
        self.training.discard()
        self.exporting.discard()
        self.evaluation.discard()
        self.export.film.disconnect_viewer()


def _summarise(paths: Sequence[Path]) -> Job[str]:
    """Return in words what the labels of files amount to together."""
    from napari_mazetrack.labels.summary import describe_labels, find_weaknesses
    from napari_mazetrack.workflows.label_sources import load_labelled_frames

    frames = []
    for done, path in enumerate(paths):
        yield Progress(f"Reading {path.name}", done, len(paths))
        frames += load_labelled_frames(path, MOUSE, {})
    return "\n".join([describe_labels(frames), *find_weaknesses(frames, MOUSE)])
