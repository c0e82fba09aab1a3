"""``mazetrack project``: make, look at, check and merge project files, and find moved films again."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.errors import MazetrackError

if TYPE_CHECKING:
    from napari_mazetrack.project import MergePlan, Project

ProjectFile = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project file (*.mazetrack).")]
#: How many entries of a preview are printed.
_MAX_LINES = 20


class Preference(StrEnum):
    """Whose version to keep where two projects contradict each other."""

    OURS = "ours"
    THEIRS = "theirs"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="The project file: labels, corrections, trials and their history.", no_args_is_help=True)
    for name, command in (("new", new), ("info", info), ("check", check), ("merge", merge), ("relink", relink)):
        group.command(name)(command)
    app.add_typer(group, name="project")


def new(path: ProjectFile) -> None:
    """Make an empty project.

    Example: mazetrack project new pool.mazetrack
    """
    from napari_mazetrack.project import Project

    with Project.create(path) as project:
        typer.echo(f"Made {project.path}")


def info(
    path: ProjectFile, newest: Annotated[int, typer.Option("--newest", min=0, help="Show so many revisions.")] = 5
) -> None:
    """Show what a project holds, where its films are, and what was done last.

    Example: mazetrack project info pool.mazetrack
    """
    from napari_mazetrack.project import Project

    with Project.open(path, read_only=True) as project:
        stores = ("film", "label", "correction", "arena", "trial", "model", "run")
        typer.echo(f"{project.path}: " + ", ".join(counted(len(getattr(project, f"{one}s")), one) for one in stores))
        typer.echo(f"keypoints: {', '.join(project.skeleton.keypoints)}")
        for film in project.films:
            place = project.find_film(film.film_id) or "NOT FOUND; run `mazetrack project relink`"
            name = film.paths[0].rsplit("/", 1)[-1] if film.paths else film.film_id
            n_labels = len(project.labels.frames(film.film_id))
            typer.echo(_shown(f"film {name}: {counted(film.n_frames, 'frame')}, {n_labels} labelled, {place}"))
        for annotator in project.second_annotators():
            n_second = len(project.second_labels(annotator))
            typer.echo(_shown(f"second pass by {annotator}: {counted(n_second, 'frame')}"))
        for revision in project.history(newest):
            action = "" if revision.action == "edit" else f"{revision.action}: "
            typer.echo(_shown(f"{revision.time_utc} {revision.author}: {action}{revision.summary}"))


def check(path: ProjectFile) -> None:
    """Check a project to the bottom: the file, each entry, and its whole history.

    Example: mazetrack project check pool.mazetrack
    """
    from napari_mazetrack.project import Project

    with Project.open(path, read_only=True) as project:
        problems = project.check()
        for problem in problems:
            typer.echo(_shown(problem))
        if problems:
            raise MazetrackError(f"{path} has problems. Open a backup of it (the dated files beside it).")
        typer.echo(f"{path} is sound, after {counted(len(project.history()), 'revision')}.")


def merge(
    path: ProjectFile,
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="The project to take from; it is not changed.")],
    prefer: Annotated[
        Preference | None, typer.Option("--prefer", help="Whose version to keep where the projects contradict.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
) -> None:
    """Take in what another project has, behind a dated backup; undoable like any edit.

    Example: mazetrack project merge pool.mazetrack colleague.mazetrack --prefer ours
    """
    from napari_mazetrack.project import Project

    with (
        Project.open(path, read_only=dry_run) as project,
        Project.open(other, read_only=True) as theirs,
    ):
        _print_plan(project.preview_merge(theirs), project.skeleton.keypoints)
        if dry_run:
            return
        backup = project.merge(theirs, prefer=None if prefer is None else prefer.value)
        typer.echo("Nothing to take in." if backup is None else f"Merged. The project as it was: {backup}")


def relink(
    path: ProjectFile,
    places: Annotated[list[Path], typer.Argument(metavar="PLACE…", help="Films, or folders to look for them in.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be noted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Note it without asking, as where nobody can be asked.")] = False,
) -> None:
    """Find films again that were moved or renamed; they are told by their content. What was found is shown first.

    Example: mazetrack project relink pool.mazetrack /data/films
    """
    from napari_mazetrack.project import Project
    from napari_mazetrack.project.relinking import find_films, note_places

    with Project.open(path, read_only=dry_run) as project:
        found = run_job(find_films(project, places))
        if not found:
            raise MazetrackError("None of the project's films is there. Name the folder that they were moved to.")
        for film in found:
            typer.echo(_shown(f"{film.before or film.film_id} -> {film.path}"))
        if dry_run:
            return
        if not (yes or _says_yes(f"Note {counted(len(found), 'place')} in {path.name}?")):
            typer.echo("Nothing was changed.")
            return
        note_places(project, found)
        _print_missing(project)


def _says_yes(question: str) -> bool:
    """Ask on the terminal; `MazetrackError` where there is none."""
    if not sys.stdin.isatty():
        raise MazetrackError("Nobody can be asked here. Look at it with --dry-run, then say --yes.")
    return typer.confirm(question)


def _shown(text: str) -> str:
    """Return text of a stranger's file without what would steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _print_plan(plan: MergePlan, keypoints: tuple[str, ...]) -> None:
    from napari_mazetrack.project.conflict_words import sides_in_words

    kinds: dict[str, int] = {}
    for change in plan.changes:
        kinds[change.key.kind] = kinds.get(change.key.kind, 0) + 1
    taken = ", ".join(f"{number} × {kind}" for kind, number in sorted(kinds.items()))
    typer.echo(f"To take in: {taken or 'nothing'}")
    typer.echo(f"Changed differently in both: {len(plan.conflicts)}")
    for conflict in plan.conflicts[:_MAX_LINES]:
        ours, theirs = sides_in_words(conflict, keypoints)
        for line in (f"  {conflict.title}", f"    ours:   {ours}", f"    theirs: {theirs}"):
            typer.echo(_shown(line))
    if len(plan.conflicts) > _MAX_LINES:
        typer.echo(f"  … and {len(plan.conflicts) - _MAX_LINES} more")


def _print_missing(project: Project) -> None:
    from napari_mazetrack.project.relinking import missing_films

    n_missing = len(missing_films(project))
    if n_missing:
        typer.echo(f"Still missing: {counted(n_missing, 'film')}. `mazetrack project info {project.path}` names them.")
