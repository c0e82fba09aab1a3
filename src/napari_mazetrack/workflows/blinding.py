"""An analysis that hides which group is which, and the end of the hiding.

The state of an experiment is in its files (`blind_files`): never blinded, blinded, or unblinded. What does not fit it
is refused, so that nobody is unblinded by a forgotten option, and nobody unblinded is called blind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import BlindKey, blinded_order, draw_key
from napari_mazetrack.experiment.unblinding import (
    BlindingTold,
    FixedChoices,
    Unblinding,
    tell_blinded,
    tell_unblinding,
)
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job
from napari_mazetrack.project.lease import person
from napari_mazetrack.project.payload import plain_text
from napari_mazetrack.workflows.analysis_request import RECORD_NAME, AnalysisRequest, seen_from, sum_of_text
from napari_mazetrack.workflows.blind_files import (
    BlindingLog,
    blinded_line,
    key_path,
    key_text,
    load_key,
    load_log,
    log_path,
    save_text,
    unblinded_line,
)
from napari_mazetrack.workflows.measure_experiment import ExperimentMeasures

Result = TypeVar("Result")


@dataclass(frozen=True)
class Blinding:
    """What blinding means for one analysis.

    Attributes
    ----------
    sheet : Path
        The trials sheet; key and log lie beside it.
    key : BlindKey or None
        Codes in place of names; None: groups are named.
    log : BlindingLog
        As it will stand when the results are there.
    told : BlindingTold
        What the report says.
    written : tuple of (Path, str)
        Key and log that are to be written before the results are seen.
    """

    sheet: Path
    key: BlindKey | None
    log: BlindingLog
    told: BlindingTold = field(default_factory=BlindingTold)
    written: tuple[tuple[Path, str], ...] = ()

    def seal(self) -> None:
        """Write key and log, the key first: results without their key could not be read, a key alone does no harm."""
        for path, text in self.written:
            save_text(text, path)

    def recorded(self, sums: dict[str, str]) -> dict[str, str]:
        """Return the sums of the files that the results depend on with that of key or log, for the record.

        While blinded the files' names are left out: they may tell the group.
        """
        if self.key is None:
            own = {log_path(self.sheet).name: sum_of_text(self.log.text)} if self.log.text else {}
            return sums | own
        every = sums | {key_path(self.sheet).name: self.key.digest}
        return {f"input {i}": every[name] for i, name in enumerate(sorted(every), start=1)}

    def named(self, path: Path) -> str:
        """Return what the record calls a path: while blinded by a code, since a folder may be named after a group."""
        return str(path.absolute()) if self.key is None else self.key.paths[seen_from(self.sheet, path)]

    def in_words(self) -> tuple[str, ...]:
        """Return what a person must know of it, line by line; empty where nothing is or was hidden."""
        if self.key is not None:
            hides_names = self.key.animals or self.key.trials or self.key.films
            also = " Names of animals, trials or films tell the group, so they have codes too." if hides_names else ""
            return (f"Blinded: groups have codes.{also} The key is {key_path(self.sheet)}: do not open it.",)
        if self.written:
            return (f"Unblinded: exclusions and primary outcome are fixed in {log_path(self.sheet)}.",)
        return (f"{self.told.heading} {self.told.note}",) if self.told.note else ()


def begin_blinding(request: AnalysisRequest, trials: Sequence[Trial]) -> Blinding:
    """Return what blinding means for an analysis that is about to begin.

    Raises
    ------
    MazetrackError
        Key or log are damaged, there is nothing to hide, or what is asked for does not fit the experiment's state.
    """
    sheet = request.experiment
    log = load_log(log_path(sheet))
    has_key = key_path(sheet).exists()
    is_blinded = (has_key or bool(log.text)) and log.unblinding is None
    _refuse_what_does_not_fit(request, log, is_blinded=is_blinded)
    if not request.blind:
        return Blinding(sheet, None, log)
    if not has_key and (log.text or request.recorded_files is not None):
        raise MazetrackError(
            f"{key_path(sheet)}, the key of the blinding, is gone, and other codes would not fit the results that "
            "exist. Restore it from a copy, or end the blinding with --unblind."
        )
    known = load_key(key_path(sheet)) if has_key else None
    inputs = [path for path in (sheet, request.tracks, request.measures, request.project) if path]
    key = draw_key(trials, known, [seen_from(sheet, path) for path in inputs])
    written = [(key_path(sheet), key_text(key))] if key != known else []
    if not log.text:
        log = BlindingLog(blinded_line(_now(), _who(request), __version__))
        written.append((log_path(sheet), log.text))
    return Blinding(sheet, key, log, tell_blinded(), tuple(written))


def key_to_show(sheet: Path, trials: Sequence[Trial], known: BlindKey | None = None) -> BlindKey:
    """Return the codes that a window shows in place of names: the key's, and where it has none of its own ones.

    Parameters
    ----------
    sheet : Path
        The trials sheet; its key lies beside it, once it was analysed blinded.
    trials : sequence of Trial
        What is shown.
    known : BlindKey or None
        Codes that were shown before and stay.

    Raises
    ------
    MazetrackError
        The key is damaged.
    """
    if key_path(sheet).exists():
        known = load_key(key_path(sheet))
    groups = {trial.group for trial in trials if trial.group} | set(known.groups if known else ())
    if len({trial.group for trial in trials if trial.group}) < 2:
        return BlindKey(groups=dict.fromkeys(groups, "group"))
    return draw_key(trials, known)


def fix_choices(blinding: Blinding, request: AnalysisRequest, fixed: FixedChoices) -> Blinding:
    """Return the blinding with the choices of this analysis: logged by an unblinding, compared after one."""
    if blinding.key is not None:
        return blinding
    if request.unblind:
        entry = Unblinding(_now(), _who(request), __version__, fixed)
        log = BlindingLog(blinding.log.text + unblinded_line(entry), entry)
        blinding = replace(blinding, log=log, written=((log_path(blinding.sheet), log.text),))
    if blinding.log.unblinding is None:
        return blinding
    return replace(blinding, told=tell_unblinding(blinding.log.unblinding, fixed))


def hide_names(
    key: BlindKey, trials: Sequence[Trial], measured: ExperimentMeasures
) -> tuple[list[Trial], ExperimentMeasures]:
    """Return trials and measures with codes in place of names, in an order that tells no more than the codes."""
    coded = blinded_order(key.coded(trial) for trial in trials)
    # Cohorts are numbered as they come: their names may tell the group, and numbers tell tests enough.
    cohorts = {name: f"cohort {i}" for i, name in enumerate(dict.fromkeys(t.cohort for t in coded if t.cohort), 1)}
    coded = [replace(trial, cohort=cohorts.get(trial.cohort, ""), sex=key.text(trial.sex)) for trial in coded]
    place = {trial.trial: i for i, trial in enumerate(coded)}
    namers = _row_namers(key) | {"cohort": cohorts.__getitem__, "sex": key.text}
    rows = [row | {name: namers[name](row[name]) for name in namers if row.get(name)} for row in measured.rows]
    swims = [replace(swim, trial=key.coded(swim.trial)) for swim in measured.swims]
    events = [
        event | {"trial": key.trial(event["trial"]), "animal": key.animal(event["animal"])} for event in measured.events
    ]
    problems = sorted(
        ((key.trial(t), key.text(why)) for t, why in measured.problems.items()), key=lambda p: place[p[0]]
    )
    placements = {
        key.trial(trial): replace(placement, same_as=key.trial(placement.same_as) if placement.same_as else "")
        for trial, placement in measured.placements.items()
    }
    intervals = [
        row | {"trial": key.trial(row["trial"]), "animal": key.animal(row["animal"])} for row in measured.intervals
    ]
    return coded, ExperimentMeasures(
        rows=sorted(rows, key=lambda row: place[row["trial"]]),
        problems=dict(problems),
        placements=placements,
        swims=sorted(swims, key=lambda swim: place[swim.trial.trial]),
        events=sorted(events, key=lambda event: place[event["trial"]]),
        intervals=sorted(intervals, key=lambda row: place[row["trial"]]),
        warnings=sorted(key.text(warning) for warning in measured.warnings),
        camera=tuple(
            replace(s, before=key.film(s.before), film=key.film(s.film), arena=key.arena(s.arena))
            for s in measured.camera
        ),
        doubts=dict(sorted(((key.trial(t), why) for t, why in measured.doubts.items()), key=lambda d: place[d[0]])),
    )


def hide_messages(job: Job[Result], key: BlindKey | None) -> Job[Result]:
    """Run a job without those of its messages that name what has a code: beside the results they would tell it."""
    try:
        while True:
            report = next(job)
            is_shown = key is None or key.text(report.message) == report.message
            yield report if is_shown else replace(report, message="")
    except StopIteration as stop:
        result: Result = stop.value
        return result
    finally:
        job.close()


def _refuse_what_does_not_fit(request: AnalysisRequest, log: BlindingLog, *, is_blinded: bool) -> None:
    """Raise a `MazetrackError` where the experiment's state does not allow what is asked for."""
    sheet, unblinding = request.experiment, log.unblinding
    asks_to_blind = request.blind and request.recorded_files is None
    if request.unblind and unblinding is not None:
        raise MazetrackError(f"{sheet} was unblinded on {unblinding.day} already. Leave --unblind out.")
    if request.unblind and not is_blinded:
        raise MazetrackError(f"{sheet} was never analysed blinded, so there is nothing to end. Leave --unblind out.")
    if asks_to_blind and unblinding is not None:
        raise MazetrackError(
            f"{sheet} was unblinded on {unblinding.day}, so its analysis cannot be called blinded any more. "
            "Leave --blind out."
        )
    if asks_to_blind and not is_blinded and (request.out / RECORD_NAME).exists():
        raise MazetrackError(
            f"{request.out} holds results that name the groups, and who has seen them is not blind. Delete them if "
            "nobody has, or leave --blind out."
        )
    if is_blinded and not request.blind and not request.unblind:
        raise MazetrackError(
            f"{sheet} is being analysed blinded, and this analysis would show which group is which. Give --blind to "
            "stay blinded, or --unblind to fix the exclusions and the primary outcome and see the groups."
        )


def _row_namers(key: BlindKey) -> dict[str, Callable[[str], str]]:
    """Return what becomes of the texts in a row of measures, by column."""
    return {
        "trial": key.trial,
        "animal": key.animal,
        "group": key.group,
        "film": key.film,
        "platform": key.text,
        "model": key.text,
    }


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _who(request: AnalysisRequest) -> str:
    """Return who is said to blind or unblind; else who is logged in."""
    return plain_text(request.by.strip()) or person()
