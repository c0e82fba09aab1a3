"""Checking a project to the bottom: the file, each entry, and that the history leads exactly to the content."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import arena_from_json
from napari_mazetrack.project import records
from napari_mazetrack.project.ledger import EntityKey, Ledger
from napari_mazetrack.project.payload import checked_name, decode
from napari_mazetrack.project.records import Kind
from napari_mazetrack.skeleton import Skeleton

_MAX_PROBLEMS = 20


def find_problems(connection: sqlite3.Connection, ledger: Ledger, skeleton: Skeleton) -> tuple[str, ...]:
    """Return what is wrong with an open project, a sentence each; nothing for a sound one."""
    problems: list[str] = []
    for problem in _all_problems(connection, ledger, skeleton):
        problems.append(problem)
        if len(problems) == _MAX_PROBLEMS:
            problems.append("There may be more.")
            break
    return tuple(problems)


def check_entity(key: EntityKey, payload: str, skeleton: Skeleton) -> None:
    """Raise a `MazetrackError` where an entity cannot be read."""
    if key.kind not in list(Kind):
        raise MazetrackError(f"The project has an entry of the unknown kind '{key.kind}'. Open a backup of it.")
    checked_name(key.name, f"a {key.kind}")
    value = decode(payload)
    match Kind(key.kind):
        case Kind.FILM:
            records.film_from_payload(key.name, value)
        case Kind.LABEL | Kind.SECOND_LABEL:
            records.label_from_payload(key.name, key.number, value, skeleton.keypoints)
        case Kind.CORRECTION:
            records.correction_from_payload(key.name, key.number, value)
        case Kind.ARENA:
            arena_from_json(value, f"the arena '{key.name}' of the project")
        case Kind.TRIAL:
            records.trial_from_payload(key.name, value)
        case Kind.MODEL:
            records.model_from_payload(key.name, value)
        case Kind.RUN:
            records.run_from_payload(key.name, value)
        case Kind.SETTING:
            pass


def _all_problems(connection: sqlite3.Connection, ledger: Ledger, skeleton: Skeleton) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check").fetchall():
        if line != "ok":
            yield f"The file is damaged: {line}."
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        yield "The history is damaged: some changes belong to no revision."
    entities = dict(ledger.entities())
    for key, payload in entities.items():
        try:
            check_entity(key, payload, skeleton)
        except MazetrackError as error:
            yield str(error)
        film_id = records.film_of(key.kind, key.name)
        if film_id is not None and EntityKey(Kind.FILM, film_id) not in entities:
            yield f"There is a {key.kind} of the film {film_id}, which is not in the project."
    yield from _frame_problems(entities)
    yield from _history_problems(ledger, entities)


def _frame_problems(entities: dict[EntityKey, str]) -> Iterator[str]:
    """Yield the labels of frames that their films do not have."""
    ends: dict[str, int] = {}
    for key, payload in entities.items():
        if key.kind == Kind.FILM:
            with suppress(MazetrackError):  # it is told elsewhere
                ends[key.name] = records.film_from_payload(key.name, decode(payload)).n_frames
    for key in entities:
        film_id = records.film_of(key.kind, key.name)
        if key.kind != Kind.CORRECTION and film_id in ends and key.number >= ends[film_id]:
            word = str(key.kind).replace("_", " ")
            yield (
                f"There is a {word} of frame {key.number} of the film {film_id}, whose last frame is "
                f"{ends[film_id] - 1}. Take it away in the Label panel, with a longer film open beside it."
            )


def _history_problems(ledger: Ledger, entities: dict[EntityKey, str]) -> Iterator[str]:
    state: dict[EntityKey, str] = {}
    for change in ledger.changes_after(0):
        if state.get(change.key) != change.before:
            yield f"The history contradicts itself about the {change.key.kind} {change.key.name}."
        if change.after is None:
            state.pop(change.key, None)
        else:
            state[change.key] = change.after
    if state != entities:
        yield "The history does not lead to the content of the project."
    try:
        ledger.lists()
    except MazetrackError as error:
        yield str(error)
