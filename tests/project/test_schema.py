"""Schema versions: stored examples of the old ones, and the way from old to new."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Project, schema

EXAMPLES = Path(__file__).parent / "examples"


def contents(project: Project) -> dict[str, object]:
    """Return everything that an example holds, as its JSON file says it."""
    return {
        "films": {film.film_id: [film.n_frames, *film.paths] for film in project.films},
        "labels": {
            str(label.frame_index): [point.tolist() for point in label.instances[0].keypoints_xy]
            for label in project.labels
        },
        "second_labels": {
            annotator: {str(label.frame_index): label.annotator for label in project.second_labels(annotator)}
            for annotator in project.second_annotators()
        },
        "arenas": {name: project.arenas.get(name).pool.cx for name in project.arenas.names()},
        "trials": {trial.trial: [trial.kind.value, trial.animal] for trial in project.trials},
        "corrections": [[c.position, c.kind, dict(c.value)] for c in project.corrections.of_film("f1")],
        "history": [[r.action.value, r.author, r.summary] for r in reversed(project.history())],
        "next_redo": project.next_redo.summary if project.next_redo else None,
    }


def test_there_is_an_example_of_every_version():
    assert sorted(p.stem for p in EXAMPLES.glob("*.mazetrack")) == [
        f"schema_{version}" for version in range(1, len(schema.MIGRATIONS) + 1)
    ]


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.mazetrack")), ids=lambda p: p.stem)
def test_an_example_opens_with_all_it_holds(tmp_path, example):
    path = tmp_path / example.name
    shutil.copy(example, path)
    is_old = example.stem != f"schema_{len(schema.MIGRATIONS)}"
    with Project.open(path) as project:
        assert len(list(tmp_path.glob("*.backup-*.mazetrack"))) == is_old
        assert project.check() == ()
        assert contents(project) == json.loads(example.with_suffix(".json").read_text())
        project.redo()
        project.undo()


def add_column(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE revision ADD COLUMN place TEXT NOT NULL DEFAULT ''")


def fail(connection: sqlite3.Connection) -> None:
    add_column(connection)
    raise MazetrackError("no.")


def test_an_older_project_is_migrated_behind_a_backup(project, path, make_label, xs, monkeypatch):
    project.labels.put(make_label(1))
    project.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_column))
    with pytest.raises(MazetrackError, match="older napari-mazetrack"):
        Project.open(path, read_only=True)
    with Project.open(path) as migrated:
        assert xs(migrated) == {1: 10.0}
        migrated.undo()
        assert schema.schema_version(migrated._connection) == len(schema.MIGRATIONS)
    with Project.open(path, read_only=True) as reader:
        assert reader.check() == ()
    (backup,) = path.parent.glob("pool.backup-????-??-??-??????.mazetrack")
    monkeypatch.undo()
    with Project.open(backup) as old:
        assert xs(old) == {1: 10.0}
    with pytest.raises(MazetrackError, match="newer napari-mazetrack"):
        Project.open(path)


def test_a_failing_migration_changes_nothing(project, path, monkeypatch):
    project.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, fail))
    with pytest.raises(MazetrackError, match="no"):
        Project.open(path)
    monkeypatch.undo()
    with Project.open(path) as again:
        assert not again.read_only
        assert again.check() == ()


def test_settings_of_the_connection(project, path, monkeypatch):
    project.close()
    monkeypatch.undo()  # these are the tests' settings
    asked = {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1, "trusted_schema": 0}
    with Project.open(path, read_only=False) as again:
        for pragma, value in asked.items():
            assert again._connection.execute(f"PRAGMA {pragma}").fetchone()[0] == value
