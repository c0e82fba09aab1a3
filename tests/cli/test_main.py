"""How the program ends: 0, 1 with one sentence, 2 for wrong usage; a traceback only for those who ask."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from napari_mazetrack.cli import main as program
from napari_mazetrack.cli.run_job import OUTPUT, run_job
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["mazetrack", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return int(ended.value.code or 0)


@pytest.fixture
def failing(monkeypatch):
    """Make the program end with an error."""

    def fail_with(error: BaseException) -> None:
        def app() -> None:
            raise error

        monkeypatch.setattr(program, "app", app)
        monkeypatch.setattr(OUTPUT, "debug", False)

    return fail_with


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (MazetrackError("The film is missing. Check its name."), 1, "mazetrack: The film is missing. Check its name."),
        (KeyError("surprise"), 1, "--debug"),
    ],
    ids=["told", "unexpected"],
)
def test_a_failure_is_one_sentence_without_a_traceback(monkeypatch, capsys, failing, error, status, says):
    failing(error)
    assert run(monkeypatch) == status
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
    assert said.count("\n") == 1


def test_debug_shows_everything(monkeypatch, failing):
    failing(KeyError("surprise"))
    monkeypatch.setattr(OUTPUT, "debug", True)
    with pytest.raises(KeyError):
        program.main()


@pytest.mark.parametrize("arguments", [["no-such-command"], ["track"], ["demo", "--no-such-option"]])
def test_wrong_usage_ends_with_two(monkeypatch, arguments):
    assert run(monkeypatch, *arguments) == 2


def test_a_job_that_is_stopped_is_closed_and_says_so(capsys):
    closed = []

    def job() -> Job[None]:
        try:
            yield Progress("Working", 0)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(typer.Exit) as ended:
        run_job(job(), "Stopped; go on with --resume.")
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "mazetrack: Stopped; go on with --resume.\n"
    assert closed == [True]


def test_progress_as_json_lines(monkeypatch, capsys):
    monkeypatch.setattr(OUTPUT, "json_progress", True)

    def job() -> Job[int]:
        yield Progress("Counting", 1, 2)
        return 7

    assert run_job(job()) == 7
    assert capsys.readouterr().err == '{"stage": "Counting", "done": 1, "total": 2, "message": "", "values": {}}\n'


def test_nothing_but_messages_when_piped(capsys):
    def job() -> Job[None]:
        yield Progress("Counting", 1, 2)
        yield Progress("Counting", 2, 2, "The film is cut off.")

    run_job(job())
    assert capsys.readouterr().err == "The film is cut off.\n"


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_options_that_the_docs_name_are_there(page: str) -> None:
    commands = typer.main.get_command(program.app).commands  # type: ignore[attr-defined]
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    shown = re.findall(rf"mazetrack ({'|'.join(commands)}) ([^`\n]*)", text)
    assert shown
    for name, arguments in shown:
        parts = (commands[name], *getattr(commands[name], "commands", {}).values())
        known = {option for part in parts for parameter in part.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", arguments)) <= known, (name, arguments)
