"""How well the strategies by segments agree with people, and the numbers that the package ships for them.

    python benchmarks/segment_strategies.py [--data ../shared/data] [--write]

`water_maze_rats`: 444 trials in two sets, with people's labels; only trials with a single label count. The regression's
penalty is chosen by cross-validation within set 1 (folds of whole trials), the regression learnt on set 1, and set 2
asked once. Beside it Rtrack 1.0.7's calls of the same trials, each of its classes renamed to the label for which its
κ on set 1 is best. κ is Cohen's; intervals are 95 %, trials drawn again. Labels that set 1 has not as a single label
(S1) count as wrong in the second line. `--write` replaces the numbers in the package.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.events import find_events
from napari_mazetrack.maze.measures.samples import samples_of_trial
from napari_mazetrack.maze.measures.settings import WHOLE, MeasureSettings
from napari_mazetrack.maze.measures.view import TrialView, maze_of_trial
from napari_mazetrack.maze.strategies import segment_rules
from napari_mazetrack.maze.strategies.segment_rules import MODEL_NAME, SegmentModel
from napari_mazetrack.maze.strategies.segments import FEATURES, segment_features
from napari_mazetrack.maze.swim import make_swim, recorded_path
from napari_mazetrack.maze.trials import Trial, TrialKind

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
ARENA = Arena(Ellipse(100, 100, 100, 100), units="cm", platforms={"p": Platform("circle", 46.1, 110.5, 6.9)})
NAMES = {
    "TT": "thigmotaxis", "IC": "incursion", "SC": "scanning", "SO": "self-orienting", "ST": "target scanning",
    "DF": "direct finding", "AT": "approaching target",
}  # fmt: skip
#: Inverse penalties, the most cautious first.
STRENGTHS = (1.0, 3.0, 10.0, 30.0)
N_DIGITS = 3
N_FOLDS, N_SHUFFLES, N_DRAWS = 5, 4, 2_000


@dataclass(frozen=True)
class LabelledTrials:
    """Trials with one label each: the label, Rtrack's call, features [segments, F]."""

    label: np.ndarray
    rtrack: np.ndarray
    features: list[np.ndarray]


def load_trials(folder: Path, number: int) -> LabelledTrials:
    """Return the trials of a set that people gave one label."""
    table = pd.read_csv(folder / "trials.csv").merge(pd.read_csv(folder / "rtrack_1_0_7_metrics.csv"), on="trial_key")
    table = table[(table["set"] == number) & ~table["strategy_labels"].str.contains(" ")]
    samples = pd.read_csv(folder / "samples.csv.gz", usecols=["trial_key", "time_s", "x_cm", "y_cm"])
    swims = dict(list(samples[samples["trial_key"].isin(table["trial_key"])].groupby("trial_key")))
    features = [features_of(swims[key]) for key in table["trial_key"]]
    label = np.array([NAMES.get(code, code) for code in table["strategy_labels"]])
    return LabelledTrials(label, table["name"].to_numpy(str), features)


def features_of(rows: pd.DataFrame) -> np.ndarray:
    """Return the features of a trial's segments, of the samples that the measures take too."""
    swim = make_swim(rows["time_s"].to_numpy(), rows[["x_cm", "y_cm"]].to_numpy())
    trial = Trial("t", TrialKind.HIDDEN, release_s=float(swim.time_s[0]), limit_s=90.0)
    settings, maze = MeasureSettings(), maze_of_trial(ARENA, trial)
    assert maze.goal is not None
    path = recorded_path(swim, settings.max_gap_s)
    events = find_events(swim, path, trial, maze.goal.area, settings.events)
    samples = samples_of_trial(TrialView(swim, path, events, maze, trial, WHOLE, settings))
    return segment_features(samples.xy_cm, maze, maze.goal)


def learn(trials: LabelledTrials, chosen: np.ndarray, strength: float) -> SegmentModel:
    """Learn from the chosen trials; every trial counts the same, however many segments it has."""
    features = np.vstack([trials.features[i] for i in chosen])
    n_segments = np.array([len(trials.features[i]) for i in chosen])
    weight = np.repeat(1 / n_segments, n_segments)
    mean, spread = (np.round(values, N_DIGITS) for values in (features.mean(axis=0), features.std(axis=0)))
    regression = LogisticRegression(C=strength, max_iter=10_000)
    regression.fit((features - mean) / spread, np.repeat(trials.label[chosen], n_segments), sample_weight=weight)
    numbers = (np.round(values, N_DIGITS) for values in (regression.coef_, regression.intercept_))
    return SegmentModel(tuple(map(str, regression.classes_)), mean, spread, *numbers)


def calls(model: SegmentModel, trials: LabelledTrials) -> np.ndarray:
    return np.array([model.call(features)[0] for features in trials.features])


def choose_strength(trials: LabelledTrials) -> float:
    """Return the most cautious strength whose κ in folds of whole trials is within one SD of the best one's."""
    found = []
    for strength in STRENGTHS:
        kappas = []
        for shuffle in range(N_SHUFFLES):
            called = np.empty(len(trials.label), object)
            folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=shuffle)
            for known, asked in folds.split(trials.label, trials.label):
                model = learn(trials, known, strength)
                called[asked] = [model.call(trials.features[i])[0] for i in asked]
            kappas.append(cohen_kappa_score(trials.label, called))
        found.append((float(np.mean(kappas)), float(np.std(kappas))))
        print(f"  C = {strength:g}: κ {found[-1][0]:.3f} ± {found[-1][1]:.3f} in folds of set 1")
    best, spread = max(found)
    return next(strength for strength, (kappa, _) in zip(STRENGTHS, found, strict=True) if kappa >= best - spread)


def rename_rtrack(trials: LabelledTrials) -> dict[str, str]:
    """Return the label for each of Rtrack's classes for which its κ is best, one class after the other."""
    labels = sorted(set(trials.label))
    names = {name: max(labels, key=list(trials.label[trials.rtrack == name]).count) for name in set(trials.rtrack)}

    def kappa(name: str, label: str) -> float:
        renamed = names | {name: label}
        return float(cohen_kappa_score(trials.label, [renamed[called] for called in trials.rtrack]))

    changed = True
    while changed:
        changed = False
        for name in sorted(names):
            label = max(labels, key=lambda label, name=name: kappa(name, label))
            if kappa(name, label) > kappa(name, names[name]) + 1e-12:
                names[name], changed = label, True
    return names


def compare(label: np.ndarray, ours: np.ndarray, rtrack: np.ndarray) -> dict[str, list[float]]:
    """Return κ of ours, of Rtrack, and their difference: value, low, high."""
    rng = np.random.default_rng(0)

    def kappas(chosen: np.ndarray) -> tuple[float, float, float]:
        a, b = (float(cohen_kappa_score(label[chosen], called[chosen])) for called in (ours, rtrack))
        return a, b, a - b

    value = kappas(np.arange(len(label)))
    drawn = np.array([kappas(rng.integers(0, len(label), len(label))) for _ in range(N_DRAWS)])
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    return {name: [value[i], low[i], high[i]] for i, name in enumerate(("ours", "rtrack", "difference"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help="replace the numbers in the package")
    options = parser.parse_args()
    folder = options.data / "water_maze_rats"
    if not folder.is_dir():
        parser.error(f"the trials are not in {folder}; name the folder of the data with --data")
    known = load_trials(folder, 1)
    print(f"set 1: {len(known.label)} trials with one label, {sum(map(len, known.features))} segments")
    strength = choose_strength(known)
    model = learn(known, np.arange(len(known.label)), strength)
    asked = load_trials(folder, 2)
    ours, names = calls(model, asked), rename_rtrack(known)
    rtrack = np.array([names.get(name, "") for name in asked.rtrack])
    is_known = np.isin(asked.label, model.classes)
    results = {}
    for what, chosen in (("labels of set 1", is_known), ("all labels", np.ones(len(is_known), bool))):
        results[what] = compare(asked.label[chosen], ours[chosen], rtrack[chosen])
        print(f"set 2, {what}: {chosen.sum()} trials")
        for name, (value, low, high) in results[what].items():
            print(f"  {name:<10} κ {value:.3f} ({low:.3f} to {high:.3f})")
    print(pd.crosstab(pd.Series(asked.label, name="people"), pd.Series(ours, name="ours")).to_string())
    if options.write:
        write(model, strength, len(known.label), int(is_known.sum()), results["labels of set 1"])


def write(model: SegmentModel, strength: float, n_learnt: int, n_asked: int, result: dict[str, list[float]]) -> None:
    """Write the numbers into the package."""
    content = {
        "about": "multinomial logistic regression over segments of swims, written by benchmarks/segment_strategies.py",
        "learnt_from": f"{n_learnt} trials of rats (set 1, Gehring et al. 2015) with one label each; C = {strength:g}",
        "scored_on": f"{n_asked} trials of set 2 with one of these labels",
        "kappa": {name: [round(number, 3) for number in numbers] for name, numbers in result.items()},
        "classes": model.classes,
        "features": FEATURES,
        **{name: getattr(model, name).tolist() for name in ("mean", "spread", "weights", "bias")},
    }
    path = Path(segment_rules.__file__).with_name(MODEL_NAME)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
