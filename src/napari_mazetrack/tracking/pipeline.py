"""From raw detections to a track: a pure function of detections, corrections and settings, over the whole film.

Missing data: a frame that could not be read, or in which the animal was not found, has no observation. Gaps up to
``settings.max_gap_s`` between two observations are bridged (source ``INTERPOLATED``); longer ones, and everything
before the first and after the last observation, are NaN (``MISSING``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.skeleton import Skeleton
from napari_mazetrack.tracking.association import associate
from napari_mazetrack.tracking.candidates import Candidates
from napari_mazetrack.tracking.corrections import (
    CORRECTIONS_DIGEST,
    AddInstance,
    Correction,
    DeleteInstance,
    ExchangeAnimals,
    MarkMissing,
    SetKeypoint,
    SwapHeadTail,
    check_corrections,
    corrections_digest,
)
from napari_mazetrack.tracking.detections import RawDetections
from napari_mazetrack.tracking.flips import find_flips
from napari_mazetrack.tracking.long_films import smooth_film
from napari_mazetrack.tracking.pool_mask import is_in_pool
from napari_mazetrack.tracking.recall import recalled
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.smoothing import Observations
from napari_mazetrack.tracking.track import Source, Track

__all__ = ["TrackSettings", "compute_track"]

#: How exactly the path passes through a point that a person set, and how exact such a point is said to be.
ANCHOR_SIGMA_PX = 0.2
CORRECTION_SIGMA_PX = 0.5
#: A deletion means the nearest instance within this many body lengths.
DELETE_REACH = 1.5
#: Body length where nothing was detected, and the least one.
DEFAULT_BODY_LENGTH_PX, MIN_BODY_LENGTH_PX = 30.0, 4.0


def compute_track(
    raw: RawDetections,
    time_s: NDArray[np.float64],
    settings: TrackSettings,
    corrections: Sequence[Correction] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Track:
    """Compute the track of a film: association, flip repair, corrections, smoothing.

    Parameters
    ----------
    raw : RawDetections
        Everything the detector said.
    time_s : float64 [T]
        Time of each frame, never decreasing.
    settings : TrackSettings
        What a person chose.
    corrections : sequence of Correction
        What a person corrected, in the order in which it was done.
    attributes : mapping, optional
        What else the track shall say about itself (names, back end, warnings).

    Returns
    -------
    Track
        The same for the same arguments, to the last bit on one machine.

    Raises
    ------
    MazetrackError
        A correction does not fit the film.
    ValueError
        `time_s` does not fit the detections.
    """
    time_s = np.asarray(time_s, np.float64)
    if time_s.shape != (raw.n_frames,) or not np.isfinite(time_s).all() or (np.diff(time_s) < 0).any():
        raise ValueError(f"expected {raw.n_frames} time stamps that do not decrease, got {time_s.shape}")
    skeleton = raw.header.skeleton
    check_corrections(corrections, raw.n_frames, settings.n_animals, skeleton.keypoints)
    placed = _placed_points(corrections, skeleton)
    found = _associate(raw, time_s, settings, corrections, placed)
    found = _repair_flips(found, time_s, skeleton)
    is_hidden = _correct(found, corrections, skeleton)
    final, sigma, is_known = _smooth_all(found, placed, time_s, settings, is_hidden)
    _straighten_outside(final, time_s, skeleton, settings)
    source = _compute_source(found, placed, is_known)
    final[source == Source.MISSING] = np.nan
    sigma[source == Source.MISSING] = np.nan
    return Track(
        time_s=time_s,
        animals=tuple(f"animal_{i + 1}" for i in range(settings.n_animals)),
        score=found.score,
        box_xyxy=found.box_xyxy,
        keypoints_xy=final,
        sigma_px=sigma,
        source=source,
        raw_keypoints_xy=found.keypoints_xy,
        raw_sigma_px=found.sigma_px,
        skeleton=skeleton,
        attributes={
            "film_id": raw.header.film_id,
            "model_hash": raw.header.model_hash,
            **(attributes or {}),
            "n_corrections": len(corrections),
            CORRECTIONS_DIGEST: corrections_digest(corrections),
            "settings": settings.to_json(),
        },
    )


#: A person's points: (frame, animal) → x, y of each keypoint; NaN where it was not set.
_Placed = Mapping[tuple[int, int], NDArray[np.float64]]


@dataclass(frozen=True)
class _Found:
    """The instance of each animal in each frame, [T, A, …]; NaN where there is none. Changed in place."""

    score: NDArray[np.float32]
    box_xyxy: NDArray[np.float32]
    keypoints_xy: NDArray[np.float32]
    sigma_px: NDArray[np.float32]

    @classmethod
    def of(cls, raw: RawDetections, slot_of: NDArray[np.intp]) -> _Found:
        """Take the instances that stand in `slot_of` [T, A]; none where it is −1."""
        n_here = np.maximum(raw.count, 0)
        is_there = slot_of >= 0
        rows = ((np.cumsum(n_here) - n_here)[:, None] + slot_of)[is_there]

        def placed(values: NDArray[np.float32]) -> NDArray[np.float32]:
            array = np.full((*slot_of.shape, *values.shape[1:]), np.nan, np.float32)
            array[is_there] = values[rows]
            return array

        found = raw.instances
        return cls(*(placed(a) for a in (found.score, found.box_xyxy, found.keypoints_xy, found.sigma_px)))

    @property
    def arrays(self) -> tuple[NDArray[np.float32], ...]:
        return self.score, self.box_xyxy, self.keypoints_xy, self.sigma_px


def _placed_points(corrections: Sequence[Correction], skeleton: Skeleton) -> _Placed:
    """Gather the points that a person set, as they stand after the last correction."""
    placed: dict[tuple[int, int], NDArray[np.float64]] = {}
    nowhere = np.full((skeleton.n_keypoints, 2), np.nan)
    for correction in corrections:
        if isinstance(correction, SetKeypoint):
            key = correction.frame_index, correction.animal
            placed.setdefault(key, nowhere.copy())[skeleton.index(correction.keypoint)] = correction.x, correction.y
        elif isinstance(correction, AddInstance):
            points = [nowhere[0] if xy is None else np.array(xy) for xy in correction.keypoints_xy]
            placed[correction.frame_index, correction.animal] = np.array(points, float)
        elif isinstance(correction, SwapHeadTail):
            for key in _keys_within(placed, correction):
                placed[key][[skeleton.front, skeleton.back]] = placed[key][[skeleton.back, skeleton.front]]
        elif isinstance(correction, MarkMissing):
            for key in _keys_within(placed, correction):
                del placed[key]
        elif isinstance(correction, ExchangeAnimals):
            placed = {(key[0], _exchanged(*key, correction)): points for key, points in placed.items()}
    return {key: points for key, points in placed.items() if np.isfinite(points).any()}


def _keys_within(placed: _Placed, correction: SwapHeadTail | MarkMissing) -> list[tuple[int, int]]:
    return [
        (frame, animal)
        for frame, animal in placed
        if animal == correction.animal and correction.first_frame <= frame <= correction.last_frame
    ]


def _exchanged(frame: int, animal: int, exchange: ExchangeAnimals) -> int:
    if frame < exchange.frame_index:
        return animal
    return {exchange.animal: exchange.other, exchange.other: exchange.animal}.get(animal, animal)


def _anchors(
    placed: _Placed, corrections: Sequence[Correction], skeleton: Skeleton
) -> dict[tuple[int, int], tuple[float, float]]:
    """Return where a person put each animal, under the number that it has before any exchange."""
    exchanges = [c for c in reversed(corrections) if isinstance(c, ExchangeAnimals)]
    anchors = {}
    for (frame, final_animal), points in placed.items():
        animal = final_animal
        for exchange in exchanges:
            animal = _exchanged(frame, animal, exchange)
        centre = points[skeleton.centre]
        x, y = centre if np.isfinite(centre).all() else np.nanmean(points, axis=0)
        anchors[frame, animal] = float(x), float(y)
    return anchors


def _associate(
    raw: RawDetections,
    time_s: NDArray[np.float64],
    settings: TrackSettings,
    corrections: Sequence[Correction],
    placed: _Placed,
) -> _Found:
    deleted = tuple(correction for correction in corrections if isinstance(correction, DeleteInstance))
    slot_of = _slots(raw, time_s, settings, deleted, _anchors(placed, corrections, raw.header.skeleton))
    return _Found.of(raw, slot_of)


@recalled(8)
def _slots(
    raw: RawDetections,
    time_s: NDArray[np.float64],
    settings: TrackSettings,
    deleted: tuple[DeleteInstance, ...],
    anchors: Mapping[tuple[int, int], tuple[float, float]],
) -> NDArray[np.intp]:
    """Return the slot of each animal in each frame, [T, A]; −1 where it has none."""
    xy, length = _usable(raw, settings)
    if deleted:
        xy = xy.copy()
    for correction in deleted:
        distance = np.hypot(*(xy[correction.frame_index] - (correction.x, correction.y)).T)
        if (distance <= DELETE_REACH * length).any():
            xy[correction.frame_index, np.nanargmin(distance)] = np.nan
    candidates = Candidates(time_s, xy, raw.by_slot(raw.instances.score)[:], length)
    return associate(candidates, settings.n_animals, anchors, raw.header.sure_from_score)


@recalled(2)
def _usable(raw: RawDetections, settings: TrackSettings) -> tuple[NDArray[np.float32], float]:
    """Return the places [T, S, 2] of the instances that may be animals, NaN for others; and the body length."""
    found, skeleton = raw.instances, raw.header.skeleton
    xy = found.keypoints_xy[:, skeleton.centre].copy()
    is_usable = are_finite(found.keypoints_xy, 2) & (found.score >= settings.score_threshold)
    is_usable &= is_in_pool(xy.astype(np.float64), settings)
    xy[~is_usable] = np.nan
    is_sure = is_usable & (found.score >= raw.header.sure_from_score)
    return raw.by_slot(xy)[:], _compute_body_length(found.keypoints_xy[is_sure], skeleton)


def _compute_body_length(points: NDArray[np.float32], skeleton: Skeleton) -> float:
    """Median distance from front to back of instances [M, n_keypoints, 2], pixels."""
    axis = points[:, skeleton.front] - points[:, skeleton.back]
    if len(axis) == 0:
        return DEFAULT_BODY_LENGTH_PX
    return max(float(np.median(np.hypot(axis[:, 0], axis[:, 1]))), MIN_BODY_LENGTH_PX)


def _repair_flips(found: _Found, time_s: NDArray[np.float64], skeleton: Skeleton) -> _Found:
    for animal in range(found.score.shape[1]):
        points = found.keypoints_xy[:, animal].astype(np.float64)
        axis = points[:, skeleton.front] - points[:, skeleton.back]
        lengths = np.hypot(axis[:, 0], axis[:, 1])
        if np.isfinite(lengths).any():
            length = max(float(np.nanmedian(lengths)), MIN_BODY_LENGTH_PX)
            is_flipped = find_flips(time_s, axis, points[:, skeleton.centre], length)
            _swap(found, np.flatnonzero(is_flipped), animal, skeleton)
    return found


def _swap(found: _Found, frames: NDArray[np.intp] | slice, animal: int, skeleton: Skeleton) -> None:
    ends = [skeleton.front, skeleton.back]
    for array in (found.keypoints_xy, found.sigma_px):
        view = array[:, animal]
        kept = view[frames][:, ends]
        view[frames, skeleton.front] = kept[:, 1]
        view[frames, skeleton.back] = kept[:, 0]


def _correct(found: _Found, corrections: Sequence[Correction], skeleton: Skeleton) -> NDArray[np.bool_]:
    """Apply what a person said, in its order; return where the animal is marked as missing, [T, A]."""
    is_hidden = np.zeros(found.score.shape, bool)
    for correction in corrections:
        if isinstance(correction, SwapHeadTail):
            _swap(found, slice(correction.first_frame, correction.last_frame + 1), correction.animal, skeleton)
        elif isinstance(correction, ExchangeAnimals):
            pair, other = [correction.animal, correction.other], [correction.other, correction.animal]
            for array in (*found.arrays, is_hidden):
                array[correction.frame_index :, pair] = array[correction.frame_index :, other]
        elif isinstance(correction, MarkMissing):
            is_hidden[correction.first_frame : correction.last_frame + 1, correction.animal] = True
    for array in found.arrays:
        array[is_hidden] = np.nan
    return is_hidden


def _smooth_all(
    found: _Found,
    placed: _Placed,
    time_s: NDArray[np.float64],
    settings: TrackSettings,
    is_hidden: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return positions [T, A, K, 2], σ [T, A, K], and where they are known [T, A, K]."""
    xy = found.keypoints_xy.astype(np.float64)
    sigma = found.sigma_px.astype(np.float64)
    is_anchor = np.zeros(sigma.shape, bool)
    for (frame, animal), points in placed.items():
        is_set = are_finite(points)
        xy[frame, animal, is_set], sigma[frame, animal, is_set] = points[is_set], ANCHOR_SIGMA_PX
        is_anchor[frame, animal, is_set] = True
    is_known = np.zeros(sigma.shape, bool)
    for animal, keypoint in np.ndindex(sigma.shape[1:]):
        one = (slice(None), animal, keypoint)
        observed = Observations(time_s, xy[one], sigma[one], is_anchor[one])
        is_seen = are_finite(observed.xy)
        smoothed = smooth_film(observed)
        if smoothed is None:
            continue
        is_known[one] = _bridged(is_seen, time_s, settings.max_gap_s)
        is_known[:, animal, keypoint] &= is_seen | ~is_hidden[:, animal]
        keep_raw = False if settings.smoothing else is_seen
        np.copyto(xy[one], smoothed[0], where=np.logical_not(keep_raw)[..., None])
        np.copyto(sigma[one], smoothed[1], where=np.logical_not(keep_raw))
    sigma[is_anchor] = np.maximum(sigma[is_anchor], CORRECTION_SIGMA_PX)
    xy[~is_known], sigma[~is_known] = np.nan, np.nan
    return xy, sigma, is_known


def _straighten_outside(
    final: NDArray[np.float64], time_s: NDArray[np.float64], skeleton: Skeleton, settings: TrackSettings
) -> None:
    """Make the path straight wherever it leaves the pool: an animal does not swim through the wall.

    The pieces outside join points inside, and a straight line between these stays in a convex pool.
    """
    for animal in range(final.shape[1]):
        body = final[:, animal, skeleton.centre]
        is_known = are_finite(body)
        is_inside = is_in_pool(body, settings) & is_known
        is_outside = is_known & ~is_inside
        if not is_outside.any() or not is_inside.any():
            continue
        for keypoint, axis in np.ndindex(final.shape[2:]):
            values = final[:, animal, keypoint, axis]
            use = is_inside & np.isfinite(values)
            if use.any():
                values[is_outside] = np.interp(time_s[is_outside], time_s[use], values[use])


def _bridged(is_seen: NDArray[np.bool_], time_s: NDArray[np.float64], max_gap_s: float) -> NDArray[np.bool_]:
    """Tell which frames are observed or lie between observations at most `max_gap_s` apart."""
    seen = np.flatnonzero(is_seen)
    following: NDArray[np.intp] = np.cumsum(is_seen) - is_seen
    is_between = (following > 0) & (following < len(seen))
    after = seen[np.minimum(following, len(seen) - 1)]
    before = seen[np.maximum(following - 1, 0)]
    # Half a microsecond: time stamps are sums of rounded numbers.
    is_short = time_s[after] - time_s[before] <= max_gap_s + 5e-7
    return is_seen | (is_between & is_short)


def _compute_source(found: _Found, placed: _Placed, is_known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    source = np.where(is_known.any(axis=2), np.uint8(Source.INTERPOLATED), np.uint8(Source.MISSING))
    source[np.isfinite(found.score)] = Source.DETECTED
    for frame, animal in placed:
        source[frame, animal] = Source.CORRECTED
    return source
