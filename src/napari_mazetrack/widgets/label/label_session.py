"""Labelling one film of a project; neither Qt nor napari.

Every call that changes something is on the disk, as one revision of the project, when it returns. What is read comes
from memory, which follows the project's revisions, whoever makes them.

A keypoint of a frame is named by its row: animal × n_keypoints + keypoint. Frames that a person labels here have one
animal; those that were imported or corrected keep all of theirs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import Change, FilmRecord, Kind, LabelOrigin, LabelRecord, Project
from napari_mazetrack.project.second_passes import frames_of_others
from napari_mazetrack.widgets.label.label_edits import (
    UNSAID,
    VISIBLE,
    asked_again,
    asks_for,
    cannot_be_seen,
    copied,
    unlabelled_animal,
    with_hidden,
    with_point,
    without_point,
)
from napari_mazetrack.widgets.projects.own_undo import undo_own

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
        self._store = project.second_labels(second) if second else project.labels
        self._seen = project.newest_number
        self._frames = set(self._store.frames(film.film_id))
        self._known: dict[int, LabelRecord] = {}  # those that were asked for: reading 20,000 takes a second

    # What is there.

    def animals(self, frame_index: int) -> tuple[LabelledInstance, ...]:
        """Return the animals of a frame; one of which nothing is said where the frame has none."""
        return self._animals_of(self._label_of(frame_index))

    def points(self, frame_index: int) -> NDArray[np.float64]:
        """Return x, y of each row of a frame, [animals × n_keypoints, 2]; NaN where there is no point."""
        return _points_of(self.animals(frame_index))

    def points_near(self, frame_index: int, n: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return up to `n` labelled frames [F] round a frame, and their points [F, rows, 2].

        Frames have NaN behind the rows of their animals; those marked as empty have no points.
        """
        frames = self.labelled_frames()
        middle = bisect_right(frames, frame_index)
        chosen = frames[max(0, middle - n // 2) : middle + n // 2]
        found = [_points_of(self._animals_of(self._label_of(frame))) for frame in chosen]
        points = np.full((len(chosen), max(map(len, found), default=len(self.keypoints)), 2), np.nan)
        for row, one in zip(points, found, strict=True):
            row[: len(one)] = one
        return np.array(chosen, np.intp), points

    def name_of(self, frame_index: int, row: int) -> str:
        """Return the name of a row, with its animal's number where the frame has several."""
        animal, keypoint = divmod(row, len(self.keypoints))
        name = self.keypoints[keypoint]
        return name if len(self.animals(frame_index)) == 1 else f"{name} of animal {animal + 1}"

    def has_frame(self, frame_index: int) -> bool:
        """Whether the film has this frame: the slider runs to the end of the longest film that is open."""
        return 0 <= frame_index < self.film.n_frames

    def is_labelled(self, frame_index: int) -> bool:
        """Whether the frame has a label, be it that it shows no animal."""
        return frame_index in self._labelled()

    def is_empty(self, frame_index: int) -> bool:
        """Whether a person said that the frame shows no animal."""
        label = self._label_of(frame_index)
        return label is not None and not label.instances

    def next_keypoint(self, frame_index: int) -> int | None:
        """Return the row that a click sets: the first of which nothing is said; None where something is of all."""
        return next(iter(self._rows(frame_index, asks_for)), None)

    def hidden(self, frame_index: int) -> list[int]:
        """Return the rows of which a person said that they cannot be seen, and that have no place."""
        return self._rows(frame_index, cannot_be_seen)

    def labelled_frames(self) -> list[int]:
        """Return the frames that have a label, in order."""
        return sorted(self._labelled())

    def _labelled(self) -> set[int]:
        """Return the frames that have a label as the newest revision has them."""
        newest = self.project.newest_number
        if newest != self._seen:
            changed = self._store.changed(self.project.changes_since(self._seen), self.film.film_id)
            self._seen = newest
            for frame, label in changed.items():
                if label is None:
                    self._frames.discard(frame)
                    self._known.pop(frame, None)
                else:
                    self._frames.add(frame)
                    self._known[frame] = label
        return self._frames

    def _label_of(self, frame_index: int) -> LabelRecord | None:
        """Return the label of a frame, None where it has none."""
        if frame_index not in self._labelled():
            return None
        if frame_index not in self._known:
            label = self._store.get(self.film.film_id, frame_index)
            if label is None:
                return None
            self._known[frame_index] = label
        return self._known[frame_index]

    def _rows(self, frame_index: int, which: Callable[[LabelledInstance], NDArray[np.bool_]]) -> list[int]:
        flags = np.concatenate([which(animal) for animal in self.animals(frame_index)])
        return [int(row) for row in np.flatnonzero(flags)]

    def _animals_of(self, label: LabelRecord | None) -> tuple[LabelledInstance, ...]:
        return (label.instances if label is not None else ()) or (unlabelled_animal(len(self.keypoints)),)

    # Changes.

    def set_point(self, frame_index: int, row: int, xy: Sequence[float]) -> None:
        """Put a keypoint of a frame at x, y; a drawn box that does not hold it goes."""
        self._edit_row(frame_index, row, "Set", lambda animal, keypoint: with_point(animal, keypoint, xy))

    def delete_point(self, frame_index: int, row: int) -> None:
        """Take a keypoint away; an animal of which nothing is said, and a frame without any, have no label."""
        self._edit_row(frame_index, row, "Delete", without_point)

    def accept(self, frame_index: int, points: NDArray[np.float64]) -> None:
        """Make the points [n_keypoints, 2] that a model proposed, moved or not, a frame's label."""
        labelled = np.isfinite(points).all(axis=1)
        animal = LabelledInstance(points, np.where(labelled, VISIBLE, UNSAID).astype(np.uint8))
        self._put(frame_index, [animal], f"Accept proposed points in frame {frame_index}", LabelOrigin.PROPOSED)

    def skip(self, frame_index: int) -> None:
        """Say that the next keypoint cannot be seen; where none is next, ask again for those that could not be."""
        row = self.next_keypoint(frame_index)
        if row is not None:
            self._edit_row(frame_index, row, "Not visible:", with_hidden)
        elif self.hidden(frame_index):
            animals = [asked_again(animal) for animal in self.animals(frame_index)]
            self._put(frame_index, animals, f"Ask again for what cannot be seen in frame {frame_index}")

    def mark_empty(self, frame_index: int) -> None:
        """Say that a frame shows no animal."""
        with self.project.edit(f"Mark frame {frame_index} as empty"):
            self._store.put(LabelRecord(self.film.film_id, frame_index, (), self._annotator()))

    def clear(self, frame_index: int) -> None:
        """Take the label of a frame away."""
        self._store.delete(self.film.film_id, frame_index)

    def copy_from_previous(self, frame_index: int) -> bool:
        """Take over the points of the labelled frame before; False where there is none with points."""
        for before in reversed([frame for frame in self.labelled_frames() if frame < frame_index]):
            if np.isfinite(self.points(before)).any():
                animals = [copied(animal) for animal in self.animals(before)]
                self._put(frame_index, animals, f"Copy frame {before} to frame {frame_index}")
                return True
        return False

    def undo(self) -> int | None:
        """Take the last edit of the project back; return the frame of this film that it changed, None for none.

        Raises
        ------
        MazetrackError
            It changed something else than labels and the frames that are to be labelled.
        """
        return self._frame_of(undo_own(self.project, _is_of_labels))

    def redo(self) -> int | None:
        """Do again what was undone last; return the frame of this film that it changed, None for none."""
        return self._frame_of(self.project.redo())

    # Which frames.

    def queue(self) -> list[int]:
        """Return the frames that are to be labelled, in order."""
        return picked_frames(self.project, self.film, self.second)

    def set_queue(self, frames: Sequence[int]) -> None:
        """Choose the frames that are to be labelled; those of an earlier choice are no longer, labels stay."""
        self.project.settings.put(queue_setting(self.film, self.second), [int(frame) for frame in frames])

    def frames_for_second_pass(self, n: int) -> list[int]:
        """Return up to `n` frames that somebody else has labelled, evenly chosen among them."""
        frames = frames_of_others(self.project, self.film.film_id, self.second)
        chosen = np.unique(np.linspace(0, len(frames) - 1, min(n, len(frames))).round().astype(int))
        return [frames[i] for i in chosen]

    def next_to_label(self, frame_index: int) -> int | None:
        """Return the next frame of the queue without a complete label, from the film's start again; None: all done."""
        waiting = [frame for frame in self.queue() if not self._is_done(frame)]
        if not waiting:
            return None
        return waiting[bisect_right(waiting, frame_index) % len(waiting)]

    def next_unlabelled(self, frame_index: int) -> int | None:
        """Return the next frame behind this one that is not labelled to the end, from the film's start again.

        None where there is none, and in a second pass, which goes over frames that somebody else has labelled.
        """
        n = 0 if self.second else self.film.n_frames
        first = min(frame_index + 1, n)
        frames = (frame % n for frame in range(first, first + n - self.has_frame(frame_index)))
        return next((frame for frame in frames if not self.is_labelled(frame) or not self._is_done(frame)), None)

    def neighbour(self, frame_index: int, step: int) -> int | None:
        """Return the nearest labelled frame after (`step` 1) or before (−1) a frame; None where there is none."""
        frames = self.labelled_frames()
        beyond = [frame for frame in frames if (frame - frame_index) * step > 0]
        return None if not beyond else beyond[0] if step > 0 else beyond[-1]

    def _is_done(self, frame_index: int) -> bool:
        return self.is_empty(frame_index) or self.next_keypoint(frame_index) is None

    def _edit_row(
        self, frame_index: int, row: int, verb: str, edit: Callable[[LabelledInstance, int], LabelledInstance]
    ) -> None:
        """Change one animal of a frame; the others stay as they are."""
        animal, keypoint = divmod(row, len(self.keypoints))
        animals = list(self.animals(frame_index))
        summary = f"{verb} {self.name_of(frame_index, row)} in frame {frame_index}"
        animals[animal] = edit(animals[animal], keypoint)
        self._put(frame_index, animals, summary)

    def _put(
        self,
        frame_index: int,
        animals: Sequence[LabelledInstance],
        summary: str,
        origin: LabelOrigin = LabelOrigin.DRAWN,
    ) -> None:
        said = tuple(animal for animal in animals if animal.visibility.any() or animal.has_points)
        with self.project.edit(summary):
            if said:
                self._store.put(LabelRecord(self.film.film_id, frame_index, said, self._annotator(), origin))
            else:
                self._store.delete(self.film.film_id, frame_index)

    def _annotator(self) -> str:
        return self.second or self.project.author

    def _frame_of(self, changes: Sequence[Change]) -> int | None:
        return next(iter(self._store.changed(changes, self.film.film_id)), None)


def _is_of_labels(change: Change) -> bool:
    """Whether a change is one of labels, or of the frames that are to be labelled."""
    queues = tuple(name.format("") for name in (QUEUE_SETTING, SECOND_QUEUE_SETTING))
    is_queue = change.key.kind == Kind.SETTING and change.key.name.startswith(queues)
    return is_queue or change.key.kind in (Kind.LABEL, Kind.SECOND_LABEL)


def queue_setting(film: FilmRecord, second: str) -> str:
    """Return the name of the setting that holds the frames of a film that are to be labelled."""
    return (SECOND_QUEUE_SETTING if second else QUEUE_SETTING).format(film.film_id)


def picked_frames(project: Project, film: FilmRecord, second: str) -> list[int]:
    """Return the frames of a film that are to be labelled, in order."""
    value = project.settings.get(queue_setting(film, second))
    frames = [frame for frame in value if isinstance(frame, int)] if isinstance(value, list) else []
    return sorted({frame for frame in frames if 0 <= frame < film.n_frames})


def _points_of(animals: Sequence[LabelledInstance]) -> NDArray[np.float64]:
    return np.concatenate([animal.keypoints_xy for animal in animals])
