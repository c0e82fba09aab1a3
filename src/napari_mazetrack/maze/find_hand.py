"""Find the hand that brings the animal: when it touches it, and when it lets go.

An arm is what differs from the empty pool and reaches from outside over the waterline into the pool; it touches the
animal where both are one piece. They stay one piece for a moment while the hand withdraws: it lets go when the piece
begins to shrink for good. Everything is judged twice, for weak and for clear differences. Where the two disagree (a
hand that looks like the water, waves between hand and animal) nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import ellipse as ellipse_pixels

from napari_mazetrack.maze.arena import Ellipse

#: Frames are looked at with their longer side at most this, pixels.
LONGEST_SIDE = 400
#: A difference of tone counts from so many grey levels on, one of its slope from so many a pixel on; weak and clear.
GREY_LEVELS, SLOPES = (8.0, 14.0), (3.0, 5.0)
#: Both count from so many times the noise of their pixel on.
NOISES, SLOPE_NOISES = 6.0, 5.0
#: Slopes are taken at this scale, pixels of the reduced picture.
SLOPE_WIDTH = 1.2
#: An arm reaches beyond the waterline by this share of the pool's size, or to the picture's border.
BEYOND = 0.12
#: A smaller share of the pool's surface is no arm.
SMALLEST_SHARE = 0.002
#: The animal's core, and it with what is round it, are ellipses in these shares of its box.
CORE, SURROUNDINGS = 0.8, 1.2
#: Without contact for this long the animal is free; it must have been touched this long before.
FREE_S, TOUCHED_S = 0.4, 0.4
#: The hand lets go at most so long before hand and animal are two pieces …
WITHDRAWS_S = 0.4
#: … when the piece has shrunk to this share.
SHRUNK = 0.97
#: The two judgements agree within this time, or within a frame.
AGREES_S = 0.1
#: Where more of the picture differs than this, it is the camera or the light.
MOST_CHANGED = 0.5

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sight:
    """What is seen in a frame; pairs are of weak and of clear differences.

    Attributes
    ----------
    time_s : float
        Film time.
    reaches_in : bool
        An arm is over the water.
    touches : (bool, bool)
        It is one piece with the animal.
    area_px : (int, int)
        How much of the pool arm and animal cover, pixels of the reduced picture.
    changed : float
        Share of the picture that differs from the empty pool.
    """

    time_s: float
    reaches_in: bool
    touches: tuple[bool, bool]
    area_px: tuple[int, int]
    changed: float


@dataclass(frozen=True)
class FoundHand:
    """The hand that brought the animal, film times in seconds.

    Attributes
    ----------
    hand_in_s : float or None
        From when on it is over the water; None where the film begins with it.
    release_s : float
        First frame in which it has let go.
    hand_out_s : float or None
        From when on it is gone; None where it stays as long as was looked.
    n_touching : int
        Frames before the release in which it touches the animal.
    """

    hand_in_s: float | None
    release_s: float
    hand_out_s: float | None
    n_touching: int


class HandFinder:
    """Looks for an arm in the frames of a film.

    Parameters
    ----------
    pictures : iterable of uint8 [H, W]
        Frames spread over the film, in most of which no arm is at any place.
    waterline : Ellipse
        The pool, film pixels.
    """

    def __init__(self, pictures: Iterable[NDArray[np.uint8]], waterline: Ellipse) -> None:
        first, *others = pictures
        self._reduction = -(-max(first.shape) // LONGEST_SIDE)
        views = [self._view(picture) for picture in (first, *others)]
        self._empty = np.median(np.stack(views), axis=0)
        deviations = np.stack([_differences(view, self._empty) for view in views])
        noise = ndimage.maximum_filter(1.4826 * np.median(deviations, axis=0), (1, 3, 3))
        self._thresholds = [
            np.stack([np.maximum(grey, NOISES * noise[0]), np.maximum(slope, SLOPE_NOISES * noise[1])])
            for grey, slope in zip(GREY_LEVELS, SLOPES, strict=True)
        ]
        distance = _relative_distance(self._empty.shape[1:], waterline, self._reduction)
        self._water: Mask = distance <= 1
        self._outside: Mask = distance > 1 + BEYOND
        for edge in (self._outside[:2], self._outside[-2:], self._outside[:, :2], self._outside[:, -2:]):
            edge[:] = True

    def look(self, time_s: float, luma: NDArray[np.uint8], box_xyxy: NDArray[np.floating]) -> Sight:
        """Return what is seen in a frame.

        Parameters
        ----------
        time_s : float
            Its film time.
        luma : uint8 [H, W]
            The frame.
        box_xyxy : float [4]
            The animal's box, film pixels; NaN where it is not known.
        """
        differences = _differences(self._view(luma), self._empty)
        core, surroundings = (self._animal(box_xyxy, share) for share in (CORE, SURROUNDINGS))
        touches, areas, arm_px = [], [], []
        changed = [_without_specks(differences > threshold) for threshold in self._thresholds]
        for mask in changed:
            arm = self._arm(mask)
            touches.append(bool((arm & core).any()))
            areas.append(int(((arm | (mask & surroundings)) & self._water).sum()))
            arm_px.append(int((arm & self._water).sum()))
        return Sight(
            time_s,
            reaches_in=arm_px[0] > SMALLEST_SHARE * self._water.sum(),
            touches=(touches[0], touches[1]),
            area_px=(areas[0], areas[1]),
            changed=float(changed[0].mean()),
        )

    def _view(self, luma: NDArray[np.uint8]) -> Picture:
        """Return the tone of the reduced picture and its slope along x and y, [3, h, w]."""
        by = self._reduction
        height, width = (side - side % by for side in luma.shape)
        blocks = luma[:height, :width].astype(np.float32).reshape(height // by, by, width // by, by)
        picture = blocks.mean(axis=(1, 3))
        slopes = [ndimage.gaussian_filter(picture, SLOPE_WIDTH, order=order) for order in ((0, 1), (1, 0))]
        return np.stack([ndimage.gaussian_filter(picture, 1.0), *slopes])

    def _arm(self, changed: Mask) -> Mask:
        """Return the pieces that lie both outside of the pool and over the water."""
        pieces, _ = ndimage.label(changed, np.ones((3, 3)))
        both = np.intersect1d(pieces[self._outside], pieces[self._water])
        arm: Mask = np.isin(pieces, both[both > 0])
        return arm

    def _animal(self, box_xyxy: NDArray[np.floating], share: float) -> Mask:
        """Return the ellipse in this share of a box."""
        mask = np.zeros(self._water.shape, bool)
        if np.isfinite(box_xyxy).all():
            x0, y0, x1, y1 = (np.asarray(box_xyxy, float) - (self._reduction - 1) / 2) / self._reduction
            half_height, half_width = (max(1.0, share * side / 2) for side in (y1 - y0, x1 - x0))
            mask[ellipse_pixels((y0 + y1) / 2, (x0 + x1) / 2, half_height, half_width, shape=mask.shape)] = True
        return mask


def judge(sights: Sequence[Sight]) -> FoundHand | str:
    """Return what the hand did in frames that follow each other; where that is not sure, why, as a sentence.

    Parameters
    ----------
    sights : sequence of Sight
        From before the animal is brought until some seconds after, in the order of time.
    """
    if len(sights) < 3 or np.median([sight.changed for sight in sights]) > MOST_CHANGED:
        return "The camera or the light changes too much here."
    if not any(sight.reaches_in for sight in sights):
        return "No arm is seen to reach in over the water."
    time_s = np.array([sight.time_s for sight in sights])
    said = []
    for k in (0, 1):
        touches = np.array([sight.touches[k] for sight in sights])
        release = _release(time_s, touches, np.array([sight.area_px[k] for sight in sights]))
        if isinstance(release, str):
            return release
        said.append(release)
    frame_s = float(np.median(np.diff(time_s)))
    if abs(time_s[said[0]] - time_s[said[1]]) > max(AGREES_S, frame_s + 1e-6):
        return "Where the hand ends and the water or the animal begins is not clear."
    release = min(said)
    near = np.array([sight.reaches_in or sight.touches[0] for sight in sights])
    return FoundHand(
        _begin_s(time_s, near[: release + 1]),
        float(time_s[release]),
        _end_s(time_s, near, release),
        sum(sight.touches[0] for sight in sights[:release]),
    )


def _release(time_s: NDArray[np.float64], touches: Mask, area: NDArray[np.int64]) -> int | str:
    """Return the first frame in which the hand has let go."""
    ends = [i + 1 for i in np.flatnonzero(touches[:-1] & ~touches[1:]).tolist() if _is_free(time_s, touches, i + 1)]
    held = [i for i in ends if time_s[i] - _run_begin(time_s, touches, i) >= TOUCHED_S]
    if not held:
        return "No hand is seen to hold the animal for a while and then to let go."
    end = held[0]
    if touches[end:].any():
        return "A hand touches the animal again."
    ago_s = time_s[end] - time_s
    before = area[(ago_s > WITHDRAWS_S) & (ago_s <= WITHDRAWS_S + TOUCHED_S) & touches]
    if not len(before):
        return "The hand is seen with the animal for too short a time."
    withdrawing = area[:end] < SHRUNK * np.median(before)
    whole = np.flatnonzero(~withdrawing)
    release = int(whole[-1]) + 1 if len(whole) else 0
    if time_s[end] - time_s[release] > WITHDRAWS_S:
        return "The hand leaves the animal too slowly to see when it lets go."
    return release


def _is_free(time_s: NDArray[np.float64], touches: Mask, begin: int) -> bool:
    """Whether nothing touches the animal for `FREE_S` from a frame on, as far as the frames go."""
    following = (time_s >= time_s[begin]) & (time_s < time_s[begin] + FREE_S - 1e-6)
    return bool(time_s[-1] >= time_s[begin] + FREE_S - 1e-6 and not touches[following].any())


def _run_begin(time_s: NDArray[np.float64], touches: Mask, end: int) -> float:
    """Return when the contact began that ends before a frame; gaps of less than `FREE_S` do not end it."""
    times = time_s[:end][touches[:end]]
    gaps = np.flatnonzero(np.diff(times) >= FREE_S)
    return float(times[gaps[-1] + 1] if len(gaps) else times[0])


def _begin_s(time_s: NDArray[np.float64], near: Mask) -> float | None:
    """Return from when on an arm is near until the last frame of `near`; None: from the first frame on."""
    away = [i for i in np.flatnonzero(~near[:-1] & near[1:]) if time_s[len(near) - 1] - time_s[i] >= TOUCHED_S]
    return None if near[0] or not away else float(time_s[away[-1] + 1])


def _end_s(time_s: NDArray[np.float64], near: Mask, release: int) -> float | None:
    gone = [i for i in range(release, len(near)) if not near[i] and _is_free(time_s, near, i)]
    return float(time_s[gone[0]]) if gone else None


def _differences(view: Picture, empty: Picture) -> Picture:
    """Return how far tone and slope differ from the empty pool's, [2, h, w]; not where all is lighter or darker."""
    difference = view - empty
    tone = difference[0] - np.median(difference[0])
    return np.stack([np.abs(tone), np.hypot(difference[1], difference[2])])


def _without_specks(differs: Mask) -> Mask:
    """Return where tone or slope [2, h, w] differ, without holes and single pixels, [h, w]."""
    filled = ndimage.binary_fill_holes(ndimage.binary_closing(differs.any(axis=0)))
    cleaned: Mask = ndimage.binary_opening(filled, np.ones((3, 3)))
    return cleaned


def _relative_distance(shape: tuple[int, ...], pool: Ellipse, reduction: int) -> NDArray[np.float64]:
    """Return for each pixel of the reduced picture how far it is from the pool's centre, waterline = 1."""
    y, x = np.mgrid[: shape[0], : shape[1]] * reduction + (reduction - 1) / 2
    angle = np.deg2rad(pool.angle_deg)
    dx, dy = x - pool.cx, y - pool.cy
    along, across = np.cos(angle) * dx + np.sin(angle) * dy, np.cos(angle) * dy - np.sin(angle) * dx
    distance: NDArray[np.float64] = np.hypot(along / pool.rx, across / pool.ry)
    return distance
