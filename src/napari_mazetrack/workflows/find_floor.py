"""Find the pattern of a film's floor, where it should be taken out before the animal is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.maze.camera_moves import RUN, find_camera_moves
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.tracking.faint import FAINT_SHARE
from napari_mazetrack.tracking.floor import FloorPattern, hidden_by, is_patterned
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.pool_mask import is_in_pool
from napari_mazetrack.tracking.region import Region, region_of_pool
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.video import UnreadableFrameError
from napari_mazetrack.workflows.propose import find_in_picture

if TYPE_CHECKING:
    from napari_mazetrack.runtime import Runner
    from napari_mazetrack.video import Film

#: Frames whose median is the floor, and how many may be held at once.
N_FRAMES, MAX_BYTES = 20, 160 * 2**20
#: So many of them tell whether there is a pattern at all.
FEW = 5
#: Fewer do not tell whether the camera moved.
LEAST_FRAMES = 2 * RUN
#: The floor is what lies this far within the waterline: the wall and its shadow are no pattern.
FLOOR_SHARE = 0.9


@dataclass(frozen=True)
class FoundFloor:
    """What is to become of the floor of a film.

    Attributes
    ----------
    pattern : FloorPattern or None
        What is taken out of the part of each picture that the detector sees; None: nothing.
    warnings : tuple of str
        Sentences for the person, where it is not what was asked for.
    """

    pattern: FloorPattern | None = None
    warnings: tuple[str, ...] = ()

    @property
    def kind(self) -> Floor:
        """What the floor is taken for."""
        return Floor.PLAIN if self.pattern is None else Floor.PATTERNED


def find_floor(film: Film, runner: Runner, settings: TrackSettings, floor: Floor, tracked: range) -> Job[FoundFloor]:
    """Find the pattern of the floor, where it is asked for, or where the pool is known and its floor has one.

    Animals that the detector sees are left out of the median, however long they stay at one place.

    Parameters
    ----------
    film : Film
        The film.
    runner : Runner
        Inside its ``with`` block, with nothing in flight.
    settings : TrackSettings
        Name the pool and the animals.
    floor : Floor
        What is asked for.
    tracked : range
        The frames that are tracked: what the film shows before and after them does not matter.
    """
    if floor == Floor.PLAIN or (floor == Floor.AUTO and settings.pool is None):
        return FoundFloor()
    region = region_of_pool(settings, (film.height, film.width), runner.model_file.spec.input_hw)
    spread = _spread_over(film, tracked, region)
    is_floor = _floor_of(settings, region)
    if floor == Floor.AUTO and not _is_patterned_at_first(film, spread, region, is_floor):
        return FoundFloor()
    frames = yield from _read_frames(film, spread, region)
    if floor == Floor.AUTO and not _stays_patterned(frames, is_floor):
        return FoundFloor()
    if len(frames) < LEAST_FRAMES:
        return FoundFloor(None, (f"The floor's pattern stays: it needs {LEAST_FRAMES} frames that can be read.",))
    if (yield from find_camera_moves(frames)):
        return FoundFloor(None, ("The floor's pattern stays in the pictures, since the camera moved in the film.",))
    is_hidden = []
    for done, frame in enumerate(frames):
        yield Progress(f"Looking for the animal in {film.path.name}", done, len(frames))
        is_hidden.append(_find_hidden(frame, runner, region, settings))
    return FoundFloor(FloorPattern.of_frames(frames, is_hidden))


def _spread_over(film: Film, tracked: range, region: Region) -> list[int]:
    """Return frames spread over the film: those that are read without decoding others, where there are enough."""
    n_frames = max(LEAST_FRAMES, min(N_FRAMES, MAX_BYTES // (region.height * region.width)))
    at = np.arange(tracked.start, tracked.stop)
    entries = at if film.entries is None else np.intersect1d(at, film.entries)
    at = at if len(entries) < LEAST_FRAMES else entries
    spread: list[int] = at[np.unique(np.linspace(0, len(at) - 1, n_frames).round().astype(int))].tolist()
    return spread


def _is_patterned_at_first(film: Film, spread: Sequence[int], region: Region, is_floor: NDArray[np.bool_]) -> bool:
    """Tell by the first frame that can be read whether the floor may have a pattern: most have none."""
    for index in spread:
        try:
            picture = region.cut(film.luma(index))
        except UnreadableFrameError:
            continue
        return is_patterned(picture, is_floor)
    return False


def _stays_patterned(frames: Sequence[NDArray[np.uint8]], is_floor: NDArray[np.bool_]) -> bool:
    """Tell whether what frames share has a pattern: not the animal, and no hand."""
    few = frames[:: max(1, len(frames) // FEW)]
    return bool(few) and is_patterned(np.median(np.stack(few), axis=0).astype(np.uint8), is_floor)


def _floor_of(settings: TrackSettings, region: Region) -> NDArray[np.bool_]:
    """Return which pixels [H, W] of a region are the pool's floor."""
    if settings.pool is None:
        return np.ones((region.height, region.width), bool)
    pool = replace(settings.pool, rx=FLOOR_SHARE * settings.pool.rx, ry=FLOOR_SHARE * settings.pool.ry)
    within = replace(settings, pool=pool, pool_margin=0.0)
    x = np.arange(region.left, region.left + region.width, dtype=np.float64)
    rows = (np.column_stack([x, np.full_like(x, region.top + y)]) for y in range(region.height))
    return np.stack([is_in_pool(row_xy, within) for row_xy in rows])  # row by row, for the sake of memory


def _read_frames(film: Film, spread: Sequence[int], region: Region) -> Job[list[NDArray[np.uint8]]]:
    frames = []
    for done, index in enumerate(spread, start=1):
        try:
            frames.append(region.cut(film.luma(index)))
        except UnreadableFrameError:
            continue
        yield Progress(f"Looking at the floor in {film.path.name}", done, len(spread))
    return frames


def _find_hidden(
    frame: NDArray[np.uint8], runner: Runner, region: Region, settings: TrackSettings
) -> NDArray[np.bool_]:
    """Return which pixels [H, W] of a region the animals hide: the surest in the pool, as many as there are."""
    spec = runner.model_file.spec
    found = find_in_picture(runner, frame, FAINT_SHARE * spec.score_threshold)
    body_xy = region.in_picture(found).keypoints_xy[:, spec.skeleton.centre]
    surest = found.take(np.flatnonzero(is_in_pool(body_xy, settings))[: settings.n_animals])
    return hidden_by(surest, (frame.shape[0], frame.shape[1]))
