"""The Experiment panel: the trials of an experiment, what they lack, and their analysis."""

from __future__ import annotations

from pathlib import Path

from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.notifications import show_error
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.experiment.blind_key import BlindKey
from napari_mazetrack.experiment.settings import ExclusionLimits, limit_words
from napari_mazetrack.widgets.experiment.analysis_results import AnalysisResults, flagged_trials
from napari_mazetrack.widgets.experiment.blind_choice import BlindChoice
from napari_mazetrack.widgets.experiment.film_tracking import FilmTracking
from napari_mazetrack.widgets.experiment.limits_choice import LimitsChoice
from napari_mazetrack.widgets.experiment.names_dialog import ask_for_names
from napari_mazetrack.widgets.experiment.trials_table import TrialsModel, TrialsTable
from napari_mazetrack.widgets.window.ask import ask_to_replace, ask_to_unblind
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished
from napari_mazetrack.widgets.window.command_process import CommandProcess
from napari_mazetrack.widgets.window.dock_panel import DockPanel
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import RunPanel
from napari_mazetrack.workflows.analysis_request import RECORD_NAME, load_record
from napari_mazetrack.workflows.blind_files import BlindState, blind_state
from napari_mazetrack.workflows.blinding import key_to_show
from napari_mazetrack.workflows.trial_tracks import find_track
from napari_mazetrack.workflows.trials_sheet import TrialsSheet

PLUGIN = "napari-mazetrack"
MINIMUM_WIDTH = 420
SHEETS = "Trials sheets (*.csv)"
FILMS = "Films (*.mp4 *.m4v *.mov *.avi *.mkv *.webm *.wmv *.mpg *.mpeg *.ts *.tif *.tiff);;All files (*)"
SHEET_BUTTONS = ("new_sheet", "add_films", "remove_rows", "undo", "show_trial", "look_again")
RESULTS, REPORT = "analysis", "report.html"
EXCLUSIONS, OTHER_EXCLUSIONS = "Exclusions", "Exclusions (changed)"
NO_SHEET = "Choose a trials sheet (one row for each swim), or make one from your films."
#: Outcomes that are named most often; any other can be typed.
PRIMARY = (
    "hidden.mean_proximity_cm.mean",
    "hidden.path_length_cm.mean",
    "hidden.latency_s.mean",
    "probe.quadrant_target_time_fraction.probe",
    "probe.mean_proximity_cm.probe",
)


class ExperimentWidget(DockPanel):
    """Edits a trials sheet and analyses it.

    Parameters
    ----------
    napari_viewer : napari.components.ViewerModel
        The viewer that shows a trial's film; napari gives it by this name.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = napari_viewer
        self.sheet_path = PathEdit(PathKind.FILE, file_filter=SHEETS, placeholder="trials.csv")
        self.model = TrialsModel(self)
        self.table = TrialsTable(self.model)
        self.buttons = {
            "new_sheet": QPushButton("New from films …"),
            "add_films": QPushButton("Add films …"),
            "remove_rows": QPushButton("Remove rows"),
            "undo": QPushButton("Undo"),
            "show_trial": QPushButton("Show trial"),
            "look_again": QPushButton("Look again"),
            "track_films": QPushButton("Track films"),
        }
        self.state = QLabel(NO_SHEET)
        self.tracks = PathEdit(PathKind.FOLDER, placeholder="where the films or the sheet are")
        self.primary = QComboBox()
        self.blinding = BlindChoice()
        self.out_dir = PathEdit(PathKind.FOLDER, placeholder="a folder for the results")
        self.limits = LimitsChoice()
        self.run_panel = RunPanel("Analyse", "Stop")
        self.results = AnalysisResults()
        self.tabs = QTabWidget()
        self.tracking = FilmTracking(self)
        self.analysing = CommandProcess(self)
        self._shown: list[Layer] = []
        self._lay_out()
        self._connect()
        self._show_results()
        self._show_state()

    def _lay_out(self) -> None:
        self.state.setWordWrap(True)
        self.primary.setEditable(True)
        self.primary.addItems(["", *PRIMARY])
        self.primary.setToolTip("Name it before you know which group is which; without one all tests are exploratory")
        self.buttons["show_trial"].setToolTip("Open the track of the selected trial, or its film; as a double click")
        self.buttons["look_again"].setToolTip("See which tracks and arenas are there by now")
        self.buttons["track_films"].setToolTip("Track the films that have no track yet, each with its arena")
        top = QWidget()
        rows = form_layout(top)
        add_row(rows, "Trials", self.sheet_path)
        grid = QGridLayout()
        for i, name in enumerate(SHEET_BUTTONS):
            grid.addWidget(self.buttons[name], i // 3, i % 3)
        below = QWidget()
        form = form_layout(below)
        tracks = QHBoxLayout()
        tracks.addWidget(self.tracks, stretch=1)
        tracks.addWidget(self.buttons["track_films"])
        add_row(form, "Tracks", tracks)
        add_row(form, "Primary", self.primary)
        add_row(form, "Blind", self.blinding)
        add_row(form, "Results", self.out_dir)
        sheet = QWidget()
        sheet_layout = QVBoxLayout(sheet)
        sheet_layout.addWidget(top)
        sheet_layout.addLayout(grid)
        sheet_layout.addWidget(self.table, stretch=1)
        for part in (self.state, below, self.run_panel):
            sheet_layout.addWidget(part)
        self.tabs.addTab(sheet, "Trials")
        self.tabs.addTab(self.limits, EXCLUSIONS)
        self.tabs.addTab(self.results, "Results")
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        QVBoxLayout(content).addWidget(self.tabs)
        self.fill(content)

    def _connect(self) -> None:
        self.sheet_path.value_changed.connect(self._on_sheet_chosen)
        self.tracks.value_changed.connect(self._on_tracks_chosen)
        self.out_dir.value_changed.connect(self._on_out_dir_chosen)
        self.model.refused.connect(show_error)
        self.model.changed.connect(self._show_state)
        self.table.opened.connect(self._open_trial)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, method=name: getattr(self, method)())
        self.blinding.value_changed.connect(self._on_blinding_changed)
        self.blinding.unblind_requested.connect(self._on_unblind_requested)
        self.limits.value_changed.connect(self._on_limits_changed)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self.tracking.reported.connect(self.run_panel.show_progress)
        self.tracking.ended.connect(self._on_tracked)
        self.analysing.reported.connect(self.run_panel.show_progress)
        self.analysing.ended.connect(self._on_ended)

    @property
    def _is_running(self) -> bool:
        return self.tracking.is_running or self.analysing.is_running

    # The sheet.

    def open_sheet(self, sheet: TrialsSheet) -> None:
        """Show a sheet; its results go beside it unless told otherwise."""
        is_another = self.model.sheet is None or self.model.sheet.path != sheet.path
        self.model.set_sheet(sheet)
        self.sheet_path.set_value(sheet.path)
        if is_another:
            self.out_dir.set_value(sheet.path.parent / RESULTS)
            self.blinding.set_value(False)
            self._show_recorded_settings(sheet.path.parent / RESULTS / RECORD_NAME)
        self._show_blinding()
        self._show_results()
        self._show_state()

    def _on_sheet_chosen(self) -> None:
        path = self.sheet_path.value()
        if path is None:
            self.model.set_sheet(None)
            self._show_state()
        elif self.model.sheet is None or path != self.model.sheet.path:
            with failures_shown():
                self.open_sheet(TrialsSheet(path))
            self.sheet_path.set_value(None if self.model.sheet is None else self.model.sheet.path)

    def new_sheet(self) -> None:
        """Ask for films and make a sheet with a row for each."""
        films = self._ask_for_films()
        names = ask_for_names(films, self) if films else None
        if names is None:
            return
        start = films[0].parent / "trials.csv"
        chosen, _ = QFileDialog.getSaveFileName(self, "New trials sheet", str(start), SHEETS)
        if chosen:
            path = Path(chosen if chosen.lower().endswith(".csv") else f"{chosen}.csv")
            # The file dialog has asked whether the file of the name that was typed may be replaced, no other.
            if path != Path(chosen) and path.exists() and not ask_to_replace(self, [path], "Make a new sheet?"):
                return
            with failures_shown():
                self.open_sheet(TrialsSheet.create(path, films, names=names, overwrite=True))

    def add_films(self) -> None:
        """Ask for films and add a row for each that has none."""
        films = self._ask_for_films()
        names = ask_for_names(films, self) if films else None
        if names is not None and self.model.sheet is not None:
            with failures_shown():
                self.model.sheet.add_films(films, names=names)
            self._refresh()

    def remove_rows(self) -> None:
        """Take the selected rows out of the sheet."""
        if self.model.sheet is not None:
            with failures_shown():
                self.model.sheet.remove(self.table.selected_rows())
            self._refresh()

    def undo(self) -> None:
        """Take the last change of the sheet back."""
        if self.model.sheet is not None:
            with failures_shown():
                self.model.sheet.undo()
            self._refresh()

    def look_again(self) -> None:
        """Read the sheet again, and see which tracks and arenas are there by now."""
        if self.model.sheet is not None:
            with failures_shown():
                self.open_sheet(TrialsSheet(self.model.sheet.path))

    def show_trial(self) -> None:
        """Open the first selected trial in the viewer."""
        rows = self.table.selected_rows()
        if rows:
            self._open_trial(rows[0])

    def _open_trial(self, row: int) -> None:
        sheet = self.model.sheet
        if sheet is None:
            return
        trial = sheet.trials[row]
        track = find_track(trial, sheet.path, self.tracks.value())
        path = track or (sheet.path.parent / trial.film if trial.film else None)
        if path is None or not path.is_file():
            show_error(f"Trial '{trial.trial}' has neither a track nor a film that can be found. Fill in its film.")
            return
        for layer in self._shown:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._shown = self._viewer.open(str(path), plugin=PLUGIN)

    def _ask_for_films(self) -> list[Path]:
        folder = "" if self.model.sheet is None else str(self.model.sheet.path.parent)
        chosen, _ = QFileDialog.getOpenFileNames(self, "The films of the experiment", folder, FILMS)
        return [Path(name) for name in chosen]

    def _on_tracks_chosen(self) -> None:
        self.model.tracks = self.tracks.value()
        self._refresh()

    def _refresh(self) -> None:
        self._show_names()
        self.model.refresh()
        self._show_state()

    # The tracks.

    def track_films(self) -> None:
        """Track the films of the sheet that have no track yet."""
        sheet, folder = self.model.sheet, self.tracks.value()
        if sheet is None or self._is_running:
            return
        self.run_panel.set_running("Starting …")
        self.tracking.is_blind = self.blinding.value()
        self.tracking.start(sheet.path, folder)
        self._show_state()

    def _on_tracked(self, how: str) -> None:
        self.run_panel.set_idle(how)
        self._refresh()

    # The analysis.

    def _on_out_dir_chosen(self) -> None:
        self._show_results()
        self._show_state()

    def _on_run_requested(self) -> None:
        out = self.out_dir.value()
        if out is None or self._is_running:
            return
        if not (out / REPORT).exists() or ask_to_replace(self, [out / REPORT], "Analyse again?"):
            self._analyse(["--blind"] if self.blinding.value() else [])

    def _on_unblind_requested(self) -> None:
        if self.out_dir.value() is None or self._is_running:
            return
        if ask_to_unblind(self, self.primary.currentText().strip()):
            self._analyse(["--unblind"])

    def _analyse(self, options: list[str]) -> None:
        """Start the analysis with what is chosen; results that exist are replaced."""
        sheet, out = self.model.sheet, self.out_dir.value()
        if sheet is None or out is None:
            return
        arguments = ["analyse", str(sheet.path), "--out", str(out), *options]
        arguments += ["--force"] if (out / REPORT).exists() else []
        arguments += ["--tracks", str(self.tracks.value())] if self.tracks.value() else []
        primary = self.primary.currentText().strip()
        arguments += ["--primary", primary] if primary else []
        for words in limit_words(self.limits.value()):
            arguments += ["--limit", words]
        self.run_panel.set_running("Starting …")
        self.analysing.start(arguments)
        self._show_state()

    def _on_blinding_changed(self) -> None:
        self.table.set_blind(is_blind=self.blinding.value())
        self._show_names()

    def _show_names(self) -> None:
        """Show codes in place of names that tell the group while groups are hidden."""
        sheet = self.model.sheet
        if sheet is None or not self.blinding.value():
            self.model.set_blind(None)
            return
        key = BlindKey(groups=dict.fromkeys((trial.group for trial in sheet.trials), "group"))
        with failures_shown():
            key = key_to_show(sheet.path, sheet.trials, self.model.key)
        self.model.set_blind(key)

    def _show_recorded_settings(self, record: Path) -> None:
        """Go on with outcome and limits of the last analysis, so that nothing changes unnoticed."""
        if not record.is_file():
            return
        with failures_shown():
            settings = load_record(record).settings
            self.primary.setCurrentText(settings.primary)
            self.limits.set_value(settings.limits)

    def _on_limits_changed(self) -> None:
        are_usual = self.limits.value() == ExclusionLimits()
        self.tabs.setTabText(self.tabs.indexOf(self.limits), EXCLUSIONS if are_usual else OTHER_EXCLUSIONS)

    def _show_blinding(self) -> None:
        """Show how far the blinding has gone; where that cannot be read, groups stay hidden."""
        if self.model.sheet is None:
            return
        state = BlindState.BLINDED
        with failures_shown():
            state = blind_state(self.model.sheet.path)
        self.blinding.set_state(state)
        self._show_names()

    def _on_cancel_requested(self) -> None:
        self.run_panel.set_cancelling()
        self.tracking.cancel()
        self.analysing.cancel()

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            self.run_panel.set_idle("Analysed.")
        elif isinstance(ending, Failed):
            self.run_panel.set_idle(ending.message)
        else:
            self.run_panel.set_idle("Stopped. Results of an earlier analysis are as they were.")
        self._show_blinding()
        self._show_results()
        self._show_state()
        if isinstance(ending, Finished):
            self.results.said.setText(_without_path(ending.result))
            self.tabs.setCurrentWidget(self.results)

    def _show_results(self) -> None:
        out = self.out_dir.value()
        self.results.set_folder(out)
        self.tabs.setTabEnabled(self.tabs.indexOf(self.results), self.results.has_any)
        self.model.set_flagged({} if out is None else flagged_trials(out))

    def _show_state(self) -> None:
        sheet = self.model.sheet
        for name, button in self.buttons.items():
            button.setEnabled(name == "new_sheet" or sheet is not None)
        self.buttons["undo"].setEnabled(sheet is not None and sheet.can_undo)
        self.buttons["track_films"].setEnabled(sheet is not None and not self._is_running)
        self.run_panel.set_can_run(sheet is not None and self.out_dir.value() is not None)
        if sheet is None:
            self.state.setText(NO_SHEET)
        else:
            self.state.setText(f"{len(sheet.trials)} trials, {self.model.n_ready} of them ready to be analysed.")

    # The window around it.

    def release(self) -> None:
        """Stop what is under way; a tracking goes on the next time, an analysis leaves nothing half-written."""
        self.tracking.discard()
        self.analysing.discard()


def _without_path(printed: str) -> str:
    """Return what the command printed but for the line that says where the files are: the window shows them."""
    return "\n".join(line for line in printed.splitlines() if not line.startswith("Wrote "))
