"""How the window keeps up with a long film: a frame step with all layers on, a correction, an undo.

    xvfb-run -a python benchmarks/window.py [--frames 60000] [--steps 30] [--out FILE.json]

The film is a made-up grey one that costs nothing to decode, so that the layers' share of a step is not flattered. Times
are medians of the processor's time, which other work on the machine changes little; bare and full steps are measured in
turn.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["NAPARI_CONFIG"] = ""

import napari
import numpy as np
from qtpy.QtWidgets import QApplication

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.tracking.detections import PartHeader, RawDetections
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.widgets.correct.correction_session import CorrectionSession
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID, FILM_PATH
from napari_mazetrack.widgets.overlay.layers_view import LayersView
from napari_mazetrack.widgets.session import FilmRef, Session
from napari_mazetrack.widgets.timeline.timeline import Timeline
from napari_mazetrack.workflows.correct import Correctable

NAME = "f" * 32
HW = (480, 640)
ARENA = Arena(Ellipse(320, 240, 220, 220), diameter_cm=120, platforms={"SW": Platform("circle", 250, 310, 20)})


class GreyFilm:
    """An image layer's data: a grey picture for every frame."""

    def __init__(self, n_frames: int) -> None:
        self.shape, self.dtype, self.ndim = (n_frames, *HW), np.dtype(np.uint8), 3
        self.size = int(np.prod(self.shape))
        self._picture = np.random.default_rng(0).integers(90, 140, (1, *HW), dtype=np.uint8)

    def __getitem__(self, index: object) -> np.ndarray:
        picture = self._picture[(slice(None), *index[1:])] if isinstance(index, tuple) else self._picture
        frame = index[0] if isinstance(index, tuple) else index
        return picture if isinstance(frame, slice) else picture[0]


def make_correctable(n_frames: int) -> Correctable:
    """Return the detections of a mouse that winds through the pool at 25 frames a second."""
    time_s = np.arange(n_frames) / 25
    angle = time_s[:, None] * [0.31, 0.47]
    ahead = np.cos(angle) * [0.31, 0.47]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    body = np.array([320, 240]) + 140 * np.sin(angle)
    points = body[:, None] + np.array([15.0, 0.0, -15.0])[:, None] * ahead[:, None]
    points += np.random.default_rng(1).normal(0, 1, points.shape)
    raw = RawDetections(
        header=PartHeader(NAME, "m" * 64, n_frames, n_slots=1),
        n_recorded=n_frames,
        count=np.ones(n_frames, np.int16),
        instances=Instances(
            score=np.full(n_frames, 0.9, np.float32),
            box_xyxy=np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1).astype(np.float32),
            keypoints_xy=points.astype(np.float32),
            sigma_px=np.ones((n_frames, 3), np.float32),
        ),
    )
    attributes = {"film_id": NAME, "film_name": "long.mp4", "film_height": HW[0], "film_width": HW[1]}
    return Correctable(raw, time_s, TrackSettings(), attributes)


def drawn(change: Callable[[], object]) -> float:
    """Return how long the processor works until a change is on the screen, in milliseconds."""
    begin = time.process_time()
    change()
    for _ in range(3):
        QApplication.processEvents()
    return 1000 * (time.process_time() - begin)


def measure_steps(viewer: napari.Viewer, n_steps: int) -> dict[str, float]:
    """Measure frame steps with the film alone and with everything, in turn."""
    film, *others = viewer.layers
    times: dict[str, list[float]] = {"bare": [], "all": []}
    frame = 1000
    for turn in range(6):
        is_bare = turn % 2 == 0
        for layer in others:
            layer.visible = not is_bare
        for _ in range(3):
            QApplication.processEvents()
        for i in range(n_steps // 3 + 3):
            frame += 1
            took = drawn(partial(viewer.dims.set_point, 0, frame))
            if i >= 3:
                times["bare" if is_bare else "all"].append(took)
    assert film.visible
    return {f"step_{name}_ms": float(np.median(values)) for name, values in times.items()}


def measure_corrections(session: Session, corrections: CorrectionSession, viewer: napari.Viewer) -> dict[str, float]:
    """Measure dropped keypoints and undos, to the picture."""
    parts: dict[str, list[float]] = {"drop_ms": [], "undo_ms": []}

    def show(change: Callable[[], object]) -> None:
        change()
        session.track = corrections.track

    for i in range(5):
        frame = 2000 + 50 * i
        viewer.dims.set_point(0, frame)
        QApplication.processEvents()
        xy = corrections.points(frame)[1] + [6.0, -4.0]
        parts["drop_ms"].append(drawn(partial(show, partial(corrections.set_point, frame, 1, xy))))
        parts["undo_ms"].append(drawn(partial(show, corrections.undo)))
    return {name: float(np.median(values[1:])) for name, values in parts.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60_000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1366, 768)
    viewer.add_image(
        GreyFilm(options.frames),
        name="long",
        contrast_limits=(0, 255),
        multiscale=False,
        axis_labels=FILM_AXES,
        metadata={FILM_PATH: "long.mp4", FILM_ID: NAME},
    )
    session = Session()
    layers_view = LayersView(viewer, session)  # held: signals do not keep it
    correctable = make_correctable(options.frames)
    with TemporaryDirectory() as folder, Project.create(Path(folder) / "long.mazetrack") as project:
        project.films.put(FilmRecord(NAME, ("long.mp4",), options.frames, HW[1], HW[0]))
        corrections = CorrectionSession(project, NAME, correctable)
        session.film = FilmRef(Path("long.mp4"), NAME)
        session.arena, session.track = ARENA, corrections.track
        viewer.window.add_dock_widget(Timeline(viewer, session), name="Timeline", area="bottom")
        result = measure_steps(viewer, options.steps)
        result |= measure_corrections(session, corrections, viewer)
    result["step_ratio"] = result["step_all_ms"] / result["step_bare_ms"]
    text = json.dumps({name: round(value, 2) for name, value in result.items()}, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    layers_view.close()
    viewer.close()


if __name__ == "__main__":
    main()
