"""How well a model does in pools of kinds that no training picture shows.

    python benchmarks/unseen_pools.py [--model MODEL] [--trials 18] [--frames 8] [--seed 7] [--picture FILE.png]
                                      [--floor auto] [--json FILE]

Training pictures know water of any tone, with clouds, grain, dirt and round lamps. The five kinds here are painted for
this test alone: a tiled floor, gravel under clear water, tubes of light on the water, lines painted on the floor, and
rings of light. The trials are those of `mazetrack simulate`, one after the other; each kind shows the same trials.
Pictures are seen as in a tracking with the trial's arena: the part round the pool, and without the pattern of the floor
where it has one, unless `--floor plain` leaves it. Scores as `mazetrack evaluate` gives them, by kind, by the animal's
length in pixels, and by how much of it is to be seen; 95 % intervals of all, trials drawn again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image
from simulated_films import LENGTHS_PX, numbers

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.labels.boxes import body_length
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import Runner, RunnerOptions, open_runner
from napari_mazetrack.simulator.canvas import Luma, soft_noise
from napari_mazetrack.simulator.film import FilmPainter, Repaint
from napari_mazetrack.simulator.scenario import SCENARIOS
from napari_mazetrack.simulator.swim import Mode
from napari_mazetrack.simulator.trial import SimulatedTrial, simulate_trial
from napari_mazetrack.simulator.trial_files import true_arena, true_track
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.region import region_of_pool
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.training.intervals import bootstrap
from napari_mazetrack.training.scoring import LOWEST_SCORE, ScoredFrame
from napari_mazetrack.video import Film
from napari_mazetrack.workflows.find_floor import find_floor
from napari_mazetrack.workflows.propose import find_in_picture

ALL = "all five unseen kinds"
#: An animal is partly hidden where this share of its back is under the rim, a cue or something that hangs in.
HIDDEN_SHARE = 0.1
#: … and its rump or flanks are under water where they fade by this much.
UNDER_WATER = 0.3


def lay_tiles(trial: SimulatedTrial, rng: np.random.Generator, luma: Luma) -> None:
    """Pave the whole floor: joints lighter or darker than the tiles."""
    x, y = trial.look.camera.plane_coordinates(0.0)
    side, joint = rng.uniform(6, 14), rng.uniform(0.4, 1.0)
    in_joint = (np.mod(x, side) < joint) | (np.mod(y, side) < joint)
    luma[in_joint & _is_water(trial)] += np.float32(rng.choice([-1, 1]) * rng.uniform(20, 50))


def lay_gravel(trial: SimulatedTrial, rng: np.random.Generator, luma: Luma) -> None:
    """Show pebbles of one to three centimetres through clear water."""
    scale = float(trial.look.camera.px_per_cm(np.zeros(2)))
    pebbles = soft_noise(rng, luma.shape, max(2.0, rng.uniform(1, 3) * scale))
    luma += np.where(_is_water(trial), np.float32(rng.uniform(12, 25)) * pebbles, np.float32(0))


def light_tubes(trial: SimulatedTrial, rng: np.random.Generator, luma: Luma) -> None:
    """Mirror rows of tubes on the water, white all through."""
    x, y = trial.look.camera.plane_coordinates(0.0)
    radius, turn = trial.scenario.radius_cm, rng.uniform(0, np.pi)
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    for at in rng.uniform(-0.7, 0.7, 3) * radius:
        middle, half = rng.uniform(-0.4, 0.4) * radius, rng.uniform(0.15, 0.4) * radius
        tube = (np.abs(across - at) < rng.uniform(0.8, 2.0)) & (np.abs(along - middle) < half)
        luma[tube & _is_water(trial)] = 250.0


def paint_lines(trial: SimulatedTrial, rng: np.random.Generator, luma: Luma) -> None:
    """Paint a cross, a circle half as wide as the pool, and one along its wall on the floor."""
    x, y = trial.look.camera.plane_coordinates(0.0)
    radius, width = trial.scenario.radius_cm, rng.uniform(0.3, 0.7)
    far = np.hypot(x, y)
    line = (np.minimum(np.abs(x), np.abs(y)) < width / 2) & (far < radius)
    for share in (0.5, 0.97):
        line |= np.abs(far - share * radius) < width / 2
    luma[line] = float(rng.choice([0.0, 255.0]))


def light_rings(trial: SimulatedTrial, rng: np.random.Generator, luma: Luma) -> None:
    """Mirror the rings of a round lamp and of a pleated curtain on the water."""
    x, y = trial.look.camera.plane_coordinates(0.0)
    at = rng.uniform(-0.2, 0.2, 2) * trial.scenario.radius_cm
    far, azimuth = np.hypot(x - at[0], y - at[1]), np.arctan2(y - at[1], x - at[0])
    rings = np.sin(2 * np.pi * far / rng.uniform(6, 15)) + np.sin(int(rng.integers(20, 50)) * azimuth)
    luma += np.where(_is_water(trial), np.float32(rng.uniform(8, 16)) * rings, 0).astype(np.float32)


#: The pool as it is, and the kinds that no training picture shows.
KINDS: dict[str, Callable[[SimulatedTrial, np.random.Generator, Luma], None] | None] = {
    "as trained on": None,
    "tiled floor": lay_tiles,
    "gravel": lay_gravel,
    "tubes of light": light_tubes,
    "painted lines": paint_lines,
    "rings of light": light_rings,
}


def _is_water(trial: SimulatedTrial) -> np.ndarray:
    return np.hypot(*trial.look.camera.plane_coordinates(0.0)) < trial.scenario.radius_cm


@dataclass(frozen=True)
class Shown:
    """A frame of a trial as a model sees it, with what it found and what of the animal is to be seen."""

    kind: str
    trial: int
    sight: str
    scored: ScoredFrame


def paint(trial: SimulatedTrial, kind: str) -> FilmPainter:
    """Return the painter of a trial in a kind of pool."""
    return FilmPainter(trial, repaint_as(kind, trial))


def repaint_as(kind: str, trial: SimulatedTrial) -> Repaint | None:
    """Return what makes a trial's pool one of a kind."""
    change = KINDS[kind]
    return None if change is None else partial(change, trial, np.random.default_rng([trial.seed, 0x6B696E64]))


def sight_of(trial: SimulatedTrial, painter: FilmPainter, index: int) -> str:
    """Say what of the animal is to be seen in a frame; empty where there is none."""
    pose, time_s = trial.pose(index), float(trial.frame_time_s[index])
    if pose is None:
        return ""
    if any(move.start_s <= time_s < move.stop_s for move in trial.happening.hand):
        return "hand in the picture"
    rows, columns = np.clip(np.round(pose.spine_xy[:, ::-1]).astype(int).T, 0, np.array([trial.scenario.shape]).T - 1)
    if np.mean(painter.background.cover[rows, columns] > 0.5) >= HIDDEN_SHARE:
        return "partly hidden"
    look = trial.look.swimmer
    if trial.moment(time_s)[0] == Mode.SWIMS and max(look.rump_depth, look.flank_depth) > UNDER_WATER:
        return "partly under water"
    return "in full view"


class PaintedFilm:
    """The frames of a trial, as `find_floor` reads those of a film."""

    entries = None

    def __init__(self, trial: SimulatedTrial, painter: FilmPainter) -> None:
        self.path = Path(f"trial {trial.seed}")
        self.n_frames, (self.height, self.width) = trial.n_frames, trial.scenario.shape
        self.luma = painter.frame


def find_in_kind(
    kind: str, trials: Sequence[SimulatedTrial], runner: Runner, n_frames: int, floor: Floor
) -> Iterator[Shown]:
    """Find the animals in some frames of each trial, painted in a kind of pool."""
    for number, trial in enumerate(trials):
        painter, truth = paint(trial, kind), true_track(trial).keypoints_xy[:, 0]
        settings = TrackSettings(pool=true_arena(trial).pool)
        region = region_of_pool(settings, trial.scenario.shape, runner.model_file.spec.input_hw)
        film = cast(Film, PaintedFilm(trial, painter))
        pattern = run_to_end(find_floor(film, runner, settings, floor, range(film.n_frames))).pattern
        for i in np.linspace(0, trial.n_frames - 1, n_frames).astype(int).tolist():
            there = truth[i][None][: int(np.isfinite(truth[i]).any())]
            picture = region.cut(painter.frame(i))
            seen = picture if pattern is None else pattern.take_out(picture)
            found = region.in_picture(find_in_picture(runner, seen, LOWEST_SCORE))
            yield Shown(kind, number, sight_of(trial, painter, i), ScoredFrame(found, there))


def save_picture(trials: Sequence[SimulatedTrial], path: Path) -> None:
    """Write a row of pictures for each kind, to be looked at."""
    rows = []
    for kind in KINDS:
        pictures = [Image.fromarray(paint(t, kind).frame(t.n_frames // 2)).resize((320, 320)) for t in trials[:5]]
        rows.append(np.hstack([np.asarray(picture) for picture in pictures]))
    Image.fromarray(np.vstack(rows)).save(path)


def groups_of(shown: Sequence[Shown]) -> Iterator[tuple[str, list[Shown]]]:
    """Yield the groups that are scored apart."""
    for kind in KINDS:
        yield kind, [s for s in shown if s.kind == kind]
    unseen = [s for s in shown if KINDS[s.kind] is not None]
    yield ALL, unseen
    for low, high in LENGTHS_PX:
        yield (
            f"unseen, {low} to {high} px",
            [s for s in unseen if s.sight and low <= body_length(s.scored.keypoints_xy[0]) < high],
        )
    for sight in ("in full view", "partly under water", "partly hidden", "hand in the picture"):
        yield f"unseen, {sight}", [s for s in unseen if s.sight == sight]


def score(shown: Sequence[Shown], threshold: float) -> dict[str, float]:
    return numbers([s.scored for s in shown], threshold)


def intervals_of(shown: Sequence[Shown], threshold: float) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of the scores: trials drawn again, each with all that was painted of it."""
    units = [[i for i, s in enumerate(shown) if s.trial == trial] for trial in sorted({s.trial for s in shown})]
    return run_to_end(bootstrap(units, lambda chosen: score([shown[i] for i in chosen], threshold)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--trials", type=int, default=len(SCENARIOS))
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--floor", type=Floor, default=Floor.AUTO)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    trials = [simulate_trial(SCENARIOS[i % len(SCENARIOS)], 1000 * options.seed + i) for i in range(options.trials)]
    if options.picture:
        save_picture(trials, options.picture)
    model = read_model_file(options.model or shipped_model_path(in_int8=True))
    with open_runner(model, RunnerOptions()) as runner:
        shown = [s for kind in KINDS for s in find_in_kind(kind, trials, runner, options.frames, options.floor)]
    results = {}
    for name, group in groups_of(shown):
        if not group:
            continue
        results[name] = {"frames": len(group), **score(group, model.spec.score_threshold)}
        told = ", ".join(f"{what} {value:.3f}" for what, value in results[name].items() if what != "frames")
        print(f"{name}, {len(group)} frames: {told}", flush=True)
    intervals = intervals_of([s for s in shown if KINDS[s.kind] is not None], model.spec.score_threshold)
    print(f"{ALL}, 95 %: " + ", ".join(f"{what} {low:.3f}–{high:.3f}" for what, (low, high) in intervals.items()))
    if options.json:
        options.json.write_text(
            json.dumps({"model": model.sha256, "results": results, "intervals": intervals}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
