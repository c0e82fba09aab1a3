"""Forty simulated films, from pixels to measures, against what really happened in them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

N_FILMS = 40
SEED = 7


def truths(films: Path) -> dict[str, dict]:
    """What happened in each trial, by the film's stem."""
    return {path.name.removesuffix(".truth.json"): json.loads(path.read_text()) for path in films.glob("*.truth.json")}


def true_latency_s(truth: dict) -> float:
    """Release to escape or end; in a probe, which has no escape, to the first contact with the platform's place."""
    if truth["kind"] == "probe" and truth["visits"]:
        return truth["visits"][0]["enter_s"] - truth["release_s"]
    return truth["latency_s"]


def misses(films: Path, measures: Path) -> pd.DataFrame:
    """One row per trial: what was measured less what is true, and the limits."""
    table = pd.read_csv(measures)
    table = table[table.window == "whole"]
    table.index = table.film.map(lambda film: Path(film).stem)
    rows = []
    for stem, truth in truths(films).items():
        row = table.loc[stem]
        quadrants = [row[f"quadrant_{q}_time_s"] - truth["quadrant_time_s"][q - 1] for q in range(1, 5)]
        rows.append(
            {
                "trial": stem,
                "end_reason": row.end_reason,
                "true_end_reason": truth["end_reason"],
                "latency_s": row.latency_s - true_latency_s(truth),
                "frame_s": 1 / truth["fps"],
                "path_fraction": row.path_length_cm / truth["path_length_cm"] - 1,
                "quadrant_s": max(quadrants, key=abs),
            }
        )
    return pd.DataFrame(rows).set_index("trial")


def outside_the_limits(found: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of which a number is farther from the truth than it may be."""
    is_right = (
        (found.latency_s.abs() <= found.frame_s + 1e-6)
        & (found.path_fraction.abs() <= 0.03)
        & (found.quadrant_s.abs() <= 0.2)
    )
    return found[~is_right]


@pytest.fixture(scope="module")
def films(mazetrack, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "films"
    mazetrack("simulate", "--trials", N_FILMS, "--seed", SEED, "--out", folder, timeout_s=1800)
    assert len(truths(folder)) == N_FILMS
    return folder


@pytest.mark.proof
@pytest.mark.parametrize(("model", "outside"), [("accurate", []), ("fast", ["sim_030_visible"])])
def test_forty_films(mazetrack, films: Path, tmp_path: Path, model: str, outside: list[str]):
    """Every end reason is right, and all numbers but those that the model card names."""
    tracks = tmp_path / "tracks"
    for film in sorted(films.glob("*.mp4")):
        arena = ("--arena", film.with_suffix(".arena.json"))
        mazetrack("track", film, "--model", model, *arena, "--out", tracks, timeout_s=600)
    trials = ("--trials", films / "trials.csv")
    mazetrack("measure", *sorted(tracks.glob("*.tracks.nc")), *trials, "--out", tmp_path / "measures.csv")
    found = misses(films, tmp_path / "measures.csv")
    print(found.round(4).to_string())
    assert list(found.end_reason) == list(found.true_end_reason)
    assert list(outside_the_limits(found).index) == outside
