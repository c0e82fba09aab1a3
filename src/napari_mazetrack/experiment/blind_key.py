"""Neutral names for groups, so that nobody who looks at results can tell which group is which.

Codes are drawn at random once and kept: neither the order of the groups' names nor that of the sheet leads back.
Animals, trials, films and arenas keep their names, which are needed to check tracks, unless the names themselves tell
the group; then they get codes too.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PureWindowsPath

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.natural_order import counted
from napari_mazetrack.maze.trials import Trial

#: So that there are letters enough also where the groups are called group A, group B, … themselves.
MAX_GROUPS = len(string.ascii_uppercase) // 2
HIDDEN = "hidden while blinded"
#: A group's name that is shorter is looked for as a word only: "a" stands in nearly every text.
_LEAST_LETTERS = 3


@dataclass(frozen=True)
class BlindKey:
    """Which code stands for which name.

    Attributes
    ----------
    groups : mapping
        Code of each group, such as ``group A``.
    animals, trials, films, arenas : mapping
        Codes such as ``animal 7``; empty where these names are shown as they are.
    paths : mapping
        Codes such as ``path 1`` of the sheet, of the tracks' folder and of a table of measures, as they are seen from
        the sheet's folder.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    animals: Mapping[str, str] = field(default_factory=dict)
    trials: Mapping[str, str] = field(default_factory=dict)
    films: Mapping[str, str] = field(default_factory=dict)
    arenas: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """BLAKE2 sum of the codes of names, in hexadecimal digits: results depend on these, not on those of paths."""
        text = json.dumps(asdict(replace(self, paths={})), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def group(self, name: str) -> str:
        """Return the code of a group; empty for no group."""
        return self.groups[name] if name else ""

    def animal(self, name: str) -> str:
        """Return what an animal is called; empty for one that the key does not know."""
        return self.animals.get(name, "") if self.animals else self.text(name)

    def trial(self, name: str) -> str:
        """Return what a trial is called."""
        return self.trials[name] if self.trials else name

    def film(self, name: str) -> str:
        """Return what a film is called; empty for one that the key does not know."""
        return self.films.get(name, "") if self.films else self.text(name)

    def arena(self, name: str) -> str:
        """Return what an arena is called; empty for one that the key does not know."""
        return self.arenas.get(name, "") if self.arenas else self.text(name)

    def coded(self, trial: Trial) -> Trial:
        """Return a trial with codes, and without what people wrote into it: words may tell the group."""
        return replace(
            trial,
            trial=self.trial(trial.trial),
            film=self.film(trial.film),
            arena=self.arena(trial.arena),
            animal=self.animal(trial.animal),
            group=self.group(trial.group),
            platform=self.text(trial.platform),
            exclude_reason=HIDDEN if trial.exclude_reason else "",
            notes="",
        )

    def text(self, text: str) -> str:
        """Return a text, or `HIDDEN` where it holds a group's name or any other that has a code."""
        names = [*self.animals, *self.trials, *(Path(file).stem for file in (*self.films, *self.arenas))]
        lowered = text.casefold()
        tells = any(name.casefold() in lowered for name in names) or _names_a_group(text, self.groups)
        return HIDDEN if tells else text


def draw_key(trials: Iterable[Trial], known: BlindKey | None = None, paths: Iterable[str] = ()) -> BlindKey:
    """Return a key for the trials of a sheet, and for paths: what `known` holds stays, the rest is drawn at random.

    Raises
    ------
    MazetrackError
        There are fewer than two groups, so that there is nothing to hide, or more than `MAX_GROUPS`.
    """
    known, trials = known or BlindKey(), tuple(trials)
    groups = {trial.group for trial in trials if trial.group}
    if len(groups) < 2:
        raise MazetrackError(
            "The sheet names fewer than two groups, so there is nothing to hide. Fill in the column group, or leave "
            "--blind out."
        )
    if len(groups | set(known.groups)) > MAX_GROUPS:
        raise MazetrackError(f"There are more than {MAX_GROUPS} groups. Check the column group.")
    animals, names, films, arenas = (
        {(getattr(t, what), t.group) for t in trials} for what in ("animal", "trial", "film", "arena")
    )
    hides_animals = bool(known.animals) or _tell_groups(animals)
    hides_trials = hides_animals or bool(known.trials) or _tell_groups(names)
    hides_films = hides_animals or bool(known.films) or _files_tell_groups(films)
    hides_arenas = bool(known.arenas) or _files_tell_groups(arenas)
    return BlindKey(
        _with_codes(known.groups, groups, [f"group {letter}" for letter in string.ascii_uppercase]),
        _numbered("animal", known.animals, animals, is_hidden=hides_animals),
        _numbered("trial", known.trials, names, is_hidden=hides_trials),
        _numbered("film", known.films, films, is_hidden=hides_films),
        _numbered("arena", known.arenas, arenas, is_hidden=hides_arenas),
        _numbered("path", known.paths, {(path, "") for path in paths}, is_hidden=True),
    )


def blinded_order(trials: Iterable[Trial]) -> list[Trial]:
    """Return coded trials by group, then animal: the order of the sheet often tells which group is the control."""
    return sorted(trials, key=lambda trial: (trial.group, counted(trial.animal)))


def _numbered(
    what: str, known: Mapping[str, str], pairs: Iterable[tuple[str, str]], *, is_hidden: bool
) -> Mapping[str, str]:
    if not is_hidden:
        return {}
    names = {name for name, _ in pairs if name}
    return _with_codes(known, names, [f"{what} {i + 1}" for i in range(2 * len(names | set(known)))])


def _with_codes(known: Mapping[str, str], names: set[str], codes: Sequence[str]) -> Mapping[str, str]:
    """Give each name that has no code one of the first that are free, at random; no code is a name of the sheet."""
    new = sorted(names - set(known))
    taken = {name.casefold() for name in (*known.values(), *known, *new)}
    free = [code for code in codes if code.casefold() not in taken][: len(new)]
    secrets.SystemRandom().shuffle(free)
    return {**known, **dict(zip(new, free, strict=True))}


def _tell_groups(pairs: set[tuple[str, str]]) -> bool:
    """Return whether names (with their groups) say which group they belong to.

    They do where one of them holds a group's name, or where more than half of a group's names, without their digits,
    are the same word that no other group has: C1, C2, … and L1, L2, ….
    """
    pairs = {(name, group) for name, group in pairs if name}
    groups = {group for _, group in pairs if group}
    if any(_names_a_group(name, groups) for name, _ in pairs):
        return True
    sizes = Counter(group for _, group in pairs)
    by_stem: dict[str, Counter[str]] = defaultdict(Counter)
    for name, group in pairs:
        by_stem[re.sub(r"[\W\d_]+", "", name.casefold())][group] += 1
    return any(
        len(counts) == 1 and n > sizes[group] / 2 for counts in by_stem.values() for group, n in counts.items() if group
    )


def _files_tell_groups(pairs: set[tuple[str, str]]) -> bool:
    """Return whether files (with their groups) do, or their folders on any level: ctrl/anna.mp4, ctrl/bert.mp4, …."""
    by_level: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for file, group in pairs:
        for level, folder in enumerate(PureWindowsPath(file).parts[:-1]):  # takes both kinds of slashes
            by_level[level].add((folder, group))
    return _tell_groups(pairs) or any(_tell_groups(folders) for folders in by_level.values())


def _names_a_group(text: str, groups: Iterable[str]) -> bool:
    lowered = text.casefold()
    words = set(re.findall(r"[^\W\d_]+|\d+", lowered))
    return any(
        name.casefold() in (lowered if len(name) >= _LEAST_LETTERS else words) for name in groups if not name.isdigit()
    )
