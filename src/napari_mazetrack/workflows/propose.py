"""Propose the points of single frames, for a person to accept or to move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    from napari_mazetrack.detector.instances import Instances
    from napari_mazetrack.project.records import ModelRecord
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.video import Film

_WAIT_S = 0.05


@dataclass(frozen=True)
class Proposal:
    """What a model sees in a frame.

    Attributes
    ----------
    frame_index : int
        The frame.
    keypoints_xy : float64 [n_keypoints, 2] or None
        Of the surest animal; None where none reaches the model's threshold.
    """

    frame_index: int
    keypoints_xy: NDArray[np.float64] | None


class Proposer:
    """One model for frames of one film; both are opened with the first frame and stay open until `close`.

    Everything that takes time happens in a thread of its own; nothing here blocks.

    Parameters
    ----------
    film : Path
        The film.
    keypoints : tuple of str
        Which the model must have.
    model : ModelRecord or None
        The project's own model; None takes the one that ships.
    project_folder : Path
        Where the project lies, from which its model is looked for.
    """

    def __init__(self, film: Path, keypoints: tuple[str, ...], model: ModelRecord | None, project_folder: Path) -> None:
        self._path = film
        self._keypoints = keypoints
        self._model = model
        self._project_folder = project_folder
        self._thread = ThreadPoolExecutor(1, "proposer")
        self._held = ExitStack()
        self._open: tuple[Film, Runner] | None = None

    def propose(self, frame_index: int) -> Job[Proposal]:
        """Look for the animal in a frame.

        Raises
        ------
        MazetrackError
            Film or model cannot be used, or the model has other keypoints.
        """
        found = self._thread.submit(self._find, frame_index)
        try:
            while True:
                yield Progress("Proposing points", 0)
                try:
                    return Proposal(frame_index, found.result(timeout=_WAIT_S))
                except TimeoutError:
                    continue
        finally:
            found.cancel()

    def close(self) -> None:
        """Let go of film and model as soon as the frame that is looked at is done."""
        self._thread.submit(self._held.close)
        self._thread.shutdown(wait=False)

    def _find(self, frame_index: int) -> NDArray[np.float64] | None:
        if self._open is None:
            self._open = self._open_both()
        film, runner = self._open
        spec = runner.model_file.spec
        instances = find_in_picture(runner, film.luma(frame_index), spec.score_threshold)
        if len(instances) == 0:
            return None
        points = instances.keypoints_xy[int(np.argmax(instances.score))].astype(np.float64)
        clipped: NDArray[np.float64] = np.clip(points, 0, [film.width - 1, film.height - 1])
        return clipped

    def _open_both(self) -> tuple[Film, Runner]:
        from napari_mazetrack.detector.model_file import read_model_file
        from napari_mazetrack.project.default_model import locate_model
        from napari_mazetrack.resources import ShippedModel
        from napari_mazetrack.runtime import RunnerOptions, open_runner
        from napari_mazetrack.video import Timing, open_film
        from napari_mazetrack.workflows.track import find_model_file

        options = RunnerOptions()
        own = None if self._model is None else locate_model(self._model, self._project_folder)
        path = find_model_file(own or ShippedModel.ACCURATE, options)  # one frame at a time: speed does not count
        model_file = read_model_file(path)
        if model_file.spec.skeleton.keypoints != self._keypoints:
            raise MazetrackError(
                f"{path.name} finds {', '.join(model_file.spec.skeleton.keypoints)}, but the project labels "
                f"{', '.join(self._keypoints)}. Choose another model in Train & Export."
            )
        # Times do not matter here, but a TIFF stack cannot be opened without any.
        film = self._held.enter_context(open_film(self._path, timing=Timing(fps=1.0)))
        return film, self._held.enter_context(open_runner(model_file, options))


def find_in_picture(runner: Runner, luma: NDArray[np.uint8], score_threshold: float) -> Instances:
    """Return the animals that an open runner's model finds in a picture [H, W], in its pixels."""
    from napari_mazetrack.detector.instances import instances_from_candidates
    from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma

    spec = runner.model_file.spec
    box = compute_letterbox((luma.shape[0], luma.shape[1]), spec.input_hw)
    slot = letterbox_luma(luma, box, np.empty(spec.input_hw, np.uint8))
    runner.submit(slot[None, None])
    instances = instances_from_candidates(runner.collect()[0], axis=spec.skeleton.axis, score_threshold=score_threshold)
    return instances.scaled(box.scale, (box.offset_px, box.offset_px))
