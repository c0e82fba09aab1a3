"""Search strategies over an experiment: the share of trials that each is called in, and how far the calls agree.

A share is taken like any measure: over an animal's trials of a day first, then over animals. A trial without a call
(no platform, too short) counts for no strategy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from napari_mazetrack.maze.strategies.call import FAMILIES, RULE_SETS, SEGMENTS, family_of

#: Each way of telling a strategy, by its column, as reports call it.
WAYS = {**dict(zip(RULE_SETS, ("Pathfinder's rules", "Garthe's rules"), strict=True)), SEGMENTS: "learnt from segments"}
#: What the three ways have in common, in the order in which it is drawn; classes of their own come last.
FAMILY_ORDER = (*FAMILIES, "chaining", "perseverance", "unknown")
UNIT = "share of trials"
_MARK = ":"


def with_shares(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame of measures with a column for each strategy that is called in it, and the names of these columns.

    A column such as ``strategy:direct`` is 1 where that strategy is called, 0 where another one is, NaN without a call.
    """
    columns: dict[str, pd.Series] = {}
    for way in WAYS:
        called = frame[way] if way in frame else pd.Series("", index=frame.index)
        for strategy in sorted(set(called) - {""}):
            is_it = (called == strategy).astype(float)
            columns[f"{way}{_MARK}{strategy}"] = is_it.where(called != "", np.nan)
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1), list(columns)


def is_share(measure: str) -> bool:
    """Return whether a measure's name is that of a strategy's share."""
    return measure.partition(_MARK)[0] in WAYS and _MARK in measure


def family_shares(frame: pd.DataFrame, way: str) -> pd.DataFrame:
    """Return ``group, kind, day`` and a column for each family: its share of trials, mean over animals.

    Parameters
    ----------
    frame : DataFrame
        Measures (`measures_frame`); only the window ``whole`` is looked at.
    way : str
        A key of `WAYS`.
    """
    whole = frame[(frame["window"] == "whole") & (frame[way] != "")]
    families = whole[way].map(family_of)
    shares = pd.get_dummies(families, dtype=float).reindex(columns=sorted(set(families), key=_place))
    keys = ["group", "kind", "day"]
    by_animal = pd.concat([whole[[*keys, "animal"]], shares], axis=1).groupby([*keys, "animal"], dropna=False).mean()
    return by_animal.groupby(keys, dropna=False).mean().reset_index()


def _place(family: str) -> int:
    return FAMILY_ORDER.index(family) if family in FAMILY_ORDER else len(FAMILY_ORDER)


def agreement_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each group and kind how far the three ways agree and how firmly each stands, over its trials.

    Keys: ``group, kind, n_trials, all_agree, two_agree, none_agree`` (shares of the trials), and ``confidence``, the
    means of the ways in the order of `WAYS`.
    """
    called = frame[frame["window"] == "whole"].dropna(subset=["strategy_agreement"])
    rows = []
    for (group, kind), own in called.groupby(["group", "kind"]):
        n_agree = (own["strategy_agreement"] * len(WAYS)).round()
        agree = {name: float((n_agree == n).mean()) for name, n in (("all", 3), ("two", 2), ("none", 1))}
        confidence = [float(own[f"{way}_confidence"].mean()) for way in WAYS]
        rows.append(
            {"group": str(group), "kind": str(kind), "n_trials": len(own), "confidence": confidence}
            | {f"{name}_agree": share for name, share in agree.items()}
        )
    return rows
