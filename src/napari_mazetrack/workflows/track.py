"""Track a film: detections into ``<stem>.tracks.part``, from them ``<stem>.tracks.nc`` and ``<stem>.tracks.csv``."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import refuse_existing
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.runtime.options import RunnerInfo, RunnerOptions
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import FIRST_TRACKED, LAST_TRACKED
from napari_mazetrack.workflows.track_progress import TrackProgress

if TYPE_CHECKING:
    from napari_mazetrack.detector.model_file import ModelFile
    from napari_mazetrack.maze.arena import Arena
    from napari_mazetrack.resources import ModelChoice
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.runtime.stream_clock import StreamClock
    from napari_mazetrack.tracking.corrections import Correction
    from napari_mazetrack.tracking.detections import PartHeader, PartWriter
    from napari_mazetrack.tracking.path_sketch import PathSketch
    from napari_mazetrack.tracking.time_range import TimeRange
    from napari_mazetrack.tracking.track import Track
    from napari_mazetrack.video import Film, Timing
    from napari_mazetrack.workflows.find_floor import FoundFloor

#: At least this many instances of a frame are recorded, so that more animals can be tracked later.
MIN_SLOTS = 8
#: Pause between two reports of progress.
REPORT_EVERY_S = 0.1
#: Rough size of what is written for a frame: its record of detections, and for each animal its rows in both files.
BYTES_A_SLOT, BYTES_A_ROW = 64, 700
#: Attribute of a track's file: which floor was asked for; "floor" says what it was taken for.
FLOOR_ASKED = "floor_asked"


@dataclass(frozen=True)
class TrackRequest:
    """What is to be tracked, and how.

    Attributes
    ----------
    film : Path
        The film.
    model : Path, ShippedModel or None
        A model file, or one that ships; None takes the fast one.
    options : RunnerOptions
        Back end and precision.
    settings : TrackSettings
        How instances become a track.
    arena : Path, Arena or None
        Where the pool lies: then nothing outside it is taken for the animal.
    out_dir : Path or None
        Folder of the results; None takes the film's own.
    timing : Timing or None
        Times in place of the film's own.
    time_range : TimeRange or None
        The part of the film that is tracked; everything outside is missing. None: all of it.
    corrections : sequence of Correction
        What a person corrected before, in the order in which it was done.
    floor : Floor
        Whether the floor has a pattern that is to be taken out of the pictures.
    resume : bool
        Go on with an unfinished tracking; a finished one is taken as it is.
    force : bool
        Begin anew and replace results that exist.
    """

    film: Path
    model: ModelChoice | None = None
    options: RunnerOptions = field(default_factory=RunnerOptions)
    settings: TrackSettings = field(default_factory=TrackSettings)
    arena: Path | Arena | None = None
    out_dir: Path | None = None
    timing: Timing | None = None
    time_range: TimeRange | None = None
    corrections: Sequence[Correction] = ()
    floor: Floor = Floor.AUTO
    resume: bool = False
    force: bool = False


@dataclass(frozen=True)
class TrackOutcome:
    """What came of tracking a film.

    Attributes
    ----------
    track : Track
        The track.
    nc, csv : Path
        The files that hold it.
    warnings : tuple of str
        What a person should know, in sentences.
    was_finished : bool
        Nothing was to be done: an earlier tracking of the same film with the same model had finished.
    """

    track: Track
    nc: Path
    csv: Path
    warnings: tuple[str, ...] = ()
    was_finished: bool = False


@dataclass(frozen=True)
class OutputPaths:
    """The files of a tracking."""

    part: Path
    nc: Path
    csv: Path

    @classmethod
    def of(cls, film: Path, out_dir: Path | None) -> OutputPaths:
        """Return the files of the tracking of `film` in `out_dir` (None: beside the film)."""
        folder = film.parent if out_dir is None else out_dir
        return cls(*(folder / f"{film.stem}.tracks.{ending}" for ending in ("part", "nc", "csv")))


def refuse_same_outputs(films: Iterable[Path], out_dir: Path | None) -> None:
    """Raise a `MazetrackError` where two films would write to the same files."""
    taken: dict[str, Path] = {}
    for film in films:
        name = str(OutputPaths.of(film, out_dir).csv.absolute()).casefold()  # as Windows and macOS see it
        if name in taken:
            raise MazetrackError(
                f"{taken[name]} and {film} would both be written to {OutputPaths.of(film, out_dir).csv}. "
                "Track them in two goes with a different --out each, or rename one."
            )
        taken[name] = film


def track_film(request: TrackRequest) -> Job[TrackOutcome]:
    """Track one film.

    Detections are appended to ``<stem>.tracks.part`` while the film is read; that file stays when the job is
    cancelled or dies, and `TrackRequest.resume` goes on with it, to the same bytes as an undisturbed run.

    Raises
    ------
    MazetrackError
        Film, model, arena, back end or output folder cannot be used; results exist already; the disk is full.
    """
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.runtime import open_runner, prepare_runner
    from napari_mazetrack.video import open_film
    from napari_mazetrack.workflows.find_floor import find_floor
    from napari_mazetrack.workflows.precision_check import check_precision

    stage = f"Tracking {request.film.name}"
    yield Progress(f"Opening {request.film.name}", 0)
    paths = OutputPaths.of(request.film, request.out_dir)
    model = read_model_file(find_model_file(request.model, request.options))
    with open_film(request.film, timing=request.timing) as film:
        request = replace(request, settings=_with_pool(request, film))
        if request.resume and paths.csv.exists() and paths.nc.exists() and not paths.part.exists():
            return _finished_outcome(request, paths, film, model)
        _refuse_before_start(request, paths, film)
        yield from prepare_runner(model, request.options)
        with open_runner(model, request.options) as runner:
            info = runner.info
            yield from check_precision(film, runner, request.settings.n_animals)
            engine = f"Running on {info.backend} {info.version}, {info.device}, {info.precision}. {info.note}"
            yield Progress(stage, 0, len(_tracked_frames(request, film)), engine)
            floor = yield from find_floor(film, runner, request.settings, request.floor, _tracked_frames(request, film))
            yield from _detect(request, paths, film, runner, floor)
        yield Progress(f"Smoothing the track of {request.film.name}", 0)
        outcome = _finish(request, paths, film, model, info, floor)
        for warning in outcome.warnings:
            yield Progress(f"Tracked {request.film.name}", film.n_frames, film.n_frames, warning)
        return outcome


def find_model_file(model: ModelChoice | None, options: RunnerOptions) -> Path:
    """Return the file of a model that a back end is to run; None is the shipped default.

    A shipped model comes in the precision that suits: INT8 for OpenVINO, FP32 for whatever else is asked for.
    """
    from napari_mazetrack.resources import ShippedModel, shipped_model_path
    from napari_mazetrack.runtime.options import Backend, Device, Precision

    if isinstance(model, Path):
        return model
    by_openvino = options.backend in (Backend.AUTO, Backend.OPENVINO) and options.device in (Device.AUTO, Device.CPU)
    in_int8 = by_openvino and options.precision == Precision.FP32
    return shipped_model_path(model or ShippedModel.FAST, in_int8=in_int8)


def _with_pool(request: TrackRequest, film: Film) -> TrackSettings:
    """Return the settings with the arena's waterline, in pixels of this film."""
    from napari_mazetrack.maze.arena import Arena
    from napari_mazetrack.maze.arena_files import check_arena_in_picture, load_arena

    if request.arena is None:
        return request.settings
    film_hw = (film.height, film.width)
    if isinstance(request.arena, Arena):
        arena = request.arena
        check_arena_in_picture(arena, film_hw, "The arena")
    else:
        arena = load_arena(request.arena, film_hw)
    if arena.y_axis == "up":
        raise MazetrackError(
            "The arena counts y upwards, but films count it downwards. Make an arena of this film with find-arena."
        )
    return replace(request.settings, pool=arena.pool)


def _tracked_frames(request: TrackRequest, film: Film) -> range:
    frames = request.time_range.frames(film.time_s, film.path.name) if request.time_range else None
    return range(film.n_frames) if frames is None else range(*frames)


def _refuse_before_start(request: TrackRequest, paths: OutputPaths, film: Film) -> None:
    """Refuse what cannot be written, before the work begins."""
    if request.resume and request.force:
        raise MazetrackError("--resume goes on and --force begins anew: give one of them.")
    if not (request.resume and paths.part.exists()):
        for path in (paths.nc, paths.csv):
            refuse_existing(path, overwrite=request.force)
    n_animals = request.settings.n_animals
    n_detected = len(_tracked_frames(request, film))
    needed = n_detected * _n_slots(request) * BYTES_A_SLOT + film.n_frames * n_animals * BYTES_A_ROW
    folder = next(folder for folder in paths.csv.absolute().parents if folder.exists())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MazetrackError(
            f"The folder {paths.csv.parent} has {free / 1e6:.1f} MB left, but tracking {request.film.name} needs "
            f"about {needed / 1e6:.1f} MB. Free some space or choose another folder."
        )


def _n_slots(request: TrackRequest) -> int:
    return max(MIN_SLOTS, 2 * request.settings.n_animals)


def _part_header(request: TrackRequest, film: Film, runner: Runner, floor: FoundFloor) -> PartHeader:
    """Return all that decides what is detected: a tracking is only resumed with the same."""
    from napari_mazetrack.tracking.detections import PartHeader
    from napari_mazetrack.tracking.faint import FAINT_SHARE, SURE_SHARE
    from napari_mazetrack.tracking.region import region_of_pool

    model, info, frames = runner.model_file, runner.info, _tracked_frames(request, film)
    return PartHeader(
        film_id=film.film_id,
        model_hash=model.sha256,
        n_frames=film.n_frames,
        n_slots=_n_slots(request),
        skeleton=model.spec.skeleton,
        settings={
            "backend": str(info.backend),
            **({} if info.computes_on == "cpu" else {"device": str(info.computes_on)}),
            "precision": info.precision,
            "score_threshold": model.spec.score_threshold,
            "sure_from_score": model.spec.score_threshold * SURE_SHARE,
            "recorded_from_score": model.spec.score_threshold * FAINT_SHARE,
            **_floor_settings(request, floor),
            "part_of_picture": asdict(region_of_pool(request.settings, (film.height, film.width), model.spec.input_hw)),
        },
        versions={"napari-mazetrack": __version__, str(info.backend): info.version},
        frames=None if len(frames) == film.n_frames else (frames.start, frames.stop),
    )


def _floor_settings(request: TrackRequest, floor: FoundFloor) -> dict[str, Any]:
    """Return what the floor's pattern depends on: pool and animals, beside the film."""
    if floor.pattern is None:
        return {"floor": str(floor.kind)}
    pool = None if request.settings.pool is None else asdict(request.settings.pool)
    return {"floor": str(floor.kind), "floor_in_pool": pool, "floor_beside_animals": request.settings.n_animals}


def _detect(
    request: TrackRequest, paths: OutputPaths, film: Film, runner: Runner, floor: FoundFloor
) -> Iterator[Progress]:
    from napari_mazetrack.runtime.stream_clock import StreamClock
    from napari_mazetrack.tracking.detections import PartWriter
    from napari_mazetrack.tracking.path_sketch import PathSketch

    header = _part_header(request, film, runner, floor)
    stage, first, total = f"Tracking {request.film.name}", header.first_frame, header.n_looked_at
    if floor.pattern is not None:
        yield Progress(stage, 0, total, "The floor's pattern is taken out of each picture.")
    with PartWriter(paths.part, header, resume=request.resume, overwrite=request.force) as part:
        if part.next_frame_index > first:
            message = f"Going on at frame {part.next_frame_index} of {film.n_frames}."
            yield Progress(stage, part.next_frame_index - first, total, message)
        reported_at = time.monotonic()
        clock = StreamClock()
        sketch = PathSketch(request.settings, header.skeleton.centre, header.sure_from_score)
        for next_frame in _append_detections(part, film, runner, floor, clock, sketch):
            if time.monotonic() - reported_at >= REPORT_EVERY_S:
                reported_at, path_xy = time.monotonic(), sketch.take_due()
                with clock.left_out():  # a window may pause the job
                    yield TrackProgress(stage, next_frame - first, total, film_id=film.film_id, path_xy=path_xy)
    yield Progress(stage, total, total, clock.in_words() if clock.n_frames else "")


def _append_detections(
    part: PartWriter, film: Film, runner: Runner, floor: FoundFloor, clock: StreamClock, sketch: PathSketch
) -> Iterator[int]:
    """Detect and record the frames that are missing; yield the index of the next one."""
    from napari_mazetrack.runtime.part_of_film import PartOfFilm
    from napari_mazetrack.runtime.stream import detect_frames
    from napari_mazetrack.tracking.region import Region

    if part.next_frame_index >= part.header.end_frame:
        return
    spec = replace(runner.model_file.spec, score_threshold=part.header.settings["recorded_from_score"])
    region = Region(**part.header.settings["part_of_picture"])
    detections = detect_frames(
        PartOfFilm(film, region, part.header.end_frame, floor.pattern),
        runner,
        spec,
        start=part.next_frame_index,
        max_instances=part.header.n_slots,
        clock=clock,
    )
    with closing(detections):
        for detection in detections:
            found = None if detection.instances is None else region.in_picture(detection.instances)
            part.append(detection.frame_index, found)
            if found is not None:
                sketch.add(found)
            yield part.next_frame_index


def _finish(
    request: TrackRequest, paths: OutputPaths, film: Film, model: ModelFile, info: RunnerInfo, floor: FoundFloor
) -> TrackOutcome:
    """Compute the track of the recorded detections, write both files, and remove the recorded detections."""
    from napari_mazetrack.tracking.detections import read_part
    from napari_mazetrack.tracking.pipeline import compute_track
    from napari_mazetrack.tracking.recall import nothing_recalled
    from napari_mazetrack.tracking.track_files import save_track_csv, save_track_nc

    raw = read_part(paths.part)
    if not raw.is_complete:
        raise MazetrackError(
            f"{paths.part} holds {raw.n_recorded} of {raw.header.n_looked_at} frames. Go on with --resume, or begin "
            "again with --force."
        )
    has_found = bool((raw.instances.score >= raw.header.sure_from_score).any())
    n_unreadable = int((raw.count[raw.header.first_frame : raw.header.end_frame] < 0).sum())
    warnings = [*film.warnings, *floor.warnings]
    if n_unreadable:
        warnings.append(
            f"{n_unreadable} of {raw.header.n_looked_at} frames could not be read; they are marked missing."
        )
    if not has_found:
        doubt = "is this the arena of this film, and does" if request.arena else "does"
        warnings.append(f"No animal was found in any frame: {doubt} the model fit this film? Try another --model.")
    attributes = _attributes(request, film, model, info, warnings)
    attributes |= {"floor": str(floor.kind), FLOOR_ASKED: str(request.floor)}
    with nothing_recalled():
        track = compute_track(raw, film.time_s, request.settings, request.corrections, attributes)
    if has_found and not track.source.any():
        warnings.append("No animal was found inside the pool: is this the arena of this film?")
        track = replace(track, attributes={**track.attributes, "warnings": "\n".join(warnings)})
    # What stands there is either ours from before a crash or was refused before the start.
    save_track_nc(track, paths.nc, detections=raw, overwrite=request.force or request.resume)
    save_track_csv(track, paths.csv, overwrite=request.force or request.resume)
    paths.part.unlink()
    return TrackOutcome(track, paths.nc, paths.csv, tuple(warnings))


def _attributes(
    request: TrackRequest, film: Film, model: ModelFile, info: RunnerInfo, warnings: Sequence[str]
) -> dict[str, Any]:
    """Return what the files say about their making: nothing that differs from run to run."""
    return {
        "film_name": film.path.name,
        "film_width": film.width,
        "film_height": film.height,
        "timing": _timing_in_words(request),
        **_range_attributes(request, film),
        "model_name": model.path.name,
        "precision": info.precision,
        "backend": str(info.backend),
        "device": str(info.computes_on),
        "backend_version": info.version,
        "version": __version__,
        "warnings": "\n".join(warnings),
    }


def _finished_outcome(request: TrackRequest, paths: OutputPaths, film: Film, model: ModelFile) -> TrackOutcome:
    """Take what an earlier tracking finished, if it is what is asked for now."""
    from napari_mazetrack.tracking.corrections import are_of_track
    from napari_mazetrack.tracking.track_files import load_track

    track = load_track(paths.nc)
    asked = {
        "film_id": film.film_id,
        "model_hash": model.sha256,
        "timing": _timing_in_words(request),
        "settings": request.settings.to_json(),
        **dict.fromkeys((FIRST_TRACKED, LAST_TRACKED)),
        **_range_attributes(request, film),
    }
    is_same = all(track.attributes.get(name) == value for name, value in asked.items())
    # The pattern of a floor stays where it cannot be told, whatever is asked for.
    floors = (Floor.AUTO, track.attributes.get("floor", Floor.PLAIN), track.attributes.get(FLOOR_ASKED))
    if not is_same or request.floor not in floors or not are_of_track(request.corrections, track.attributes):
        raise MazetrackError(
            f"{paths.nc} is finished, but of another film or model, or with other settings, another range or other "
            "corrections. Use --force to replace it, or choose another --out."
        )
    return TrackOutcome(track, paths.nc, paths.csv, was_finished=True)


def _range_attributes(request: TrackRequest, film: Film) -> dict[str, int]:
    frames = _tracked_frames(request, film)
    return {} if len(frames) == film.n_frames else {FIRST_TRACKED: frames.start, LAST_TRACKED: frames.stop - 1}


def _timing_in_words(request: TrackRequest) -> str:
    return "the film's own time stamps" if request.timing is None else request.timing.describe()


def existing_results(request: TrackRequest) -> list[Path]:
    """Return the results of an earlier tracking that stand where those of `request` will."""
    paths = OutputPaths.of(request.film, request.out_dir)
    return [path for path in (paths.csv, paths.nc) if path.exists()]


def is_unfinished(request: TrackRequest) -> bool:
    """Whether an interrupted tracking stands where that of `request` will."""
    return OutputPaths.of(request.film, request.out_dir).part.exists()
