"""Codes for groups: random, kept, and for names that tell the group too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import HIDDEN, blinded_order, draw_key
from napari_mazetrack.maze.trials import Trial, TrialKind


def sheet(animals: dict[str, str], trial="{}_d{}", film="day{1}.mp4") -> list[Trial]:
    """Two days of each animal, by its group."""
    return [
        Trial(trial.format(a, day), TrialKind.HIDDEN, film.format(a, day), animal=a, group=group, day=day)
        for a, group in animals.items()
        for day in (1, 2)
    ]


MIXED = {f"m{i}": "sham" if i % 2 else "lesion" for i in range(1, 9)}


def test_codes_are_drawn_and_not_derived_from_the_names():
    keys = [draw_key(sheet(MIXED)) for _ in range(60)]
    assert {key.groups["sham"] for key in keys} == {"group A", "group B"}  # fails once in 10^17 runs
    assert all(sorted(key.groups.values()) == ["group A", "group B"] for key in keys)


def test_what_is_known_keeps_its_code():
    key = draw_key(sheet(MIXED))
    assert draw_key(sheet(MIXED), key) == key
    more = draw_key(sheet(MIXED | {"m9": "drug", "drug2": "drug"}), key)
    assert {name: more.groups[name] for name in key.groups} == key.groups
    assert more.groups["drug"] == "group C"
    assert more.animals["m1"] != more.animals["drug2"]
    assert draw_key(sheet(MIXED), more).animals == more.animals  # once hidden, always hidden


def test_no_code_is_a_name_of_the_sheet():
    trials = [
        Trial(f"trial {i}", TrialKind.HIDDEN, animal=f"{group}{i}", group=f"group {group}")
        for i, group in enumerate("AABB")
    ]
    key = draw_key(trials)
    assert set(key.groups.values()) == {"group C", "group D"}
    assert set(key.trials.values()) == {"trial 4", "trial 5", "trial 6", "trial 7"}


@pytest.mark.parametrize("groups", [{"m1": "", "m2": ""}, {"m1": "sham", "m2": "sham"}], ids=["none", "one"])
def test_nothing_to_hide_is_told(groups):
    with pytest.raises(MazetrackError, match="nothing to hide"):
        draw_key(sheet(groups))


KEPT = {
    "numbers": {str(i): group for i, group in enumerate(MIXED.values())},
    "one word": MIXED,
    "names of their own": {"Anna": "sham", "Bert": "lesion", "Carl": "sham", "Dora": "lesion"},
    "cages": {f"{cage}{i}": ("sham", "lesion")[i % 2] for cage in "abcd" for i in range(2)},
    "a short group within a name": {"Anna": "a", "Bert": "b", "Carl": "a", "Dora": "b"},
}
TELLING = {
    "initials": {"C1": "control", "C2": "control", "L1": "lesion", "L2": "lesion"},
    "the group's name": {"m1": "WT", "m2": "WT", "m3": "APP", "APP_4": "APP"},
    "two of three": {"m1": "sham", "m2": "saline", "m3": "sham", "m4": "saline", "KO1": "drug", "KO2": "drug"},
    "a short group as a word": {"m1 a": "a", "m2 b": "b", "m3 a": "a", "m4 b": "b"},
}


@pytest.mark.parametrize("animals", KEPT.values(), ids=KEPT)
def test_animals_keep_names_that_tell_nothing(animals):
    key = draw_key(sheet(animals, film="{1}.mp4"))
    assert (key.animals, key.trials, key.films) == ({}, {}, {})
    assert {key.coded(trial).animal for trial in sheet(animals)} == set(animals)


@pytest.mark.parametrize("animals", TELLING.values(), ids=TELLING)
def test_names_that_tell_the_group_have_codes_too(animals):
    trials = sheet(animals)
    key = draw_key(trials)
    coded = [key.coded(trial) for trial in trials]
    assert {trial.animal for trial in coded} == {f"animal {i + 1}" for i in range(len(animals))}
    assert {trial.trial for trial in coded} == {f"trial {i + 1}" for i in range(len(trials))}
    assert {trial.film for trial in coded} == {"film 1", "film 2"}


def test_films_alone_have_codes_where_they_alone_tell_the_group():
    trials = [replace(trial, film=f"{trial.group}/{trial.film}") for trial in sheet(MIXED)]
    key = draw_key(trials)
    assert not key.animals
    assert not key.trials
    assert {key.coded(trial).film for trial in trials} == {"film 1", "film 2", "film 3", "film 4"}


OTHER_WORDS = {"sham": "oil", "lesion": "treated"}


@pytest.mark.parametrize("film", ["{folder}/{animal}.mp4", "day1/{folder}\\{animal}.mp4"])
def test_folders_of_films_tell_the_group_by_another_word_too(film):
    names = ("Anna", "Bert", "Carl", "Dora", "Eva", "Fred")
    animals = {name: ("sham", "lesion")[i % 2] for i, name in enumerate(names)}
    named = [
        replace(trial, film=film.format(folder=OTHER_WORDS[trial.group], animal=trial.animal))
        for trial in sheet(animals)
    ]
    assert set(draw_key(named).films.values()) == {f"film {i + 1}" for i in range(6)}
    one_folder = [replace(trial, film=film.format(folder="films", animal=trial.animal)) for trial in sheet(animals)]
    assert draw_key(one_folder).films == {}
    folder_of_each = [replace(t, film=film.format(folder=t.animal, animal=t.animal)) for t in sheet(animals)]
    assert draw_key(folder_of_each).films == {}


def test_codes_of_paths_are_kept_and_count_for_nothing_in_the_digest():
    key = draw_key(sheet(MIXED), None, ["trials.csv"])
    more = draw_key(sheet(MIXED), key, ["trials.csv", "../tracks"])
    assert more.paths == {"trials.csv": "path 1", "../tracks": "path 2"}
    assert more.digest == key.digest
    assert replace(key, groups={"sham": key.groups["lesion"], "lesion": key.groups["sham"]}).digest != key.digest


def test_what_people_wrote_is_hidden():
    key = draw_key(sheet(MIXED))
    written = replace(sheet(MIXED)[0], exclude=True, exclude_reason="stroke too small", notes="x", platform="p Lesion")
    coded = key.coded(written)
    assert (coded.exclude_reason, coded.notes, coded.platform) == (HIDDEN, "", HIDDEN)
    assert key.text("arena_SHAM.json is gone") == HIDDEN
    assert key.text("its track has no samples") == "its track has no samples"


def test_the_order_of_the_sheet_does_not_show():
    lesion_first = sorted(sheet(MIXED), key=lambda t: t.group)
    sham_first = sorted(sheet(MIXED), key=lambda t: t.group, reverse=True)
    key = draw_key(lesion_first)
    one, other = (blinded_order(key.coded(t) for t in trials) for trials in (lesion_first, sham_first))
    assert one == other
    assert one[0].group == "group A"
