"""The program `mazetrack`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Annotated

import typer

import napari_mazetrack.cli
from napari_mazetrack import __version__
from napari_mazetrack.cli.interrupt import stop_on_input, watch_interrupts
from napari_mazetrack.cli.run_job import EXIT_FAILURE, OUTPUT, tell_failure
from napari_mazetrack.errors import MazetrackError

COMMAND_PREFIX = "command_"

app = typer.Typer(
    name="mazetrack",
    help="From the film of a Morris water maze to measures that a reviewer can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mazetrack {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of a failure.")] = False,
    json_progress: Annotated[
        bool, typer.Option("--json-progress", help="Give progress as JSON lines on standard error.")
    ] = False,
    stop_by_input: Annotated[
        bool, typer.Option("--stop-on-input", help="Stop, as by Ctrl-C, when standard input says stop.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    OUTPUT.debug = debug
    OUTPUT.json_progress = json_progress
    watch_interrupts()
    if stop_by_input:
        stop_on_input()


def _register_commands() -> None:
    for module in sorted(m.name for m in pkgutil.iter_modules(napari_mazetrack.cli.__path__)):
        if module.startswith(COMMAND_PREFIX):
            importlib.import_module(f"napari_mazetrack.cli.{module}").register(app)


_register_commands()


def main() -> None:
    """Run the program: 0 for success, 1 for a failure told in one sentence, 2 for wrong usage."""
    try:
        app()
    except MazetrackError as error:
        if OUTPUT.debug:
            raise
        tell_failure(str(error))
        sys.exit(EXIT_FAILURE)
    except Exception as error:  # the last line of defence: a person never sees a traceback unasked
        if OUTPUT.debug:
            raise
        tell_failure(
            f"Something went wrong that should not have ({type(error).__name__}: {error}). "
            "Run the same command as `mazetrack --debug …` and report what it prints."
        )
        sys.exit(EXIT_FAILURE)


if __name__ == "__main__":
    main()
