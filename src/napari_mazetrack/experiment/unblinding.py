"""What was fixed before unblinding, and how a report tells whether it still is so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from napari_mazetrack.experiment.exclusions import Flag
from napari_mazetrack.experiment.settings import AnalysisSettings, ExclusionLimits
from napari_mazetrack.maze.trials import Trial

#: No more trials than this are named in a sentence.
_MOST_NAMED = 10


@dataclass(frozen=True)
class FixedChoices:
    """The choices that may not depend on which group is which.

    Attributes
    ----------
    primary : str
        Name of the primary outcome; empty where none was named.
    limits : ExclusionLimits
        When a trial or an animal is flagged.
    left_out : mapping
        The rules that flag a trial, by trial; trials that none flags are not in it.
    groups : mapping
        The group of each trial of the sheet.
    animals : mapping
        The animal of each trial; empty in logs of older versions, which did not note it.
    """

    primary: str
    limits: ExclusionLimits
    left_out: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, str]
    animals: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: AnalysisSettings, flags: Sequence[Flag], trials: Sequence[Trial]) -> FixedChoices:
        """Return the choices that an analysis of a sheet's trials makes."""
        rules: dict[str, set[str]] = {}
        for flag in flags:
            rules.setdefault(flag.trial, set()).add(flag.rule)
        left_out = {trial: tuple(sorted(rules[trial])) for trial in sorted(rules)}
        groups = {trial.trial: trial.group for trial in trials}
        animals = {trial.trial: trial.animal for trial in trials}
        return cls(settings.primary, settings.limits, left_out, groups, animals)

    @property
    def digest(self) -> str:
        """BLAKE2 sum of all of it, in hexadecimal digits."""
        noted = {name: value for name, value in asdict(self).items() if name != "animals" or value}
        text = json.dumps(noted, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Unblinding:
    """One unblinding as it stands in the log: when (ISO 8601), by whom, with which version, and what was fixed."""

    date: str
    by: str
    version: str
    fixed: FixedChoices

    @property
    def day(self) -> str:
        """The date without the time."""
        return self.date[:10]


@dataclass(frozen=True)
class BlindingTold:
    """What a report says of blinding: a note at its top with its heading, and a paragraph of the methods.

    All are empty where nothing was ever blinded.
    """

    heading: str = ""
    note: str = ""
    methods: str = ""


def tell_blinded() -> BlindingTold:
    """Return what the report of a blinded analysis says."""
    return BlindingTold(
        "Blinded:",
        "groups go by codes, which were drawn at random. Change exclusions and primary outcome now, if at all; they "
        "are fixed by unblinding (mazetrack analyse with --unblind).",
        "This analysis was blinded: groups went by neutral codes, and exclusions and primary outcome were not yet "
        "fixed.",
    )


def tell_unblinding(unblinding: Unblinding, now: FixedChoices) -> BlindingTold:
    """Return what the report of an analysis says that makes the choices `now`, after an unblinding."""
    fixed = unblinding.fixed
    primary = f"the primary outcome ({fixed.primary})" if fixed.primary else "the lack of a primary outcome"
    methods = (
        "The experiment was analysed blinded, with neutral codes for the groups, until "
        f"{unblinding.day}. Groups, exclusions and {primary} were fixed before unblinding on {unblinding.day} "
        f"(recorded with digest {fixed.digest})."
    )
    changed = "; ".join(changes(fixed, now))
    if not changed:
        return BlindingTold(methods=methods)
    return BlindingTold(
        f"Changed after unblinding on {unblinding.day}:",
        f"{changed}.",
        f"{methods} They were CHANGED after unblinding: {changed}.",
    )


def changes(before: FixedChoices, now: FixedChoices) -> list[str]:
    """Return what differs between two sets of choices, in words; empty where nothing does."""
    told = []
    if before.primary != now.primary:
        told.append(f"primary outcome from {before.primary or 'none'} to {now.primary or 'none'}")
    for name in (limit.name for limit in fields(ExclusionLimits)):
        old, new = getattr(before.limits, name), getattr(now.limits, name)
        if old != new:
            told.append(f"{name} from {old} to {new}")
    by_what = {
        "now left out": [trial for trial in now.left_out if trial not in before.left_out],
        "no longer left out": [trial for trial in before.left_out if trial in now.groups and trial not in now.left_out],
        "left out by other rules": _others(before.left_out, now.left_out),
        "in another group": _others(before.groups, now.groups),
        "of another animal": _others(before.animals, now.animals),
        "new in the sheet": [trial for trial in now.groups if trial not in before.groups],
        "gone from the sheet": [trial for trial in before.groups if trial not in now.groups],
    }
    return told + [f"{what}: {_listed(trials)}" for what, trials in by_what.items() if trials]


def _others(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return the trials that had another value before."""
    return [trial for trial, value in now.items() if trial in before and before[trial] != value]


def _listed(trials: Sequence[str]) -> str:
    n = len(trials)
    more = f" and {n - _MOST_NAMED} more" if n > _MOST_NAMED else ""
    return f"{'trial' if n == 1 else 'trials'} {', '.join(trials[:_MOST_NAMED])}{more}"
