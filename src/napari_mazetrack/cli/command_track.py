"""``mazetrack track``: films to tracks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.model_option import MODEL_HELP, parse_model
from napari_mazetrack.cli.run_job import EXIT_FAILURE, OUTPUT, run_job, tell_failure, tell_result
from napari_mazetrack.cli.wrong_usage import finite, wrong_usage
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import Backend, Device, Precision
from napari_mazetrack.tracking.floor_choice import Floor

if TYPE_CHECKING:
    from napari_mazetrack.tracking.time_range import TimeRange
    from napari_mazetrack.video import Timing
    from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest

STOPPED = "Stopped in the middle of {}. What was detected is kept: give the same command {} to go on."
#: A window reads the last line alone, which says so many failures.
MOST_TOLD = 3


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("track")(track)


def track(
    films: Annotated[
        list[Path] | None, typer.Argument(metavar="FILM", help="Films to track.", show_default=False)
    ] = None,
    trials: Annotated[
        Path | None,
        typer.Option("--trials", help="trials.csv in place of films: those of it without a track, with their arenas."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help=f"{MODEL_HELP} Without it the project's own, or fast.")
    ] = None,
    backend: Annotated[Backend, typer.Option("--backend", help="What infers.")] = Backend.AUTO,
    device: Annotated[
        Device, typer.Option("--device", help="Where; cuda, coreml and directml by the ONNX Runtime made for it.")
    ] = Device.AUTO,
    precision: Annotated[
        Precision, typer.Option("--precision", help="What the arithmetic is done in; bf16 where the CPU can.")
    ] = Precision.FP32,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Frames that TensorRT computes at once; without it 8.")
    ] = None,
    animals: Annotated[int, typer.Option("--animals", min=1, help="Animals in each film.")] = 1,
    arena: Annotated[
        Path | None, typer.Option("--arena", help="arena.json: nothing outside its pool is taken for the animal.")
    ] = None,
    floor: Annotated[
        Floor,
        typer.Option(
            "--floor", help="patterned: tiles, gravel, lines and lamps that stand still are taken out of each picture."
        ),
    ] = Floor.AUTO,
    project: Annotated[
        Path | None,
        typer.Option("--project", help="Project whose corrections are applied, and which notes the run."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results; without it beside each film.")
    ] = None,
    fps: Annotated[float | None, typer.Option("--fps", help="Frames a second (TIFF stacks).")] = None,
    times: Annotated[Path | None, typer.Option("--times", help="File with the time of each frame, seconds.")] = None,
    duration_s: Annotated[
        float | None, typer.Option("--duration-s", help="True length, where the recorder wrote a wrong rate.")
    ] = None,
    from_s: Annotated[
        float | None,
        typer.Option(
            "--from", min=0, callback=finite, help="Track from this second of the film on; before it all is missing."
        ),
    ] = None,
    to_s: Annotated[
        float | None,
        typer.Option("--to", min=0, callback=finite, help="Track to this second of the film; after it all is missing."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Begin anew; replace results that exist.")] = False,
    json_progress: Annotated[
        bool, typer.Option("--json", help="Progress as JSON lines on standard error, results on standard output.")
    ] = False,
) -> None:
    """Track the animals of films: <stem>.tracks.nc and <stem>.tracks.csv for each.

    Example: mazetrack track day1/*.mp4 --arena arena.json --out tracks

    Example: mazetrack track --trials trials.csv
    """
    from napari_mazetrack.runtime import RunnerOptions
    from napari_mazetrack.tracking.settings import TrackSettings
    from napari_mazetrack.workflows.track import TrackRequest, refuse_same_outputs

    OUTPUT.json_progress |= json_progress
    if resume and force:
        raise typer.BadParameter("--resume goes on and --force begins anew: give one of them")
    if bool(films) == (trials is not None):
        raise typer.BadParameter("name films, or --trials in their place")
    if trials is not None and (arena is not None or resume):
        raise typer.BadParameter("arenas stand in the trials sheet, and its unfinished films go on by themselves")
    timing, time_range = _timing(fps, times, duration_s), _time_range(from_s, to_s)
    with wrong_usage("--batch-size"):
        options = RunnerOptions(backend, precision, batch_size=batch_size, device=device)
    with wrong_usage("--animals"):
        settings = TrackSettings(n_animals=animals)
    asked = TrackRequest(
        Path(),
        parse_model(model),
        options,
        settings,
        arena,
        out,
        timing,
        time_range,
        floor=floor,
        resume=resume,
        force=force,
    )
    requests = _of_sheet(asked, trials) if trials else [replace(asked, film=film) for film in films or []]
    refuse_same_outputs([request.film for request in requests], out)
    _track_all(requests, project, go_on="again" if trials else "with --resume")


def _of_sheet(asked: TrackRequest, sheet: Path) -> list[TrackRequest]:
    """Return a request for each film of a trials sheet that is to be tracked; what was stopped goes on."""
    from napari_mazetrack.workflows.sheet_films import films_to_track
    from napari_mazetrack.workflows.track import is_unfinished

    films = films_to_track(sheet, asked.out_dir, again=asked.force)
    if not films:
        typer.echo(f"All films of {sheet.name} are tracked. Use --force to track them again.")
    for film in films:
        if len(film.arenas) > 1:
            typer.echo(f"{film.path.name} has {len(film.arenas)} arenas: it is tracked without one.", err=True)
    requests = [replace(asked, film=film.path, arena=film.arena) for film in films]
    return [replace(one, resume=not one.force and is_unfinished(one)) for one in requests]


def _timing(fps: float | None, times: Path | None, duration_s: float | None) -> Timing | None:
    from napari_mazetrack.video import Timing

    n_given = sum(value is not None for value in (fps, times, duration_s))
    if n_given > 1:
        raise typer.BadParameter("give one of --fps, --times and --duration-s")
    with wrong_usage("--fps / --duration-s"):
        return Timing(fps, times, duration_s) if n_given else None


def _time_range(from_s: float | None, to_s: float | None) -> TimeRange | None:
    from napari_mazetrack.tracking.time_range import TimeRange

    if from_s is None and to_s is None:
        return None
    with wrong_usage("--from / --to"):
        return TimeRange(from_s, to_s)


def _track_all(requests: list[TrackRequest], project: Path | None, *, go_on: str) -> None:
    """Track film after film; one that fails does not keep the others from being tracked.

    `go_on` says how the command is to be given when it was stopped.
    """
    from napari_mazetrack.workflows.track import track_film
    from napari_mazetrack.workflows.track_films import told_as
    from napari_mazetrack.workflows.track_in_project import track_film_of_project

    failures = []
    for number, request in enumerate(requests, start=1):
        job = track_film(request) if project is None else track_film_of_project(request, project)
        if len(requests) > 1:
            job = told_as(job, f"Film {number} of {len(requests)}")
        try:
            outcome = run_job(job, STOPPED.format(request.film.name, go_on))
        except MazetrackError as error:
            if len(requests) == 1:
                raise
            failures.append(f"{request.film}: {error}")
            if not OUTPUT.json_progress:
                tell_failure(failures[-1])
        else:
            _tell_outcome(request.film, outcome)
    if failures:
        said = f"{len(failures)} of {len(requests)} films could not be tracked; the others are done."
        tell_failure(" ".join([said, *failures[:MOST_TOLD]]) if OUTPUT.json_progress else said)
        raise typer.Exit(EXIT_FAILURE)


def _tell_outcome(film: Path, outcome: TrackOutcome) -> None:
    n_known = int((outcome.track.source > 0).any(axis=1).sum())
    n_frames = len(outcome.track.tracked_frames)
    if OUTPUT.json_progress:
        result = {
            "film": str(film),
            "nc": str(outcome.nc),
            "csv": str(outcome.csv),
            "n_frames": outcome.track.n_frames,
            "n_frames_with_animal": n_known,
            "was_finished": outcome.was_finished,
            "warnings": list(outcome.warnings),
        }
        tell_result(json.dumps(result))
        return
    was = "was tracked before" if outcome.was_finished else "is tracked"
    tell_result(f"{film.name} {was}: animal in {n_known} of {counted(n_frames, 'frame')}, in {outcome.csv}")
