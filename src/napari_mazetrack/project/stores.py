"""Typed access to a project's entities, such as ``project.films`` and ``project.labels``.

Each ``put`` and ``delete`` is one revision that is on the disk when it returns; several of them inside
``with project.edit("…")`` are one revision. ``get`` gives None for what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import arena_from_json, arena_to_json
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.project import records
from napari_mazetrack.project.ledger import Change, EntityKey, Ledger
from napari_mazetrack.project.payload import Json, checked_name, decode, encode
from napari_mazetrack.project.records import (
    CorrectionRecord,
    FilmRecord,
    Kind,
    LabelRecord,
    ModelRecord,
    RunRecord,
)
from napari_mazetrack.skeleton import Skeleton

Value = TypeVar("Value")
#: SQLite's largest integer.
_MAX_NUMBER = 2**63 - 1


class Editing(Protocol):
    """What opens a revision: `Project.edit`."""

    def __call__(self, summary: str) -> AbstractContextManager[None]:
        """Open a revision that says `summary`."""
        ...


class NamedStore(Generic[Value]):
    """Entities of one kind that a name alone tells apart."""

    kind: Kind
    #: Word for messages and summaries.
    word: str

    def __init__(self, ledger: Ledger, edit: Editing) -> None:
        self._ledger = ledger
        self._edit = edit

    def get(self, name: str) -> Value | None:
        """Return the value of a name; None where there is none."""
        payload = self._ledger.get(EntityKey(self.kind, name))
        return None if payload is None else self._from_payload(name, decode(payload))

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(key.name for key, _ in self._ledger.entities(self.kind))

    def delete(self, name: str) -> bool:
        """Take a value away; False where there was none."""
        with self._edit(f"Delete the {self.word} {name}"):
            is_there = name in self
            self._ledger.set(EntityKey(self.kind, name), None)
        return is_there

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._ledger.get(EntityKey(self.kind, name)) is not None

    def __iter__(self) -> Iterator[Value]:
        for key, payload in self._ledger.entities(self.kind):
            yield self._from_payload(key.name, decode(payload))

    def __len__(self) -> int:
        return self._ledger.count(self.kind)

    def _put(self, name: str, payload: Mapping[str, Json]) -> None:
        key = EntityKey(self.kind, checked_name(name, f"the {self.word}"))
        with self._edit(f"Put the {self.word} {name}"):
            self._ledger.set(key, encode(payload))

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> Value:
        raise NotImplementedError


class FilmStore(NamedStore[FilmRecord]):
    """Films by film_id."""

    kind = Kind.FILM
    word = "film"

    def put(self, film: FilmRecord) -> None:
        """Add a film or replace what is known of it."""
        self._put(film.film_id, records.film_to_payload(film))

    def delete(self, name: str) -> bool:
        """Take a film away; `MazetrackError` while it still has labels or corrections."""
        for kind in (Kind.LABEL, Kind.CORRECTION, Kind.SECOND_LABEL):
            names = [other for other in self._ledger.names(kind) if records.film_of(kind, other) == name]
            n_left = sum(self._ledger.count(kind, other) for other in names)
            if n_left:
                word = str(kind).replace("_", " ")
                raise MazetrackError(
                    f"The film {name} still has {n_left} {word}s in the project. Delete them before the film."
                )
        return super().delete(name)

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> FilmRecord:
        return records.film_from_payload(name, payload)


class ArenaStore(NamedStore[Arena]):
    """Arenas by name, kept as the content of ``arena.json``."""

    kind = Kind.ARENA
    word = "arena"

    def put(self, name: str, arena: Arena) -> None:
        """Add an arena or replace it."""
        self._put(name, arena_to_json(arena))

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> Arena:
        return arena_from_json(dict(payload), f"the arena '{name}' of the project")


class TrialStore(NamedStore[Trial]):
    """Trials by name."""

    kind = Kind.TRIAL
    word = "trial"

    def put(self, trial: Trial) -> None:
        """Add a trial or replace it."""
        self._put(trial.trial, records.trial_to_payload(trial))

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> Trial:
        return records.trial_from_payload(name, payload)


class ModelStore(NamedStore[ModelRecord]):
    """Models by name."""

    kind = Kind.MODEL
    word = "model"

    def put(self, model: ModelRecord) -> None:
        """Add a model or replace what is known of it."""
        self._put(model.name, records.model_to_payload(model))

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> ModelRecord:
        return records.model_from_payload(name, payload)


class RunStore(NamedStore[RunRecord]):
    """Runs by run_id."""

    kind = Kind.RUN
    word = "run"

    def put(self, run: RunRecord) -> None:
        """Add a run or replace what is known of it."""
        self._put(run.run_id, records.run_to_payload(run))

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> RunRecord:
        return records.run_from_payload(name, payload)


class SettingStore(NamedStore[Json]):
    """Choices that belong to the project (its default model, …): any JSON value by name."""

    kind = Kind.SETTING
    word = "setting"

    def put(self, name: str, value: Json) -> None:
        """Make a choice."""
        self._put(name, {"value": value})

    def _from_payload(self, name: str, payload: Mapping[str, Json]) -> Json:  # noqa: ARG002 - a setting is its value alone
        return payload.get("value")


class LabelStore:
    """Labelled frames by film_id and frame_index: the labels that count, or one second annotator's.

    Parameters
    ----------
    ledger, edit, skeleton
        Of the project.
    second : str
        The second annotator whose labels these are: they stand beside those that count and replace none of them.
        Empty: the labels that count.
    """

    def __init__(self, ledger: Ledger, edit: Editing, skeleton: Skeleton, second: str = "") -> None:
        self._ledger = ledger
        self._edit = edit
        self._keypoints = skeleton.keypoints
        self._second = second
        self._kind = Kind.SECOND_LABEL if second else Kind.LABEL

    def get(self, film_id: str, frame_index: int) -> LabelRecord | None:
        """Return the label of a frame; None where nobody has labelled it."""
        payload = self._ledger.get(self._key(film_id, frame_index))
        return None if payload is None else self._from_payload(film_id, frame_index, payload)

    def put(self, label: LabelRecord) -> None:
        """Label a frame, or replace its label; no instances: the frame is marked as empty.

        Raises
        ------
        MazetrackError
            The film is not in the project, or has no such frame.
        ValueError
            An instance does not have the project's keypoints.
        """
        payload = encode(records.label_to_payload(label, self._keypoints))
        key = self._key(label.film_id, _number(label.frame_index))
        with self._edit(f"{'Second label of' if self._second else 'Label'} frame {label.frame_index}"):
            n_frames = require_film(self._ledger, label.film_id).n_frames
            if label.frame_index >= n_frames:
                raise MazetrackError(records.beyond_the_end(label.frame_index, n_frames))
            self._ledger.set(key, payload)

    def delete(self, film_id: str, frame_index: int) -> bool:
        """Take the label of a frame away; False where there was none."""
        key = self._key(film_id, frame_index)
        with self._edit(f"Delete the {'second ' * bool(self._second)}label of frame {frame_index}"):
            is_there = self._ledger.get(key) is not None
            self._ledger.set(key, None)
        return is_there

    def frames(self, film_id: str) -> list[int]:
        """Return the frames of a film that are labelled, in order."""
        return self._ledger.numbers(self._kind, self._name(film_id))

    def of_film(self, film_id: str) -> Iterator[LabelRecord]:
        """Yield the labels of a film in the order of its frames."""
        for key, payload in self._ledger.entities(self._kind, self._name(film_id)):
            yield self._from_payload(film_id, key.number, payload)

    def changed(self, changes: Iterable[Change], film_id: str) -> dict[int, LabelRecord | None]:
        """Return what changes made of the labels of a film: by frame, None where the label is gone."""
        mine = (self._kind, self._name(film_id))
        return {
            change.key.number: None
            if change.after is None
            else self._from_payload(film_id, change.key.number, change.after)
            for change in changes
            if (change.key.kind, change.key.name) == mine
        }

    def __iter__(self) -> Iterator[LabelRecord]:
        for name in self._names():
            film_id = records.film_of(self._kind, name)
            if film_id is not None:
                yield from self.of_film(film_id)

    def __len__(self) -> int:
        return sum(self._ledger.count(self._kind, name) for name in self._names())

    def _names(self) -> list[str]:
        names = self._ledger.names(self._kind)
        return [name for name in names if not self._second or records.split_second_name(name)[1] == self._second]

    def _name(self, film_id: str) -> str:
        return checked_name(records.second_name(film_id, self._second), "the annotator") if self._second else film_id

    def _key(self, film_id: str, frame_index: int) -> EntityKey:
        return EntityKey(self._kind, self._name(film_id), frame_index)

    def _from_payload(self, film_id: str, frame_index: int, payload: str) -> LabelRecord:
        return records.label_from_payload(film_id, frame_index, decode(payload), self._keypoints)


class CorrectionStore:
    """Corrections of tracks by film_id, in their order."""

    def __init__(self, ledger: Ledger, edit: Editing) -> None:
        self._ledger = ledger
        self._edit = edit

    def of_film(self, film_id: str) -> tuple[CorrectionRecord, ...]:
        """Return the corrections of a film in the order in which they apply."""
        return tuple(
            records.correction_from_payload(key.name, key.number, decode(payload))
            for key, payload in self._ledger.entities(Kind.CORRECTION, film_id)
        )

    def append(self, film_id: str, kind: str, value: Mapping[str, Json]) -> CorrectionRecord:
        """Add a correction behind the others of its film and return it; `MazetrackError` where the film is unknown."""
        with self._edit(f"Correct the track: {kind}"):
            taken = self._ledger.numbers(Kind.CORRECTION, film_id)
            correction = CorrectionRecord(film_id, taken[-1] + 1 if taken else 0, kind, value)
            self.put(correction)
        return correction

    def put(self, correction: CorrectionRecord) -> None:
        """Put a correction at its position, or replace the one that is there."""
        key = EntityKey(Kind.CORRECTION, correction.film_id, _number(correction.position))
        with self._edit(f"Correct the track: {correction.kind}"):
            require_film(self._ledger, correction.film_id)
            self._ledger.set(key, encode(records.correction_to_payload(correction)))

    def delete(self, film_id: str, position: int) -> bool:
        """Take a correction away; False where there was none. The others keep their positions."""
        key = EntityKey(Kind.CORRECTION, film_id, position)
        with self._edit(f"Delete correction {position}"):
            is_there = self._ledger.get(key) is not None
            self._ledger.set(key, None)
        return is_there

    def __len__(self) -> int:
        return self._ledger.count(Kind.CORRECTION)


def require_film(ledger: Ledger, film_id: str) -> FilmRecord:
    """Return a film of the project; `MazetrackError` where it has no such film."""
    payload = ledger.get(EntityKey(Kind.FILM, film_id))
    if payload is None:
        raise MazetrackError(f"The film {film_id} is not in the project. Add it to the project first.")
    return records.film_from_payload(film_id, decode(payload))


def _number(value: int) -> int:
    if not 0 <= value <= _MAX_NUMBER:
        raise ValueError(f"a frame or position is a whole number from 0 up, got {value}")
    return int(value)
