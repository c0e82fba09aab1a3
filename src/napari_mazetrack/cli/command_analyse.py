"""``mazetrack analyse``: a whole experiment, from tracks to statistics, figures and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_mazetrack.cli.command_measure import VARIANT_NAMES
from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.cli.wrong_usage import wrong_usage
from napari_mazetrack.files import PROJECT_ENDING

if TYPE_CHECKING:
    from napari_mazetrack.experiment.measuring import MeasuringChoices
    from napari_mazetrack.workflows.analyse import AnalysisOutcome
    from napari_mazetrack.workflows.analysis_request import AnalysisRequest


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("analyse")(analyse)


def analyse(
    experiment: Annotated[
        Path,
        typer.Argument(
            metavar="EXPERIMENT",
            help="trials.csv: one row for each swim; a project; or the analysis.json of an earlier analysis, to make "
            "it again.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")],
    tracks: Annotated[
        Path | None, typer.Option("--tracks", help="Folder of the tracks, if not beside the films or the sheet.")
    ] = None,
    trials: Annotated[
        Path | None, typer.Option("--trials", help="The sheet of a project; or of an analysis.json, if it was moved.")
    ] = None,
    measures: Annotated[
        Path | None, typer.Option("--measures", help="A table that `measure` wrote, in place of tracks.")
    ] = None,
    window: Annotated[
        list[str] | None,
        typer.Option("--window", help="Besides the whole, BEGIN:END in s from release; may be repeated."),
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help=f"Measures as others compute them: {', '.join(VARIANT_NAMES)}.")
    ] = None,
    number: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Another number than docs/reference/measures.md has; may be repeated."
        ),
    ] = None,
    fps: Annotated[
        float | None, typer.Option("--fps", min=0.001, help="Samples a second (files without times).")
    ] = None,
    point: Annotated[
        str | None, typer.Option("--point", help="Point whose path is measured (DeepLabCut, SLEAP).")
    ] = None,
    intervals: Annotated[
        int | None,
        typer.Option(
            "--intervals", min=0, max=10_000, metavar="N", help="95 % intervals of the measures from N likely paths."
        ),
    ] = None,
    primary: Annotated[
        str | None, typer.Option("--primary", help="The primary outcome, such as hidden.mean_proximity_cm.mean.")
    ] = None,
    permutations: Annotated[
        int | None,
        typer.Option("--permutations", min=99, max=1_000_000, help="Relabellings of the animals in a test (20000)."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of random relabellings and resamples (1).")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", help="A limit of the exclusions, as max_missing_fraction=0.1; may be repeated."),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Hide which group is which: codes in place of names, until --unblind.")
    ] = False,
    unblind: Annotated[
        bool, typer.Option("--unblind", help="Fix exclusions and primary outcome in a log, then name the groups.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--by", help="Who blinds or unblinds, for the log (else who is logged in).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace results that exist.")] = False,
) -> None:
    """Analyse an experiment: measures, summaries, statistics, figures and a report.

    Animals are the unit: every test permutes animals, and every mean and SD is over animals. Name the primary outcome
    before you know which group is which: with --blind the results name no group, and exclusions may still be changed;
    --unblind fixes them with the primary outcome, and every later report says so, or what was changed afterwards.

    Example: mazetrack analyse trials.csv --primary hidden.mean_proximity_cm.mean --out results

    Example: mazetrack analyse trials.csv --primary hidden.mean_proximity_cm.mean --blind --out results

    Corrections and events that were set in the window count: they are in the project beside each film or track.

    Example: mazetrack analyse lab.mazetrack --trials trials.csv --out results

    Example: mazetrack analyse results/analysis.json --out results_again
    """
    from napari_mazetrack.experiment.settings import AnalysisSettings, limits_from
    from napari_mazetrack.workflows.analyse import analyse_experiment
    from napari_mazetrack.workflows.analysis_request import AnalysisRequest

    chosen = _given(primary=primary, n_permutations=permutations, seed=seed)
    texts = {"windows": tuple(window or ()) or None, "settings": tuple(number or ()) or None}
    measured = _given(**texts, variant=variant, fps=fps, point=point, n_draws=intervals)
    is_record = experiment.suffix.lower() == ".json"
    if is_record and (tracks or measures or chosen or measured or limit or blind or unblind):
        raise typer.BadParameter("a record names its tracks and settings itself", param_hint="EXPERIMENT")
    if measures and measured:
        raise typer.BadParameter("is measured already: these options are for tracks", param_hint="--measures")
    settings = AnalysisSettings(**chosen, limits=limits_from(limit or []))
    request = AnalysisRequest(
        experiment,
        out,
        tracks,
        measures,
        settings,
        force,
        blind=blind,
        unblind=unblind,
        by=by or "",
        trials=trials,
        measuring=_choices(measured),
    )
    _refuse_what_does_not_go_together(request, is_record=is_record)
    _tell(run_job(analyse_experiment(request)))


def _given(**options: object) -> dict[str, Any]:
    """Return the options that a person gave."""
    return {name: value for name, value in options.items() if value is not None}


def _choices(measured: dict[str, Any]) -> MeasuringChoices:
    from napari_mazetrack.experiment.measuring import MeasuringChoices

    with wrong_usage("--variant / --window / --set"):
        return MeasuringChoices(**measured)


def _refuse_what_does_not_go_together(request: AnalysisRequest, *, is_record: bool) -> None:
    is_project = request.experiment.suffix.lower() == PROJECT_ENDING
    if request.trials and not is_record and not is_project:
        raise typer.BadParameter("is for a project or an analysis.json", param_hint="--trials")
    if request.tracks and request.measures:
        raise typer.BadParameter("give one of them", param_hint="--tracks / --measures")
    if request.blind and request.unblind:
        raise typer.BadParameter("give one of them", param_hint="--blind / --unblind")
    if request.by and not (request.blind or request.unblind):
        raise typer.BadParameter("is for --blind and --unblind", param_hint="--by")


def _tell(outcome: AnalysisOutcome) -> None:
    n_flagged = len({flag.trial for flag in outcome.flags})
    typer.echo(f"{counted(outcome.n_trials, 'trial')}, {n_flagged} of them flagged and left out")
    for line in (*outcome.blinding, *outcome.primary):
        typer.echo(line)
    typer.echo(f"Wrote {outcome.report}, with tables and figures beside it")
