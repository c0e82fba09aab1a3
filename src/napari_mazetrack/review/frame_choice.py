"""Which frames of a film a person should label next: unlike each other, or where the detector was least sure.

Labels of near-identical frames teach a detector nothing and flatter its scores. Frames are compared as thumbnails, in
which a block of the picture is one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.tracking.track import Source, Track

#: Blocks along the picture's longer side.
THUMBNAIL_BLOCKS = 64
#: Two frames of which no block differs by more grey levels than this are near-identical.
ALIKE_GREY_LEVELS = 10
#: For clusters thumbnails are projected at random to so few numbers, which keeps most distances within a tenth
#: (Johnson and Lindenstrauss 1984): thousands of frames in a thousand clusters take seconds in place of hours.
PROJECTED_TO = 128

Thumbnail = NDArray[np.uint8]


def make_thumbnail(luma: NDArray[np.uint8]) -> Thumbnail:
    """Return the mean grey level of each block of a picture [H, W]; uint8 [h, w], the longer side at most 64."""
    side = -(-max(luma.shape) // THUMBNAIL_BLOCKS)
    block = [min(side, length) for length in luma.shape]
    n_rows, n_columns = luma.shape[0] // block[0], luma.shape[1] // block[1]
    whole = luma[: n_rows * block[0], : n_columns * block[1]]
    means = whole.reshape(n_rows, block[0], n_columns, block[1]).mean(axis=(1, 3), dtype=np.float32)
    thumbnail: Thumbnail = means.round().astype(np.uint8)
    return thumbnail


def choose_unlike(
    candidates: Iterable[int], thumbnails: dict[int, Thumbnail], n: int, known: Sequence[Thumbnail] = ()
) -> list[int]:
    """Return the first `n` candidate frames that are near-identical neither to each other nor to a known one.

    Parameters
    ----------
    candidates : iterable of int
        Frames, the most wanted first.
    thumbnails : dict of int to uint8 [h, w]
        Of every candidate that could be read; others are passed over.
    n : int
        Frames wanted.
    known : sequence of uint8 [h, w]
        Thumbnails of the frames that are labelled or chosen already.
    """
    chosen: list[int] = []
    taken = list(known)
    for frame in candidates:
        if len(chosen) == n:
            break
        thumbnail = thumbnails.get(frame)
        if thumbnail is not None and not any(_are_alike(thumbnail, other) for other in taken):
            chosen.append(frame)
            taken.append(thumbnail)
    return chosen


def _are_alike(one: Thumbnail, other: Thumbnail) -> bool:
    return bool((np.maximum(one, other) - np.minimum(one, other)).max() <= ALIKE_GREY_LEVELS)


def order_by_difference(thumbnails: dict[int, Thumbnail], n: int, seed: int = 0) -> list[int]:
    """Order frames so that the first `n` show as different things as possible: one of each of `n` clusters (k-means).

    Then follow the others, each cluster in turn. What stands still in the film does not count.
    """
    from sklearn.cluster import KMeans

    frames = list(thumbnails)
    if not frames:
        return []
    n_clusters = min(n, len({thumbnail.tobytes() for thumbnail in thumbnails.values()}))
    flat = np.stack([thumbnails[frame].ravel() for frame in frames]).astype(np.float32)
    flat -= flat.mean(axis=0)
    if flat.shape[1] > PROJECTED_TO:
        flat = flat @ np.random.default_rng(seed).standard_normal((flat.shape[1], PROJECTED_TO), np.float32)
    clusters = KMeans(n_clusters, n_init=1, random_state=seed).fit(flat)
    cluster = clusters.labels_
    distance = np.linalg.norm(flat - clusters.cluster_centers_[cluster], axis=1)
    rank = np.zeros(len(frames), int)  # within its cluster, the nearest to the centre first
    for k in range(n_clusters):
        members = np.flatnonzero(cluster == k)
        rank[members[np.argsort(distance[members], kind="stable")]] = np.arange(len(members))
    return [frames[i] for i in np.lexsort((np.array(frames), cluster, rank))]


def compute_doubt_px(track: Track) -> NDArray[np.float64]:
    """Return how far off the detector may be in each frame, float64 [T] in pixels.

    The largest distance, over animals and keypoints, between what was seen and the smoothed path, and σ on top. A
    frame in which an animal is missing between two in which it is seen is off by its length. 0 elsewhere.
    """
    off = np.linalg.norm(track.raw_keypoints_xy - track.keypoints_xy, axis=3) + track.raw_sigma_px
    doubt: NDArray[np.float64] = np.nan_to_num(off).max(axis=(1, 2), initial=0.0).astype(np.float64)
    ends = track.raw_keypoints_xy[:, :, track.skeleton.front] - track.raw_keypoints_xy[:, :, track.skeleton.back]
    lengths = np.linalg.norm(ends, axis=2)
    for animal in range(len(track.animals)):
        seen = np.flatnonzero(np.isin(track.source[:, animal], (Source.DETECTED, Source.CORRECTED)))
        if len(seen):
            inside = slice(seen[0], seen[-1] + 1)
            missing = ~np.isin(np.arange(track.n_frames)[inside], seen)
            length = float(np.nanmedian(lengths[:, animal])) if np.isfinite(lengths[:, animal]).any() else 0.0
            doubt[inside] = np.where(missing, np.maximum(doubt[inside], length), doubt[inside])
    return doubt


def order_by_doubt(doubt_px: NDArray[np.float64], time_s: NDArray[np.float64], apart_s: float, n: int) -> list[int]:
    """Return up to `n` frames, the most doubtful first, each at least `apart_s` from the others; none without doubt."""
    chosen: list[int] = []
    is_free = doubt_px > 0
    for frame in np.argsort(-doubt_px, kind="stable").tolist():
        if len(chosen) == n or doubt_px[frame] <= 0:
            break
        if is_free[frame]:
            chosen.append(frame)
            is_free &= np.abs(time_s - time_s[frame]) >= apart_s
    return chosen
