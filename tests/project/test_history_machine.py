"""Whatever is put, deleted, undone, redone, grouped or reopened: the project equals a plain model in memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelRecord, Project

FILM = FilmRecord("f1", (), 10, 10, 10)
#: It is seen now here, now there: no edit that undo and redo know of.
SEEN = tuple(FilmRecord("f2", (path,), 10, 10, 10) for path in ("a.mp4", "b.mp4"))
frames = st.integers(0, 4)
#: None: the label is deleted; else the value that is put.
values = st.none() | st.integers(0, 2)
State = dict[int, int]


def put(project: Project, frame_index: int, value: int | None) -> None:
    if value is None:
        project.labels.delete("f1", frame_index)
    else:
        instance = LabelledInstance(np.full((3, 2), float(value)), np.full(3, 2, np.uint8))
        project.labels.put(LabelRecord("f1", frame_index, (instance,)))


def put_and_fail(project: Project, edits: list[tuple[int, int | None]]) -> None:
    with project.edit("group"):
        for frame_index, value in edits:
            put(project, frame_index, value)
        raise KeyError


class HistoryMachine(RuleBasedStateMachine):
    """A project beside a model: the state now, and the states that undo and redo lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "p.mazetrack"
        with Project.create(self.path) as project:
            project.films.put(FILM)
        self.state: State = {}
        self.undo_states: list[State] = []
        self.redo_states: list[State] = []
        self.open()

    def open(self) -> None:
        self.project = Project.open(self.path)

    def teardown(self) -> None:
        assert self.project.check() == ()
        self.project.close()
        shutil.rmtree(self.folder)

    def expect_edit(self, new: State) -> None:
        if new != self.state:
            self.undo_states.append(self.state)
            self.redo_states.clear()
            self.state = new

    @rule(frame_index=frames, value=values)
    def edit(self, frame_index: int, value: int | None) -> None:
        put(self.project, frame_index, value)
        self.expect_edit(changed(self.state, [(frame_index, value)]))

    @rule(edits=st.lists(st.tuples(frames, values), max_size=5))
    def edit_group(self, edits: list[tuple[int, int | None]]) -> None:
        with self.project.edit("group"):
            for frame_index, value in edits:
                put(self.project, frame_index, value)
        self.expect_edit(changed(self.state, edits))

    @rule(edits=st.lists(st.tuples(frames, values), max_size=5))
    def fail_in_group(self, edits: list[tuple[int, int | None]]) -> None:
        with pytest.raises(KeyError):
            put_and_fail(self.project, edits)

    @rule(film=st.sampled_from(SEEN))
    def see_a_film(self, film: FilmRecord) -> None:
        self.project.films.put(film)

    @rule()
    def undo(self) -> None:
        if self.project.undo(keep_films=True) or self.undo_states:
            self.redo_states.append(self.state)
            self.state = self.undo_states.pop()

    @rule()
    def redo(self) -> None:
        self.project.redo()
        if self.redo_states:
            self.undo_states.append(self.state)
            self.state = self.redo_states.pop()

    @rule()
    def reopen(self) -> None:
        self.project.close()
        self.open()

    @invariant()
    def project_equals_model(self) -> None:
        labels = {
            label.frame_index: int(label.instances[0].keypoints_xy[0, 0]) for label in self.project.labels.of_film("f1")
        }
        assert labels == self.state

    @invariant()
    def undo_and_redo_are_there_when_they_should_be(self) -> None:
        assert (self.project.next_undo_beside_films is not None) == bool(self.undo_states)
        assert (self.project.next_redo is not None) == bool(self.redo_states)


def changed(state: State, edits: list[tuple[int, int | None]]) -> State:
    new = dict(state)
    for frame_index, value in edits:
        if value is None:
            new.pop(frame_index, None)
        else:
            new[frame_index] = value
    return new


def run_machine(max_examples: int, n_steps: int) -> None:
    run_state_machine_as_test(
        HistoryMachine,
        settings=settings(
            max_examples=max_examples,
            stateful_step_count=n_steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_sequence_equals_the_model():
    run_machine(max_examples=20, n_steps=30)


@pytest.mark.proof
def test_any_long_sequence_equals_the_model():
    run_machine(max_examples=300, n_steps=60)
