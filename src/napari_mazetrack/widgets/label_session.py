"""Labelling one film of a project, one animal a frame; neither Qt nor napari.

Every call that changes something is on the disk, as one revision of the project, when it returns. What is read comes
from memory, which follows the project's revisions, whoever makes them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import Change, FilmRecord, LabelOrigin, LabelRecord, Project
from napari_mazetrack.project.second_passes import frames_of_others

VISIBLE = 2
#: Name of the setting that holds the frames of a film that are to be labelled.
QUEUE_SETTING = "label_queue/{}"
#: … and of those that second annotators label again.
SECOND_QUEUE_SETTING = "second_queue/{}"


class LabelSession:
    """What the Label panel does to a project.

    Parameters
    ----------
    project : Project
        Open for writing, or for reading only: then every change raises.
    film : FilmRecord
        One of its films.
    second : str
        The second annotator, whose labels stand beside those that count and who does not see these; empty: the labels
        that count are made.
    """

    def __init__(self, project: Project, film: FilmRecord, second: str = "") -> None:
        self.project = project
        self.film = film
        self.second = second
        self.keypoints = project.skeleton.keypoints
        self._skipped: set[tuple[int, int]] = set()
        self._store = project.second_labels(second) if second else project.labels
        self._seen = project.newest_number
        self._known = {label.frame_index: label for label in self._store.of_film(film.film_id)}

    # What is there.

    def points(self, frame_index: int) -> NDArray[np.float64]:
        """Return x, y of each keypoint of a frame, [n, 2]; NaN where it is not labelled."""
        return _points_of(self._labels().get(frame_index), len(self.keypoints))

    def points_near(self, frame_index: int, n: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return up to `n` labelled frames [F] round a frame, and their points [F, n_keypoints, 2].

        Frames marked as empty have no points.
        """
        frames = self.labelled_frames()
        middle = bisect_right(frames, frame_index)
        chosen = frames[max(0, middle - n // 2) : middle + n // 2]
        points = [_points_of(self._known[frame], len(self.keypoints)) for frame in chosen]
        return np.array(chosen, np.intp), np.array(points).reshape(-1, len(self.keypoints), 2)

    def is_labelled(self, frame_index: int) -> bool:
        """Whether the frame has a label, be it that it shows no animal."""
        return frame_index in self._labels()

    def is_empty(self, frame_index: int) -> bool:
        """Whether a person said that the frame shows no animal."""
        label = self._labels().get(frame_index)
        return label is not None and not label.instances

    def next_keypoint(self, frame_index: int) -> int | None:
        """Return the keypoint that a click sets: the first that is neither labelled nor skipped; None where all are."""
        points = self.points(frame_index)
        missing = [k for k in range(len(points)) if np.isnan(points[k, 0]) and (frame_index, k) not in self._skipped]
        return missing[0] if missing else None

    def labelled_frames(self) -> list[int]:
        """Return the frames that have a label, in order."""
        return sorted(self._labels())

    def _labels(self) -> dict[int, LabelRecord]:
        """Return the labels by frame as the newest revision has them."""
        newest = self.project.newest_number
        if newest != self._seen:
            changed = self._store.changed(self.project.changes_since(self._seen), self.film.film_id)
            self._seen = newest
            self._known.update({frame: label for frame, label in changed.items() if label is not None})
            for frame in [frame for frame, label in changed.items() if label is None]:
                self._known.pop(frame, None)
        return self._known

    # Changes.

    def set_point(self, frame_index: int, keypoint: int, xy: Sequence[float]) -> None:
        """Put a keypoint of a frame at x, y."""
        points = self.points(frame_index)
        points[keypoint] = xy
        self._skipped.discard((frame_index, keypoint))
        self._put(frame_index, points, f"Set {self.keypoints[keypoint]} in frame {frame_index}")

    def delete_point(self, frame_index: int, keypoint: int) -> None:
        """Take a keypoint away; a frame without any point has no label."""
        points = self.points(frame_index)
        points[keypoint] = np.nan
        self._put(frame_index, points, f"Delete {self.keypoints[keypoint]} in frame {frame_index}")

    def accept(self, frame_index: int, points: NDArray[np.float64]) -> None:
        """Make the points [n, 2] that a model proposed, moved or not, a frame's label."""
        self._put(frame_index, points, f"Accept proposed points in frame {frame_index}", LabelOrigin.PROPOSED)

    def skip(self, frame_index: int) -> None:
        """Leave the next keypoint out: it cannot be seen. Nothing is stored for it."""
        keypoint = self.next_keypoint(frame_index)
        if keypoint is not None:
            self._skipped.add((frame_index, keypoint))

    def mark_empty(self, frame_index: int) -> None:
        """Say that a frame shows no animal."""
        with self.project.edit(f"Mark frame {frame_index} as empty"):
            self._store.put(LabelRecord(self.film.film_id, frame_index, (), self._annotator()))

    def clear(self, frame_index: int) -> None:
        """Take the label of a frame away."""
        self._skipped = {(frame, k) for frame, k in self._skipped if frame != frame_index}
        self._store.delete(self.film.film_id, frame_index)

    def copy_from_previous(self, frame_index: int) -> bool:
        """Take over the points of the labelled frame before; False where there is none with points."""
        for before in reversed([frame for frame in self.labelled_frames() if frame < frame_index]):
            points = self.points(before)
            if np.isfinite(points).any():
                self._put(frame_index, points, f"Copy frame {before} to frame {frame_index}")
                return True
        return False

    def undo(self) -> int | None:
        """Take the last edit of the project back; return the frame of this film that it changed, None for none."""
        return self._frame_of(self.project.undo(keep_films=True))

    def redo(self) -> int | None:
        """Do again what was undone last; return the frame of this film that it changed, None for none."""
        return self._frame_of(self.project.redo())

    # Which frames.

    def queue(self) -> list[int]:
        """Return the frames that are to be labelled, in order."""
        value = self.project.settings.get(self._queue_setting())
        frames = [frame for frame in value if isinstance(frame, int)] if isinstance(value, list) else []
        return sorted({frame for frame in frames if 0 <= frame < self.film.n_frames})

    def set_queue(self, frames: Sequence[int]) -> None:
        """Choose the frames that are to be labelled; those of an earlier choice are no longer, labels stay."""
        self.project.settings.put(self._queue_setting(), [int(frame) for frame in frames])

    def frames_for_second_pass(self, n: int) -> list[int]:
        """Return up to `n` frames that somebody else has labelled, evenly chosen among them."""
        frames = frames_of_others(self.project, self.film.film_id, self.second)
        chosen = np.unique(np.linspace(0, len(frames) - 1, min(n, len(frames))).round().astype(int))
        return [frames[i] for i in chosen]

    def _queue_setting(self) -> str:
        return (SECOND_QUEUE_SETTING if self.second else QUEUE_SETTING).format(self.film.film_id)

    def next_to_label(self, frame_index: int) -> int | None:
        """Return the next frame of the queue without a complete label, from the film's start again; None: all done."""
        waiting = [frame for frame in self.queue() if not self._is_done(frame)]
        if not waiting:
            return None
        return waiting[bisect_right(waiting, frame_index) % len(waiting)]

    def neighbour(self, frame_index: int, step: int) -> int | None:
        """Return the nearest labelled frame after (`step` 1) or before (−1) a frame; None where there is none."""
        frames = self.labelled_frames()
        beyond = [frame for frame in frames if (frame - frame_index) * step > 0]
        return None if not beyond else beyond[0] if step > 0 else beyond[-1]

    def _is_done(self, frame_index: int) -> bool:
        return self.is_empty(frame_index) or self.next_keypoint(frame_index) is None

    def _put(
        self, frame_index: int, points: NDArray[np.float64], summary: str, origin: LabelOrigin = LabelOrigin.DRAWN
    ) -> None:
        labelled = np.isfinite(points).all(axis=1)
        with self.project.edit(summary):
            if labelled.any():
                animal = LabelledInstance(points, np.where(labelled, VISIBLE, 0).astype(np.uint8))
                self._store.put(LabelRecord(self.film.film_id, frame_index, (animal,), self._annotator(), origin))
            else:
                self._store.delete(self.film.film_id, frame_index)

    def _annotator(self) -> str:
        return self.second or self.project.author

    def _frame_of(self, changes: Sequence[Change]) -> int | None:
        return next(iter(self._store.changed(changes, self.film.film_id)), None)


def _points_of(label: LabelRecord | None, n_keypoints: int) -> NDArray[np.float64]:
    if label is None or not label.instances:
        return np.full((n_keypoints, 2), np.nan)
    return label.instances[0].keypoints_xy.copy()
