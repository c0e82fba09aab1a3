"""Who may write: two programs, dead ones, other computers, copies."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Project, lease

HOLD = """
import sys
from napari_mazetrack.project import Project
project = Project.open(sys.argv[1], read_only=False)
print("open", flush=True)
sys.stdin.readline()
project.settings.put("child", 1)
project.close()
print("closed", flush=True)
"""


def start_writer(path):
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


def rewrite_lease(path, **values):
    connection = sqlite3.connect(path)
    for column, value in values.items():
        connection.execute(f"UPDATE lease SET {column} = ?", (value,))
    connection.commit()
    connection.close()


def test_a_second_program_reads_only_until_the_first_closes(project, path):
    project.close()
    writer = start_writer(path)
    with Project.open(path) as second:
        assert second.read_only
        assert f"process {writer.pid}" in second.read_only_reason
        assert "Close it there" in second.read_only_reason
        assert len(second.films) == 1
        with pytest.raises(MazetrackError, match="cannot be changed"):
            second.settings.put("mine", 1)
        with pytest.raises(MazetrackError, match="cannot be changed"):
            second.undo()
        writer.communicate("go\n", timeout=20)
        assert second.settings.get("child") == 1, "a reader sees what the writer writes"
    with pytest.raises(MazetrackError, match="closed"):
        second.renew_lease()
    with Project.open(path) as third:
        assert not third.read_only


def test_writing_can_be_insisted_on(project, path):
    with pytest.raises(MazetrackError, match=r"cannot be changed now.*open for writing"):
        Project.open(path, read_only=False)


def test_reading_only_never_takes_the_lease(project, path):
    project.close()
    with Project.open(path, read_only=True) as reader, Project.open(path) as writer:
        assert reader.read_only
        assert not writer.read_only


def test_the_lease_of_a_killed_program_is_taken_over(project, path):
    project.close()
    writer = start_writer(path)
    writer.kill()
    writer.communicate()
    with Project.open(path) as heir:
        assert not heir.read_only


def test_a_process_number_that_was_used_again_misleads_nobody(project, path):
    rewrite_lease(path, started=time.time() - 1e6)
    with Project.open(path) as heir:
        assert not heir.read_only


@pytest.mark.parametrize(("silence_s", "is_free"), [(0.0, False), (lease.SILENCE_S + 5, True)])
def test_another_computer_must_give_signs_of_life(project, path, silence_s, is_free):
    rewrite_lease(path, host="elsewhere", heartbeat=time.time() - silence_s)
    with Project.open(path) as other:
        assert other.read_only is not is_free
        assert ("on the computer elsewhere" in other.read_only_reason) is not is_free


def test_waiting_programs_renew_their_lease(project, path):
    rewrite_lease(path, heartbeat=0.0)
    project.renew_lease()
    assert time.time() - lease.read(project._connection).heartbeat < 5


def test_each_edit_renews_the_lease(project, path):
    rewrite_lease(path, heartbeat=0.0)
    project.settings.put("a", 1)
    assert time.time() - lease.read(project._connection).heartbeat < 5


@pytest.mark.parametrize("heir_is_still_there", [True, False])
def test_who_lost_the_lease_writes_no_more(project, path, heir_is_still_there):
    rewrite_lease(path, host="elsewhere", heartbeat=0.0)  # as if this computer had slept for hours
    heir = Project.open(path, read_only=False)
    heir.settings.put("mine", "heir")
    if not heir_is_still_there:
        heir.close()
    with pytest.raises(MazetrackError, match="not saved"):
        project.settings.put("mine", "sleeper")
    assert project.read_only
    with pytest.raises(MazetrackError, match="cannot be changed"):
        project.undo()
    assert project.settings.get("mine") == "heir"
    project.close()
    with Project.open(path, read_only=True) as reader:
        assert reader.check() == ()
    heir.close()


def test_a_copy_of_an_open_project_is_free(project, path, tmp_path):
    copy = tmp_path / "copy.mazetrack"
    shutil.copy(path, copy)
    with Project.open(copy) as opened:
        assert not opened.read_only
        opened.settings.put("a", 1)
    project.settings.put("b", 1)


def test_a_backup_has_no_lease(project):
    with Project.open(project.backup()) as backup:
        assert not backup.read_only


def test_closing_twice_is_harmless(project):
    project.close()
    project.close()
