"""How quick the window is: a film of an hour, 20,000 labelled frames, frame picking and training beside it.

    python benchmarks/gui_speed.py [--folder DIR] [--frames 108000] [--labels 20000] [--picked 20]

The film (108,000 frames of 160 × 128 pixels) and the project are made once in DIR. Goals: film and project open in
1.5 s, a random jump takes 150 ms with labels, a step to the next labelled frame 80 ms (medians), and no call blocks the
window for more than 50 ms while frames are picked or a training starts.

Each time is told twice: by the clock, and as what the window's own thread computed, which is the one to look at where
other programs run on the machine. What the thread waits for beside a processor (Python's lock above all, the disk, the
screen) is in neither other programs' time nor in what it computes: of the longest block it is told too, where Linux
says how long a thread was ready and not run. Software OpenGL draws in threads of its own; with LP_NUM_THREADS=0 it
draws in the window's, so that drawing counts as computing. Needs a screen (``xvfb-run`` is one).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ["NAPARI_CONFIG"] = ""  # nobody's own settings

import numpy as np

HW = (128, 160)
BLOCKED_S = 0.05
BEAT_MS = 2


def spot(frame: int) -> tuple[float, float]:
    angle = 0.011 * frame
    return HW[1] / 2 + HW[1] / 4 * np.cos(angle), HW[0] / 2 + HW[0] / 4 * np.sin(angle)


def make_film(path: Path, n_frames: int) -> None:
    import av

    y, x = np.mgrid[: HW[0], : HW[1]]
    temporary = path.with_suffix(".part.mp4")
    with av.open(str(temporary), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "25"})
        stream.height, stream.width, stream.pix_fmt, stream.gop_size = *HW, "yuv420p", 60
        for i in range(n_frames):
            cx, cy = spot(i)
            picture = np.full((HW[0] * 3 // 2, HW[1]), 128, np.uint8)
            picture[: HW[0]] = np.where((x - cx) ** 2 + (y - cy) ** 2 <= 36, 60, 200)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(stream.encode(None))
    temporary.rename(path)


def make_project(path: Path, film_path: Path, n_labels: int) -> None:
    from napari_mazetrack.labels.labelled import LabelledInstance
    from napari_mazetrack.project import LabelRecord, Project
    from napari_mazetrack.video import open_film

    with Project.create(path) as project, open_film(film_path) as film:
        record = project.add_film(film)
        with project.edit("Many labels"):
            for frame in np.linspace(0, film.n_frames - 1, n_labels).astype(int).tolist():
                points = np.add(spot(frame), [[6, 0], [0, 0], [-6, 0]])
                animal = LabelledInstance(points, np.full(3, 2, np.uint8))
                project.labels.put(LabelRecord(record.film_id, frame, (animal,)))


def timed(call: Callable[[], object], n: int = 1) -> tuple[float, float]:
    """Return the median time of `n` calls, with all that the window then does: by the clock and of this thread, s."""
    from qtpy.QtWidgets import QApplication

    times = []
    for _ in range(n):
        QApplication.processEvents()
        wall, own = time.perf_counter(), time.thread_time()
        call()
        QApplication.processEvents()
        times.append((time.perf_counter() - wall, time.thread_time() - own))
    wall, own = np.median(times, axis=0)
    return float(wall), float(own)


def tell(what: str, times: tuple[float, float], goal_s: float) -> None:
    wall, own = (1000 * value for value in times)
    print(f"{what:<48}{wall:9.0f} ms {own:9.0f} ms   goal {1000 * goal_s:.0f} ms", flush=True)


def waited_s() -> float:
    """Return how long this thread was ready and no processor was free; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def beat() -> tuple[float, float, float]:
    """Return the clock, the clock without waits for a processor, and what this thread computed, all in seconds."""
    now = time.perf_counter()
    return now, now - waited_s(), time.thread_time()


def watch(start: Callable[[], object], is_done: Callable[[], bool], what: str) -> None:
    """Measure how long the window's thread was busy between two beats, until something is done."""
    from qtpy.QtCore import Qt, QTimer
    from qtpy.QtWidgets import QApplication

    beats: list[tuple[float, float, float]] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(beat()))
    timer.start(BEAT_MS)
    for _ in range(10):  # a person's click comes after what was drawn before
        QApplication.processEvents()
        time.sleep(0.02)
    beats.clear()
    begun = time.perf_counter()
    beats.append(beat())
    start()
    while not is_done() and time.perf_counter() - begun < 600:
        QApplication.processEvents()
        time.sleep(0.0005)
    for _ in range(20):  # what comes of it, such as a jump to another frame
        QApplication.processEvents()
        time.sleep(0.005)
    timer.stop()
    wall, unhindered, own = np.diff(np.array(beats), axis=0).T
    tell(f"{what}: longest block", (float(wall.max()), float(own.max())), BLOCKED_S)
    n_late, n_blocked, n_own = (int((times > BLOCKED_S).sum()) for times in (wall, unhindered, own))
    print(f"    {1000 * unhindered.max():.0f} ms without waits for a processor")
    print(
        f"    {len(own)} beats in {beats[-1][0] - beats[0][0]:.1f} s, over 50 ms: {n_late} by the clock, {n_blocked} "
        f"without waits for a processor, {n_own} of computing"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mazetrack_gui_speed")
    parser.add_argument("--frames", type=int, default=108_000)
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--picked", type=int, default=20)
    chosen = parser.parse_args()
    chosen.folder.mkdir(exist_ok=True)
    film, project_path = (
        chosen.folder / f"hour_{chosen.frames}.mp4",
        chosen.folder / f"labels_{chosen.frames}_{chosen.labels}.mazetrack",
    )
    if not film.exists():
        make_film(film, chosen.frames)
    if not project_path.exists():
        make_project(project_path, film, chosen.labels)
    measure(film, project_path, chosen.picked)


def measure(film: Path, project_path: Path, n_picked: int) -> None:
    import napari

    from napari_mazetrack.project import Project
    from napari_mazetrack.video import open_film

    with open_film(film) as opened:  # the index exists from here on
        n_frames = opened.n_frames
    print(f"{'':<48}{'clock':>9}    {'computed':>9}")
    viewer = napari.Viewer()
    plugin = "napari-mazetrack"
    tell("open the film", timed(lambda: viewer.open(str(film), plugin=plugin)), 1.5)
    tell("open the project", timed(lambda: Project.open(project_path, read_only=True).close()), 1.5)
    _, panel = viewer.window.add_plugin_dock_widget(plugin, "Label")
    tell("open the project in the Label panel", timed(lambda: panel.open_project(project_path)), 1.5)
    rng = np.random.default_rng(0)
    jumps = iter(rng.integers(0, n_frames, 200).tolist())
    tell("jump to a random frame", timed(lambda: viewer.dims.set_point(0, next(jumps)), 40), 0.15)
    tell("step to the next labelled frame", timed(panel.go_forward, 40), 0.08)
    frame = min(set(range(n_frames // 2, n_frames)) - set(panel.session.labelled_frames()))
    viewer.dims.set_point(0, frame)
    tell("set a point", timed(lambda: panel._on_clicked(frame, (20.0, 20.0)), 3), BLOCKED_S)
    tell("drag a point by one step", timed(lambda: panel._on_dragged(frame, 0, (25.0, 20.0), False), 5), BLOCKED_S)
    panel.frames.n_frames.setValue(n_picked)
    watch(panel.frames.start, lambda: not panel.frames.is_running, "picking frames")
    panel.projects.close_project()
    small = project_path.with_name("small.mazetrack")
    small.unlink(missing_ok=True)
    make_project(small, film, 60)
    _, training = viewer.window.add_plugin_dock_widget(plugin, "Train & Export")
    reports: list[object] = []
    training.training.reported.connect(reports.append)

    def train() -> None:
        training.choice.labels.set_value(small)
        training.choice.out_dir.set_value(Path(tempfile.mkdtemp()) / "model")
        training.run_panel._run.click()

    watch(train, lambda: len(reports) > 5 or not training.training.is_running, "starting a training")
    training.training.discard()
    viewer.close()


if __name__ == "__main__":
    main()
