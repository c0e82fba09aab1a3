"""Merging two projects: what the other one has that this one lacks, and where they contradict each other.

Copies of a project share the beginning of their histories, and a merge is remembered; both sides are compared with that
common state, so that what was deleted on one side stays deleted. A conflict is something that both sides changed
differently since. The corrections of a film are taken as a whole, since their order has a meaning. Hints (paths) never
conflict: both are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project.ledger import Change, EntityKey, Ledger
from napari_mazetrack.project.path_hints import joined_hints
from napari_mazetrack.project.payload import Reader, decode, encode
from napari_mazetrack.project.records import Kind, film_of, split_second_name

Side: TypeAlias = Literal["ours", "theirs"]
#: Who is right where both sides changed the same thing: one side everywhere, or theirs for these units alone.
Preference: TypeAlias = Side | frozenset[EntityKey]
_State: TypeAlias = dict[EntityKey, str]
_PATHS = "paths"


@dataclass(frozen=True)
class Conflict:
    """Something that both projects changed differently.

    Attributes
    ----------
    unit : EntityKey
        What is taken from one side or the other as a whole.
    title : str
        What it is, for people.
    changes : tuple of Change
        Ours (before) against theirs (after).
    """

    unit: EntityKey
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class MergePlan:
    """What a merge would do.

    Attributes
    ----------
    changes : tuple of Change
        What comes from the other project without contradiction.
    conflicts : tuple of Conflict
        Where one side must be preferred.
    merged_uid : str or None
        The newest revision of the other project; None where it has none.
    """

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    merged_uid: str | None

    def resolved(self, prefer: Preference | None) -> dict[EntityKey, str | None]:
        """Return the payload to set for each entity; conflicts follow `prefer` (None: there must be none)."""
        if self.conflicts and prefer is None:
            raise ValueError("a plan with conflicts needs a preferred side")
        theirs = [
            conflict
            for conflict in self.conflicts
            if prefer == "theirs" or (isinstance(prefer, frozenset) and conflict.unit in prefer)
        ]
        taken = [change for conflict in theirs for change in conflict.changes]
        return {change.key: change.after for change in (*self.changes, *taken)}


def plan_merge(ours: Ledger, theirs: Ledger) -> MergePlan:
    """Compare two projects; nothing is changed."""
    our_state, their_state, base = _state(ours), _state(theirs), _common_state(ours, theirs)
    our_units = {_unit(key) for key in _differing(base, our_state)}
    changes: list[Change] = []
    disputed: dict[EntityKey, list[Change]] = {}
    for key in sorted(_differing(base, their_state)):
        change = _with_all_paths(Change(key, our_state.get(key), their_state.get(key)))
        if change.before == change.after:
            continue
        if _unit(key) in our_units and not _differs_in_paths_only(change):
            disputed.setdefault(_unit(key), []).append(change)
        else:
            changes.append(change)
    for unit, found in disputed.items():
        if unit.kind == Kind.CORRECTION:  # any other unit is one entity
            found.extend(_rest_of_unit(unit, {change.key for change in found}, our_state, their_state))
    conflicts = [Conflict(unit, _title(unit, our_state, their_state), tuple(found)) for unit, found in disputed.items()]
    newest = theirs.revisions(newest=1)
    return MergePlan(tuple(changes), tuple(conflicts), newest[0].uid if newest else None)


def missing_films(result: _State, *sources: _State) -> _State:
    """Return the films that `result` needs for its labels and corrections and lacks; the first source wins."""
    films = {film_of(key.kind, key.name) for key in result}
    needed = {EntityKey(Kind.FILM, film_id) for film_id in films if film_id is not None}
    found: _State = {}
    for key in sorted(needed - result.keys()):
        payloads = [source[key] for source in sources if key in source]
        if not payloads:
            raise MazetrackError(
                f"The other project has labels of the film {key.name}, but not the film. "
                "Run `mazetrack project check` on it."
            )
        found[key] = payloads[0]
    return found


def _common_state(ours: Ledger, theirs: Ledger) -> _State:
    """Return the newest state that both histories are known to come from; empty where they share nothing."""
    our_revisions, their_revisions = ours.revisions()[::-1], theirs.revisions()[::-1]
    shared = 0
    for mine, other in zip(our_revisions, their_revisions, strict=False):
        if mine.uid != other.uid:
            break
        shared = mine.number
    # Each: how far both histories had come, and the ledger and revision that hold the common state.
    found = [(2 * shared, ours, shared)]
    for merger, merged in ((ours, theirs), (theirs, ours)):
        numbers = {revision.uid: revision.number for revision in merged.revisions()}
        in_effect = set(merger.lists().done)
        for revision in merger.revisions():
            if revision.merged_uid in numbers and revision.number in in_effect:
                number = numbers[revision.merged_uid]
                found.append((revision.number + number, merged, number))
    _, ledger, number = max(found, key=lambda item: item[0])
    return _state(ledger, number)


def _state(ledger: Ledger, number: int | None = None) -> _State:
    """Return all entities as they are, or as they were after revision `number`."""
    state: dict[EntityKey, str | None] = dict(ledger.entities())
    if number is not None:
        earlier: dict[EntityKey, str | None] = {}
        for change in ledger.changes_after(number):
            earlier.setdefault(change.key, change.before)
        state.update(earlier)
    return {key: payload for key, payload in state.items() if payload is not None}


def _differing(one: _State, other: _State) -> set[EntityKey]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def _unit(key: EntityKey) -> EntityKey:
    """Return what is taken from one side or the other as a whole."""
    return EntityKey(key.kind, key.name) if key.kind == Kind.CORRECTION else key


def _rest_of_unit(unit: EntityKey, seen: Iterable[EntityKey], our_state: _State, their_state: _State) -> list[Change]:
    """Return the other differences of a disputed unit, so that a preferred side is taken whole."""
    keys = {key for key in (*our_state, *their_state) if _unit(key) == unit} - set(seen)
    changes = [Change(key, our_state.get(key), their_state.get(key)) for key in sorted(keys)]
    return [change for change in changes if change.before != change.after]


def _with_all_paths(change: Change) -> Change:
    if change.before is None or change.after is None:
        return change
    before, after = decode(change.before), decode(change.after)
    if _PATHS not in before or _PATHS not in after:
        return change
    paths = joined_hints(Reader(before, "a file").texts(_PATHS), Reader(after, "a file").texts(_PATHS))
    return Change(change.key, change.before, encode({**after, _PATHS: list(paths)}))


def _differs_in_paths_only(change: Change) -> bool:
    if change.before is None or change.after is None:
        return False
    before, after = decode(change.before), decode(change.after)
    return {**before, _PATHS: None} == {**after, _PATHS: None} and _PATHS in before


def _title(unit: EntityKey, *states: _State) -> str:
    if unit.kind == Kind.LABEL:
        return f"the label of frame {unit.number} of film {_film_name(unit.name, states)}"
    if unit.kind == Kind.SECOND_LABEL:
        film_id, annotator = split_second_name(unit.name)
        return f"the second label by {annotator} of frame {unit.number} of film {_film_name(film_id, states)}"
    if unit.kind == Kind.CORRECTION:
        return f"the corrections of film {_film_name(unit.name, states)}"
    return f"the {unit.kind} {_film_name(unit.name, states) if unit.kind == Kind.FILM else unit.name}"


def _film_name(film_id: str, states: Sequence[_State]) -> str:
    """Return what people call a film: its file's name, where one of the projects has seen it."""
    payloads = [state[EntityKey(Kind.FILM, film_id)] for state in states if EntityKey(Kind.FILM, film_id) in state]
    paths = [path for payload in payloads for path in Reader(decode(payload), "a film").texts(_PATHS)]
    return paths[0].rsplit("/", 1)[-1] if paths else film_id
