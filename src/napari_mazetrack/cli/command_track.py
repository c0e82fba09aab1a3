"""``mazetrack track``: films to tracks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.model_option import MODEL_HELP, parse_model
from napari_mazetrack.cli.run_job import EXIT_FAILURE, OUTPUT, run_job, tell_failure
from napari_mazetrack.cli.wrong_usage import finite, wrong_usage
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import Backend, Device, Precision
from napari_mazetrack.tracking.floor_choice import Floor

if TYPE_CHECKING:
    from napari_mazetrack.tracking.time_range import TimeRange
    from napari_mazetrack.video import Timing
    from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest

STOPPED = "Stopped in the middle of {}. What was detected is kept: give the same command with --resume to go on."


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("track")(track)


def track(
    films: Annotated[list[Path], typer.Argument(metavar="FILM...", help="Films to track.", show_default=False)],
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
    """
    from napari_mazetrack.runtime import RunnerOptions
    from napari_mazetrack.tracking.settings import TrackSettings
    from napari_mazetrack.workflows.track import TrackRequest, refuse_same_outputs

    OUTPUT.json_progress |= json_progress
    if resume and force:
        raise typer.BadParameter("--resume goes on and --force begins anew: give one of them")
    timing, time_range = _timing(fps, times, duration_s), _time_range(from_s, to_s)
    refuse_same_outputs(films, out)
    with wrong_usage("--batch-size"):
        options = RunnerOptions(backend, precision, batch_size=batch_size, device=device)
    with wrong_usage("--animals"):
        settings = TrackSettings(n_animals=animals)
    requests = [
        TrackRequest(
            film,
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
        for film in films
    ]
    _track_all(requests, project)


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


def _track_all(requests: list[TrackRequest], project: Path | None) -> None:
    """Track film after film; one that fails does not keep the others from being tracked."""
    from napari_mazetrack.workflows.track import track_film
    from napari_mazetrack.workflows.track_in_project import track_film_of_project

    failed = []
    for request in requests:
        job = track_film(request) if project is None else track_film_of_project(request, project)
        try:
            outcome = run_job(job, STOPPED.format(request.film.name))
        except MazetrackError as error:
            if len(requests) == 1:
                raise
            tell_failure(f"{request.film}: {error}")
            failed.append(request.film)
        else:
            _tell_outcome(request.film, outcome)
    if failed:
        tell_failure(f"{len(failed)} of {len(requests)} films could not be tracked; the others are done.")
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
        typer.echo(json.dumps(result))
        return
    was = "was tracked before" if outcome.was_finished else "is tracked"
    typer.echo(f"{film.name} {was}: animal in {n_known} of {counted(n_frames, 'frame')}, in {outcome.csv}")
