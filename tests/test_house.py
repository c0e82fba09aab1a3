"""The ground floor: progress, atomic files, the skeleton, the shipped files."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.progress import Job, Progress, run_to_end
from napari_mazetrack.skeleton import MOUSE, Skeleton

REPOSITORY = Path(__file__).resolve().parents[1]


def test_run_to_end_returns_the_result_of_the_job():
    def job() -> Job[str]:
        yield Progress("counting", 1, 2)
        return "done"

    assert run_to_end(job()) == "done"


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path):
    target = tmp_path / "table.csv"

    def write_half() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_unless_replacing_was_asked_for(tmp_path: Path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(MazetrackError, match="--force"), atomic_path(target):
        pass
    assert target.read_text() == "old"
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with (
        pytest.raises(MazetrackError, match="Cannot write to the folder"),
        atomic_path(tmp_path / "taken" / "x.csv"),
    ):
        pass


def test_mouse_names_its_front_and_back():
    assert MOUSE.keypoints[MOUSE.front] == "head"
    assert MOUSE.keypoints[MOUSE.back] == "tail"
    assert MOUSE.index("body") == MOUSE.centre


@pytest.mark.parametrize(
    ("keypoints", "edges"),
    [((), ()), (("a", "a"), ()), (("a", "no name"), ()), (("a", "b"), ((0, 2),))],
    ids=["none", "twice", "not a name", "edge to nowhere"],
)
def test_an_impossible_skeleton_is_refused(keypoints, edges):
    with pytest.raises(ValueError, match="must be"):
        Skeleton(keypoints, edges, 0, 0, 0)


HEAVY = {"torch", "pandas", "scipy", "matplotlib", "av", "onnxruntime", "openvino", "napari", "xarray", "skimage"}


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["track", "--help"]])
def test_the_program_starts_without_heavy_imports(command):
    """Command lines answer at once: nothing heavy may be imported to print a help page."""
    script = (
        "import sys\n"
        "from napari_mazetrack.cli.main import app\n"
        f"try: app({command!r})\nexcept SystemExit: pass\n"
        f"heavy = {HEAVY!r}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_reference_of_the_measures_is_what_the_code_says():
    script = REPOSITORY / "scripts" / "make_measures_reference.py"
    page = (REPOSITORY / "docs" / "reference" / "measures.md").read_text(encoding="utf-8")
    assert page == runpy.run_path(str(script))["describe"](), f"run python {script.relative_to(REPOSITORY)}"


def test_each_measure_is_drawn_once():
    script = runpy.run_path(str(REPOSITORY / "scripts" / "draw_measures.py"))
    drawn = [name for drawing in script["DRAWINGS"] for name in drawing.measures]
    assert sorted(drawn) == sorted(script["REGISTRY"]), "add them to a drawing of scripts/draw_measures.py"
    folder = REPOSITORY / "docs" / "reference"
    assert (folder / "drawings.md").read_text(encoding="utf-8") == script["page"](), "run scripts/draw_measures.py"
    assert {path.stem for path in (folder / "measures").iterdir()} == {drawing.name for drawing in script["DRAWINGS"]}
