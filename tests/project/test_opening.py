"""Files that are no sound project of ours: a sentence with the next step, and nothing changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Project, opening


def edit_file(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("rb+") as handle:
        handle.seek(start)
        handle.write(data)


def damage_pages(path: Path) -> None:
    size = path.stat().st_size
    for start in range(4096, size, 4096):
        overwrite(path, start, b"\xff" * 512)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def foreign_sqlite(path: Path) -> None:
    path.unlink()
    edit_file(path, "CREATE TABLE a (b)")


BAD = {
    "missing": (lambda p: p.unlink(), "no project.*mazetrack project new"),
    "folder": (lambda p: (p.unlink(), p.mkdir()), "is a folder"),
    "text": (lambda p: p.write_text("labels\n" * 100), "not a mazetrack project"),
    "empty": (lambda p: p.write_bytes(b""), "not a mazetrack project"),
    "header alone": (lambda p: p.write_bytes(p.read_bytes()[:100]), "cannot be read|damaged|does not have"),
    "foreign SQLite": (foreign_sqlite, "not a mazetrack project"),
    "foreign with our number": (
        lambda p: (foreign_sqlite(p), edit_file(p, f"PRAGMA application_id = {0x6D7A546B}", "PRAGMA user_version = 1")),
        "does not have the tables",
    ),
    "newer": (lambda p: edit_file(p, "PRAGMA user_version = 99"), "newer napari-mazetrack.*Update"),
    "version 0": (lambda p: edit_file(p, "PRAGMA user_version = 0"), "does not have the tables"),
    "trigger": (
        lambda p: edit_file(p, "CREATE TRIGGER t AFTER INSERT ON entity BEGIN DELETE FROM change; END"),
        "does not have the tables",
    ),
    "view": (lambda p: edit_file(p, "CREATE VIEW v AS SELECT 1"), "does not have the tables"),
    "index": (lambda p: edit_file(p, "CREATE INDEX i ON entity (payload)"), "does not have the tables"),
    "more columns": (lambda p: edit_file(p, "ALTER TABLE entity ADD COLUMN more TEXT"), "does not have the tables"),
    "WAL": (lambda p: edit_file(p, "PRAGMA journal_mode = WAL"), "another program"),
    "damaged": (damage_pages, "damaged|cannot be read|does not have"),
    "cut off": (truncate, "damaged|cannot be read"),
    "no skeleton": (lambda p: edit_file(p, "DELETE FROM property"), "which keypoints"),
    "skeleton of nonsense": (lambda p: edit_file(p, "UPDATE property SET value = '[[1]]'"), "which keypoints"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("read_only", [None, True])
def test_bad_files_are_refused_in_a_sentence(project, path, make_label, name, read_only):
    with project.edit("50 labels"):
        for frame_index in range(50):
            project.labels.put(make_label(frame_index))
    project.close()
    spoil, message = BAD[name]
    spoil(path)
    content = path.read_bytes() if path.is_file() else None
    with pytest.raises(MazetrackError, match=message) as caught:
        Project.open(path, read_only=read_only)
    assert str(caught.value).endswith(".")
    assert content is None or "skeleton" in name or path.read_bytes() == content, "the file was changed"
    assert [p.name for p in path.parent.iterdir()] in ([path.name], [])


def test_an_absurdly_large_file_is_refused_before_it_is_read(path):
    with path.open("wb") as handle:
        handle.truncate(opening.MAX_FILE_BYTES + 1)
    with pytest.raises(MazetrackError, match="GiB"):
        Project.open(path)


ENTRIES = {
    "no JSON": "{",
    "no object": "[1]",
    "deep": '{"a":' * 5000 + "1" + "}" * 5000,
    "NaN": '{"annotator":"","origin":"drawn","instances":[{"keypoints":{"head":[NaN,0,2]}}]}',
    "no origin": '{"annotator":"","instances":[]}',
    "unknown origin": '{"annotator":"","origin":"magic","instances":[]}',
    "point missing": '{"annotator":"","origin":"drawn","instances":[{"keypoints":{"head":[0,0,2]},"box_xyxy":null}]}',
    "animal is a number": '{"annotator":"","origin":"drawn","instances":[1]}',
}


@pytest.mark.parametrize("name", ENTRIES)
def test_a_strangers_entry_is_told_and_checked(project, path, make_label, name):
    project.labels.put(make_label(1))
    project.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entity SET payload = ? WHERE kind = 'label'", (ENTRIES[name],))
    connection.commit()
    connection.close()
    with Project.open(path) as opened:
        with pytest.raises(MazetrackError, match="entry"):
            opened.labels.get("f1", 1)
        problems = " ".join(opened.check())
        assert "entry" in problems
        assert "does not lead to the content" in problems


def test_check_finds_what_does_not_belong_together(project, path, make_label):
    project.labels.put(make_label(1))
    project.close()
    edit_file(
        path,
        "DELETE FROM entity WHERE kind = 'film'",
        "INSERT INTO entity VALUES ('magic', 'x', 0, '{}')",
        "UPDATE change SET before = '{}' WHERE revision = 2",
    )
    with Project.open(path) as opened:
        problems = " ".join(opened.check())
    for part in ("not in the project", "unknown kind 'magic'", "contradicts itself", "does not lead"):
        assert part in problems


def test_a_hostile_history_is_told(project, path, make_label):
    project.labels.put(make_label(1))
    project.close()
    edit_file(path, "INSERT INTO revision VALUES (9, 'u', 'a', 't', 'undo', 's', 1, NULL)")
    with Project.open(path) as opened:
        with pytest.raises(MazetrackError, match="history"):
            opened.undo()
        assert any("history" in problem for problem in opened.check())


def test_undo_refuses_where_history_and_content_differ(project, path, make_label):
    project.labels.put(make_label(1))
    project.close()
    edit_file(path, "UPDATE entity SET payload = '{}' WHERE kind = 'label'")
    with Project.open(path) as opened, pytest.raises(MazetrackError, match="does not fit its content"):
        opened.undo()


def test_a_journal_that_names_another_file_is_refused(project, path):
    project.close()
    journal = path.with_name(path.name + "-journal")
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7") + b"\0" * 600 + bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(MazetrackError, match="not made by napari-mazetrack"):
        Project.open(path)


@pytest.mark.parametrize("suffix", ["txt", ""])
def test_a_new_project_has_our_ending(tmp_path, suffix):
    with pytest.raises(MazetrackError, match=r"ends in \.mazetrack"):
        Project.create(tmp_path / f"a.{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_new_project_replaces_nothing(project, path):
    with pytest.raises(MazetrackError, match="exists already"):
        Project.create(path)


@pytest.mark.parametrize("name", ["with space?#%.mazetrack", "müße-日本.mazetrack"])
def test_odd_names(tmp_path, name):
    with Project.create(tmp_path / name) as project:
        project.settings.put("a", 1)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    with Project.open(tmp_path / name) as project:
        assert project.settings.get("a") == 1


READ = """
import os, sys
import psutil
from napari_mazetrack.project import Project
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with Project.open(sys.argv[1]) as project:
    print(project.read_only, len(project.films), project.read_only_reason)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX permissions")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_cannot_be_written_is_read(project, path, what):
    project.close()
    with tempfile.TemporaryDirectory() as name:  # not tmp_path: its parents are closed to the other user
        folder = Path(name)
        copy = folder / "copy.mazetrack"
        shutil.copy(path, copy)
        copy.chmod(0o444 if what == "file" else 0o666)
        folder.chmod(0o777 if what == "file" else 0o555)
        command = [sys.executable, "-c", READ, str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True 1 The file or its folder cannot be written to"), done.stdout
