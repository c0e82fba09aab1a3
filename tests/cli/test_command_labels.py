"""``mazetrack labels``: into a project and out again, from the shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError

TABLE = """scorer,me,me,me,me,me,me
bodyparts,snout,snout,body,body,tail,tail
coords,x,y,x,y,x,y
a.png,10,20,16,20,22,20
"""


def mazetrack(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["labels", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def table(tmp_path: Path) -> Path:
    Image.new("L", (64, 48), 99).save(tmp_path / "a.png")
    (tmp_path / "CollectedData_me.csv").write_text(TABLE)
    return tmp_path / "CollectedData_me.csv"


def test_a_table_goes_in_and_comes_out_as_coco(table: Path, tmp_path: Path) -> None:
    project, out = tmp_path / "pool.mazetrack", tmp_path / "pool.json"
    imported = mazetrack("import", table, "--map", "snout=head", "--project", project)
    assert "1 frame added, 0 replaced" in imported
    assert "Frames taken as showing no animal: 0." in imported
    assert "The labels are noted as those of me, whom the table names" in imported
    exported = mazetrack("export", project, "--out", out)
    assert ": 1 frame\n" in exported
    assert "Who labelled which frame is not in it (me)." in exported
    assert '"head"' in out.read_text()
    assert (tmp_path / "pool_json_pictures" / tmp_path.name / "a.png").is_file()


def test_a_missing_keypoint_names_the_option(table: Path, tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=r"--map snout=head|--map body=head"):
        CliRunner().invoke(
            app, ["labels", "import", str(table), "--project", str(tmp_path / "p.mazetrack")], catch_exceptions=False
        )
