"""Shares of search strategies, and how far the ways of telling them agree."""

from __future__ import annotations

import pandas as pd
import pytest

from napari_mazetrack.experiment.measures_frame import measures_frame
from napari_mazetrack.experiment.strategy_shares import WAYS, agreement_rows, family_shares


def calls(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Hidden trials of day 1 of group g: animal, call by Pathfinder's rules, agreement of the three ways."""
    return measures_frame(
        {"trial": str(i), "animal": animal, "group": "g", "kind": "hidden", "day": 1, "window": "whole"}
        | {"strategy": call, "strategy_agreement": agreement, "strategy_confidence": 0.6}
        for i, (animal, call, agreement) in enumerate(rows)
    )


def test_classes_that_mean_much_the_same_are_one_share():
    frame = calls(("m1", "direct", 1), ("m1", "indirect", 1), ("m2", "random", 1), ("m2", "chaining", 1))
    (row,) = family_shares(frame, "strategy").to_dict("records")
    assert {name: row[name] for name in ("heads for the platform", "swims anywhere", "chaining")} == {
        "heads for the platform": 0.5, "swims anywhere": 0.25, "chaining": 0.25,
    }  # fmt: skip


def test_disagreement_and_confidence_are_told_for_each_group():
    (row,) = agreement_rows(calls(("m1", "direct", 1), ("m1", "random", 1 / 3), ("m2", "random", 2 / 3), ("m2", "", 1)))
    assert (row["group"], row["kind"], row["n_trials"]) == ("g", "hidden", 4)
    assert (row["all_agree"], row["two_agree"], row["none_agree"]) == (0.5, 0.25, 0.25)
    assert row["confidence"][list(WAYS).index("strategy")] == pytest.approx(0.6)
