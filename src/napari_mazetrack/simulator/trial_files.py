"""A simulated trial on disk: film, arena, true track, truth, labelled frames; and the tables of a whole set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.progress import Progress
from napari_mazetrack.simulator.course import FORMER, PLATFORM
from napari_mazetrack.simulator.film import FilmPainter, render_film
from napari_mazetrack.simulator.picture_files import LabelRow, write_labels
from napari_mazetrack.simulator.pool import PoolPlatform, pool_ellipse
from napari_mazetrack.simulator.scenario import Scenario
from napari_mazetrack.simulator.trial import SimulatedTrial, simulate_trial
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.tracking.track_files import save_track_csv

ANIMAL = "animal_1"
TRIALS_NAME = "trials.csv"
LABELS_NAME = "labels.csv"
FRAMES_FOLDER = "labeled-data"  # DeepLabCut's name for it


@dataclass(frozen=True)
class TrialFiles:
    """How the files of a trial are named and made.

    Attributes
    ----------
    folder : Path
        Where they go.
    stem : str
        What they are called: ``<stem>.mp4``, ``<stem>.arena.json``, ``<stem>.truth.csv``, ``<stem>.truth.json``.
    n_labelled : int
        Frames that are labelled and written as pictures.
    crf : int
        Quality of the film, see `render_film`.
    overwrite : bool
        Replace existing files.
    """

    folder: Path
    stem: str
    n_labelled: int = 8
    crf: int = 20
    overwrite: bool = False

    def path(self, ending: str) -> Path:
        """Return the file of this trial with that ending."""
        return self.folder / f"{self.stem}{ending}"


def write_trials(
    scenarios: Sequence[Scenario], folder: Path, seed: int, *, overwrite: bool = False
) -> Iterator[Progress]:
    """Simulate one trial for each scenario and write everything, yielding `Progress`.

    Writes ``sim_NNN_<scenario>.mp4``, ``….arena.json``, ``….truth.csv``, ``….truth.json`` for each trial, and
    ``trials.csv``, ``labels.csv`` and ``labeled-data/`` for all of them.

    Raises
    ------
    MazetrackError
        A file exists and may not be replaced, or cannot be written.
    """
    for name in (TRIALS_NAME, LABELS_NAME):
        refuse_existing(folder / name, overwrite=overwrite)
    rows: list[Trial] = []
    labels: list[LabelRow] = []
    for i, scenario in enumerate(scenarios):
        trial = simulate_trial(scenario, seed * 1000 + i)
        files = TrialFiles(folder, f"sim_{i + 1:03d}_{scenario.name}", overwrite=overwrite)
        stage = f"Filming trial {i + 1} of {len(scenarios)} ({scenario.name})"
        yield Progress(stage, 0, trial.n_frames)
        for done in write_trial(trial, files):
            yield Progress(stage, done, trial.n_frames)
        rows.append(trial_row(trial, files.stem))
        labels += write_labelled_frames(trial, files)
    save_trials(rows, folder / TRIALS_NAME, overwrite=overwrite)
    write_labels(folder / LABELS_NAME, labels, overwrite=overwrite)


def write_trial(trial: SimulatedTrial, files: TrialFiles) -> Iterator[int]:
    """Write film, arena, true track and truth of a trial, yielding the number of finished frames."""
    endings = (".mp4", ".arena.json", ".truth.csv", ".truth.json")
    for ending in endings:
        refuse_existing(files.path(ending), overwrite=files.overwrite)
    yield from render_film(trial, files.path(".mp4"), crf=files.crf, overwrite=files.overwrite)
    save_arena(true_arena(trial), files.path(".arena.json"), overwrite=files.overwrite)
    save_track_csv(true_track(trial), files.path(".truth.csv"), overwrite=files.overwrite)
    save_truth(trial, files.path(".truth.json"), overwrite=files.overwrite)


def true_arena(trial: SimulatedTrial) -> Arena:
    """Return the arena of a trial in film pixels, with the homography that the camera really has."""
    camera, scenario = trial.look.camera, trial.scenario
    cx, cy, rx, ry, angle = pool_ellipse(camera, scenario.radius_cm)
    to_cm = np.linalg.inv(camera.plane_to_image(0.0))
    release = trial.path.xy_cm[int(np.searchsorted(trial.path.time_s, trial.truth.release_s))]
    start = camera.to_image(release)
    return Arena(
        pool=Ellipse(cx, cy, rx, ry, angle),
        diameter_cm=2 * scenario.radius_cm,
        image_to_cm=to_cm / to_cm[2, 2],
        platforms={name: _platform_px(trial, p) for name, p in trial.happening.platforms.items()},
        starts={"start": (float(start[0]), float(start[1]))},
    )


def _platform_px(trial: SimulatedTrial, platform: PoolPlatform) -> Platform:
    camera = trial.look.camera
    centre_cm = np.array([platform.x, platform.y])
    centre, scale = camera.to_image(centre_cm), camera.px_per_cm(centre_cm)
    x, y = float(centre[0]), float(centre[1])
    if not platform.square:
        return Platform("circle", x, y, platform.half_cm * scale)
    corners = camera.to_image(platform.outline_cm())
    radius = 2 * platform.half_cm / float(np.sqrt(np.pi)) * scale
    return Platform("polygon", x, y, radius, tuple((float(u), float(v)) for u, v in corners))


def true_track(trial: SimulatedTrial) -> Track:
    """Return the true track: what is there is ``detected`` with sigma 0, what is not is ``missing``."""
    n, k = trial.n_frames, MOUSE.n_keypoints
    points = np.full((n, 1, k, 2), np.nan)
    boxes = np.full((n, 1, 4), np.nan, dtype=np.float32)
    for i in range(n):
        pose = trial.pose(i)
        if pose is not None:
            points[i, 0] = pose.keypoints_xy
            boxes[i, 0] = trial.box(pose)
    there = np.isfinite(points[:, :, 0, 0])
    sigma = np.where(there[..., None], 0.0, np.nan) * np.ones(k)
    return Track(
        time_s=trial.frame_time_s,
        animals=(ANIMAL,),
        score=np.where(there, 1.0, np.nan).astype(np.float32),
        box_xyxy=boxes,
        keypoints_xy=points,
        sigma_px=sigma,
        source=np.where(there, Source.DETECTED, Source.MISSING).astype(np.uint8),
        raw_keypoints_xy=points.astype(np.float32),
        raw_sigma_px=sigma.astype(np.float32),
    )


def save_truth(trial: SimulatedTrial, path: Path, *, overwrite: bool = False) -> None:
    """Write what happened, as JSON: events, end reason, latency, path, time and path in each quadrant."""
    truth, scenario = trial.truth, trial.scenario
    content = {
        "scenario": scenario.name,
        "seed": trial.seed,
        "kind": str(scenario.kind),
        "fps": scenario.fps,
        "n_frames": trial.n_frames,
        "limit_s": scenario.limit_s,
        **asdict(truth),
        "events": [
            {"kind": e.kind, "time_s": e.time_s, "frame_index": _frame_at(trial, e.time_s)} for e in truth.events
        ],
        "platforms_cm": {name: asdict(p) for name, p in trial.happening.platforms.items()},
        "radius_cm": scenario.radius_cm,
        "rim_height_cm": trial.look.pool.rim_height_cm,
    }
    text = json.dumps(_rounded(content), indent=1)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _frame_at(trial: SimulatedTrial, time_s: float) -> int:
    """Return the first frame at or after a time (the last one where there is none)."""
    after = int(np.searchsorted(trial.frame_time_s, time_s - 1e-9))
    return min(after, trial.n_frames - 1)


def _rounded(value: object) -> object:
    """Return the same content with numbers of at most six decimals."""
    if isinstance(value, float):
        return round(float(value), 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def trial_row(trial: SimulatedTrial, stem: str) -> Trial:
    """Return the trial's row for ``trials.csv``; the end is left to be found, but where the animal was taken out."""
    scenario = trial.scenario
    return Trial(
        trial=stem,
        kind=scenario.kind,
        film=f"{stem}.mp4",
        arena=f"{stem}.arena.json",
        animal=ANIMAL,
        start="start",
        platform=PLATFORM,
        former_platform=FORMER if scenario.kind == TrialKind.REVERSAL else "",
        release_s=round(trial.truth.release_s, 3),
        end_s=round(trial.truth.end_s, 3) if trial.truth.end_reason == "removed" else None,
        limit_s=scenario.limit_s,
        notes=f"simulated: {scenario.name}",
    )


def write_labelled_frames(trial: SimulatedTrial, files: TrialFiles) -> list[LabelRow]:
    """Write some frames as ``labeled-data/<stem>/imgNNNN.png`` and return their labels."""
    painter = FilmPainter(trial)
    folder = files.folder / FRAMES_FOLDER / files.stem
    rows = []
    first = _frame_at(trial, trial.truth.release_s)
    for index in np.unique(np.linspace(first, trial.n_frames - 1, files.n_labelled).astype(int)).tolist():
        name = f"img{index:04d}.png"
        with atomic_path(folder / name, overwrite=files.overwrite) as temporary:
            Image.fromarray(painter.frame(index)).save(temporary, "PNG")
        pose = trial.pose(index)
        points = None if pose is None else pose.keypoints_xy
        rows.append(LabelRow(f"{FRAMES_FOLDER}/{files.stem}/{name}", points))
    return rows
