"""What a film's frame rate does to the measures; writes docs/reference/frame_rates.md.

    python benchmarks/frame_rates.py [--trials 24]

Simulated swims whose true path is known at 60 frames a second are measured again from every second, fourth, sixth and
twelfth frame. No detector is involved: this is what the frames between would have told.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_mazetrack.maze.measures.settings import WHOLE
from napari_mazetrack.simulator.scenario import scenario_named
from napari_mazetrack.simulator.trial import simulate_trial
from napari_mazetrack.simulator.trial_files import trial_row, true_arena, true_track
from napari_mazetrack.workflows.measure import measure_recording
from napari_mazetrack.workflows.recordings import recordings_of_track

FULL_FPS = 60
EVERY = (1, 2, 4, 6, 12)
NAMES = ("escape", "limit", "probe", "reversal", "floating", "circling")
MEASURES = (
    "latency_s", "path_length_cm", "mean_speed_cm_s", "max_speed_cm_s", "swim_speed_cm_s", "floating_time_s",
    "quadrant_target_time_fraction", "quadrant_target_path_cm", "zone_time_s", "platform_crossings",
    "mean_proximity_cm",
    "path_efficiency", "initial_heading_error_deg", "corridor_path_fraction", "thigmotaxis_fraction", "total_turn_deg",
    "mean_angular_speed_deg_s", "spatial_entropy", "coverage_fraction",
)  # fmt: skip
OUT = Path(__file__).resolve().parents[1] / "docs" / "reference" / "frame_rates.md"
INTRODUCTION = """# What the frame rate does to the measures

{n} simulated swims with a true path at 60 frames a second, measured again from fewer frames: the median of the
absolute change against 60 frames a second, and in brackets the largest change.
Made by `python benchmarks/frame_rates.py`; do not edit it.

Path, speed and turning are read at a fixed 10 Hz after local smoothing, so that 15 frames a second and more tell nearly
the same. With 5 frames a second corners are cut off.
"""


def measure_at_rates(name: str, seed: int) -> dict[int, dict[str, float]]:
    """Return the measures of a simulated swim by how many frames are taken as one."""
    simulated = simulate_trial(replace(scenario_named(name), fps=FULL_FPS), seed)
    arena = true_arena(simulated)
    trial = replace(trial_row(simulated, name), release_s=simulated.truth.release_s)
    (recording,) = recordings_of_track(true_track(simulated), name)
    found = {}
    for every in EVERY:
        head = recording.head_xy
        thinned = replace(
            recording,
            time_s=recording.time_s[::every],
            xy=recording.xy[::every],
            head_xy=None if head is None else head[::every],
            is_corrected=recording.is_corrected[::every],
        )
        found[every] = dict(measure_recording(thinned, arena, trial, (WHOLE,))[0].values)
    return found


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=24)
    options = parser.parse_args()
    changes: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    at_full: dict[str, list[float]] = defaultdict(list)
    for seed in range(options.trials):
        found = measure_at_rates(NAMES[seed % len(NAMES)], seed)
        for name in MEASURES:
            at_full[name].append(float(found[1].get(name, np.nan)))
            for every in EVERY[1:]:
                changes[name][every].append(float(found[every].get(name, np.nan)) - at_full[name][-1])
    rates = [FULL_FPS // every for every in EVERY[1:]]
    lines = [
        f"| measure | {FULL_FPS} frames a second, median | "
        + " | ".join(f"{rate} frames a second" for rate in rates)
        + " |",
        "|---|---|" + "---|" * len(rates),
    ]
    for name in MEASURES:
        cells = []
        for every in EVERY[1:]:
            values = np.array(changes[name][every])
            values = values[np.isfinite(values)]
            largest = values[np.abs(values).argmax()]
            cells.append(f"{np.median(np.abs(values)):.3g} ({largest:+.3g})")
        lines.append(f"| `{name}` | {np.nanmedian(at_full[name]):.4g} | " + " | ".join(cells) + " |")
    text = INTRODUCTION.format(n=options.trials) + "\n" + "\n".join(lines) + "\n"
    OUT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
