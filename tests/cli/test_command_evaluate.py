"""The table that `mazetrack evaluate` prints."""

from __future__ import annotations

from types import SimpleNamespace

from napari_mazetrack.cli.command_evaluate import _table


def test_columns_stay_apart_where_errors_are_large() -> None:
    error = dict.fromkeys(("mean_px", "median_px", "p95_px", "median_percent", "p95_percent"), 119.8) | {"n": 1}
    scores = SimpleNamespace(
        n_frames=1, n_animals=1, score_threshold=0.3, ap50=0.0, ap50_95=0.0, oks_ap=0.0, oks_ap_strict=0.0,
        found_fraction=1.0, n_false=0, n_flipped=0, n_compared=1, sigma={},
        keypoints={"head": {**error, "pck": {0.05: 0.0}}},
    )  # fmt: skip
    names = ("ap50", "ap50_95", "oks_ap", "oks_ap_strict", "head_median_px")
    outcome = SimpleNamespace(
        scores=scores,
        intervals=dict.fromkeys(names, (119.8, 119.8)),
        human=None,
        n_trained_on=0,
        n_units=1,
        unit="frame",
        films={},
    )
    assert "(119.80 to 119.80)  @0.05" in _table(outcome)
