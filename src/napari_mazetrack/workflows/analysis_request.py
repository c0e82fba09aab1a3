"""What an analysis is asked for, and the record from which it can be asked for again.

``analysis.json`` names the trials sheet, every file that was read with its BLAKE2 sum, and every setting. Given to
`mazetrack analyse` in place of a sheet it makes the same files again, byte for byte, or says which input has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measuring import MeasuringChoices
from napari_mazetrack.experiment.settings import AnalysisSettings, ExclusionLimits
from napari_mazetrack.maze.tables import read_text
from napari_mazetrack.workflows.blind_files import find_key, key_path, true_paths
from napari_mazetrack.workflows.trial_tracks import Places, is_project, project_text

SCHEMA = 1
RECORD_NAME = "analysis.json"
#: The packages whose versions the numbers and the figures depend on.
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")


@dataclass(frozen=True)
class AnalysisRequest:
    """What is to be analysed.

    Attributes
    ----------
    experiment : Path
        ``trials.csv``, a project, or the ``analysis.json`` of an earlier analysis.
    out : Path
        Folder of the results.
    tracks : Path or None
        Folder of the tracks, where they lie neither beside the films nor beside the sheet.
    measures : Path or None
        A table that `mazetrack measure` wrote, in place of tracks.
    settings : AnalysisSettings
        Statistics and exclusions.
    force : bool
        Replace existing results.
    recorded_files : dict or None
        Sums of the files that an earlier analysis read; None: not asked for again.
    recorded_warnings : tuple of str or None
        What that analysis told first; None: not asked for again.
    blind : bool
        Hide which group is which.
    unblind : bool
        End the hiding, and fix exclusions and primary outcome before the groups are seen.
    by : str
        Who blinds or unblinds; empty: who is logged in.
    trials : Path or None
        Where the sheet of a record lies, if not where the record says; the sheet of a project that holds no trials.
    measuring : MeasuringChoices
        How the tracks are measured.
    project : Path or None
        Project that knows the films of the sheet (`trial_tracks.Places`).
    """

    experiment: Path
    out: Path
    tracks: Path | None = None
    measures: Path | None = None
    settings: AnalysisSettings = field(default_factory=AnalysisSettings)
    force: bool = False
    recorded_files: dict[str, str] | None = None
    blind: bool = False
    unblind: bool = False
    by: str = ""
    trials: Path | None = None
    measuring: MeasuringChoices = field(default_factory=MeasuringChoices)
    project: Path | None = None
    recorded_warnings: tuple[str, ...] | None = None

    @property
    def places(self) -> Places:
        """Where the files of the trials are looked for."""
        return Places(self.experiment, self.tracks, self.project)


@dataclass(frozen=True)
class AnalysisRecord:
    """What an ``analysis.json`` says of the analysis that it belongs to; names as in `AnalysisRequest`.

    Attributes
    ----------
    trials, tracks, measures, project : str or None
        Paths, or their codes where it is blinded.
    """

    trials: str
    tracks: str | None
    measures: str | None
    project: str | None
    settings: AnalysisSettings
    measuring: MeasuringChoices
    files: dict[str, str]
    blind: bool
    warnings: tuple[str, ...] = ()


def resolve_request(request: AnalysisRequest) -> AnalysisRequest:
    """Return the request with an ``analysis.json`` or a project replaced by the sheet and settings that it names.

    Raises
    ------
    MazetrackError
        The file is no record of an analysis, or what it names is gone.
    """
    if is_project(request.experiment):
        return replace(request, experiment=request.trials or request.experiment, project=request.experiment)
    if request.experiment.suffix.lower() != ".json":
        return request
    record = load_record(request.experiment)
    codes = _codes_of_paths(request, record) if record.blind else None
    return replace(
        request,
        experiment=request.trials or _path(record.trials, codes),
        tracks=_path(record.tracks, codes) if record.tracks else None,
        measures=_path(record.measures, codes) if record.measures else None,
        project=_path(record.project, codes) if record.project else None,
        settings=record.settings,
        measuring=record.measuring,
        recorded_files=record.files,
        recorded_warnings=record.warnings,
        blind=record.blind,
    )


def _codes_of_paths(request: AnalysisRequest, record: AnalysisRecord) -> dict[str, Path]:
    sums = record.files.values()
    return true_paths(key_path(request.trials) if request.trials else find_key(request.experiment, sums))


def _path(name: str, codes: Mapping[str, Path] | None) -> Path:
    """Return the path that a record names, with `codes` where it is blinded."""
    if codes is None:
        return Path(name)
    if name not in codes:
        raise MazetrackError(
            f"The key of the blinding does not know '{name}', which the record names. Restore it from a copy."
        )
    return codes[name]


def load_record(path: Path) -> AnalysisRecord:
    """Read an ``analysis.json``.

    Raises
    ------
    MazetrackError
        It is not there, or no record that this program wrote.
    """
    try:
        record = json.loads(read_text(path, "record of an analysis"))
        if record["schema"] != SCHEMA:
            raise MazetrackError(f"{path} is a record of schema {record['schema']}; this program reads {SCHEMA}.")
        settings = dict(record["settings"])
        limits = ExclusionLimits(**settings.pop("limits"))
        trials, tracks, measures = (record[key] for key in ("trials", "tracks", "measures"))
        project = record.get("project")
        if not isinstance(trials, str) or not all(isinstance(p, str | None) for p in (tracks, measures, project)):
            raise TypeError("something else where a path should be")
        measuring = dict(record.get("measuring", {}))
        texts = {name: tuple(measuring.get(name, ())) for name in ("windows", "settings")}
        return AnalysisRecord(
            trials,
            tracks,
            measures,
            project,
            AnalysisSettings(**settings, limits=limits),
            MeasuringChoices(**measuring | texts),
            {str(name): str(blake2) for name, blake2 in record["files"].items()},
            blind=record.get("blind", False) is True,
            warnings=tuple(map(str, record.get("warnings", []))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MazetrackError(
            f"{path} is no record that `mazetrack analyse` wrote ({type(error).__name__}: {error}). "
            "Give the trials sheet itself."
        ) from error


def sums_of(paths: Sequence[Path], sheet: Path) -> dict[str, str]:
    """Return the BLAKE2 sum of each file that is there, by its path from the sheet's folder.

    A project's is that of what people said in it: its bytes change whenever a window opens it.
    """
    sums = {}
    for path in sorted({p.absolute() for p in paths if p.is_file()}):
        sums[seen_from(sheet, path)] = _sum_of_project(path) if is_project(path) else _sum_of_bytes(path)
    return sums


def _sum_of_project(path: Path) -> str:
    try:
        return sum_of_text(project_text(path))
    except MazetrackError:  # a damaged one leaves out its own trials, and stops no others
        return _sum_of_bytes(path)


def _sum_of_bytes(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def seen_from(sheet: Path, path: Path) -> str:
    """Return a path as it is seen from a sheet's folder, so that it holds where both are moved."""
    return Path(os.path.relpath(path.absolute(), sheet.absolute().parent)).as_posix()


def sum_of_text(text: str) -> str:
    """Return the BLAKE2 sum that a file of this text would have."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def check_recorded(recorded: dict[str, str] | None, found: dict[str, str]) -> None:
    """Refuse inputs that are not those of the record.

    Raises
    ------
    MazetrackError
        Names the first file that has changed, is gone, or is new.
    """
    if recorded is None or recorded == found:
        return
    name = min(name for name in {*recorded, *found} if recorded.get(name) != found.get(name))
    what = "is gone" if name not in found else "is new" if name not in recorded else "has changed"
    raise MazetrackError(
        f"The file {name} {what} since that analysis, so its results cannot be made again. "
        "Give the trials sheet itself to analyse the files as they are now."
    )


def versions() -> dict[str, str]:
    """Return the versions that the results depend on."""
    found = {"napari-mazetrack": __version__, "Python": platform.python_version()}
    return found | {name: version(name) for name in PACKAGES}


def record_of(
    request: AnalysisRequest, named: Callable[[Path], str], files: dict[str, str], results: dict[str, Any]
) -> str:
    """Return the text of ``analysis.json``; `named` says what it calls a path."""
    record = {
        "schema": SCHEMA,
        "versions": versions(),
        "trials": named(request.experiment),
        "tracks": named(request.tracks) if request.tracks else None,
        "measures": named(request.measures) if request.measures else None,
        **({"project": named(request.project)} if request.project else {}),
        "settings": asdict(request.settings),
        **({"measuring": request.measuring.to_plain()} if request.measuring.to_plain() else {}),
        **({"blind": True} if request.blind else {}),
        "files": files,
        **results,
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
