"""Correcting the track of one film; neither Qt nor napari.

A correction is computed over the whole film, then on the disk as one revision of the project, and only then in `track`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import Change, Kind, LabelOrigin, LabelRecord, Project
from napari_mazetrack.project.payload import decode
from napari_mazetrack.project.records import beyond_the_end
from napari_mazetrack.tracking.corrections import (
    Correction,
    DeleteInstance,
    ExchangeAnimals,
    MarkMissing,
    SetKeypoint,
    SwapHeadTail,
    are_of_track,
)
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.correct.poses import drawn_pose, instance_at, pose_at, pose_of
from napari_mazetrack.widgets.projects.own_undo import undo_own
from napari_mazetrack.workflows.correct import EVENTS_SETTING, Correctable, append_correction, corrections_of

#: Name of the setting of a project that holds the answers for a film.
ANSWERS_SETTING = "review_answers/{}"


class CorrectionSession:
    """What the Correct tab does to a project; `MazetrackError` where that is asked of a frame beyond the film's end.

    Parameters
    ----------
    project : Project
        Open for writing; it knows the film.
    film_id : str
        The film.
    correctable : Correctable
        What its track is computed from.
    """

    def __init__(self, project: Project, film_id: str, correctable: Correctable) -> None:
        self.project = project
        self.film_id = film_id
        self._correctable = correctable
        self.track: Track = correctable.compute(corrections_of(project, film_id))

    @property
    def n_corrections(self) -> int:
        """How many corrections the film has."""
        return len(self.project.corrections.of_film(self.film_id))

    def points(self, frame_index: int) -> NDArray[np.float64]:
        """Return x, y of all keypoints of all animals of a frame, [A × n_keypoints, 2]; NaN where missing."""
        if not self._has_frame(frame_index):
            return np.full_like(self.track.keypoints_xy[0], np.nan).reshape(-1, 2)
        return self.track.keypoints_xy[frame_index].reshape(-1, 2)

    def require_frame(self, frame_index: int) -> None:
        """Raise a `MazetrackError` where the film has no such frame: the slider follows the longest open film."""
        if not self._has_frame(frame_index):
            raise MazetrackError(beyond_the_end(frame_index, self.track.n_frames))

    def _has_frame(self, frame_index: int) -> bool:
        return 0 <= frame_index < self.track.n_frames

    def pose(self, frame_index: int, animal: int = 0) -> NDArray[np.float64] | None:
        """Return the keypoints of an animal in a frame, [n_keypoints, 2]; None where it is missing."""
        self.require_frame(frame_index)
        return pose_of(self.track, frame_index, animal)

    def set_point(self, frame_index: int, row: int, xy: Sequence[float]) -> None:
        """Put a keypoint, named by its row in `points`, at x, y."""
        self.require_frame(frame_index)
        names = self.track.skeleton.keypoints
        animal, keypoint = divmod(row, len(names))
        self._add(SetKeypoint(frame_index, animal, names[keypoint], float(xy[0]), float(xy[1])))

    def put(self, frame_index: int, pose: NDArray[np.float64], animal: int = 0) -> None:
        """Put an animal into a frame, in a pose [n_keypoints, 2]; NaN where a keypoint is not known."""
        self.require_frame(frame_index)
        self._add(instance_at(frame_index, animal, pose))

    def put_from_to(
        self, frame_index: int, back_xy: Sequence[float], front_xy: Sequence[float], animal: int = 0
    ) -> None:
        """Put an animal into a frame, its back end and its front end at these x, y."""
        self.put(frame_index, drawn_pose(self.track, animal, back_xy, front_xy), animal)

    def put_at(self, frame_index: int, xy: Sequence[float], animal: int = 0) -> bool:
        """Put an animal into a frame with its centre at x, y, in its pose of the nearest frame; False without one."""
        self.require_frame(frame_index)
        pose = pose_at(self.track, frame_index, animal, xy)
        if pose is not None:
            self.put(frame_index, pose, animal)
        return pose is not None

    def exchange(self, frame_index: int, animal: int, other: int) -> None:
        """Exchange two animals from a frame on."""
        self.require_frame(frame_index)
        self._add(ExchangeAnimals(frame_index, animal, other))

    def swap(self, first_frame: int, last_frame: int, animal: int = 0) -> None:
        """Exchange head and tail in these frames, both included."""
        self.require_frame(first_frame)
        self.require_frame(last_frame)
        self._add(SwapHeadTail(first_frame, last_frame, animal))

    def swap_from(self, frame_index: int, animal: int = 0) -> int:
        """Exchange head and tail from a frame on, until the animal turns round by itself; return the last frame."""
        self.require_frame(frame_index)
        last_frame = end_of_heading(self.track, frame_index, animal)
        self.swap(frame_index, last_frame, animal)
        return last_frame

    def mark_missing(self, first_frame: int, last_frame: int, animal: int = 0) -> None:
        """Say that the animal cannot be seen in these frames, both included."""
        first, last = sorted((first_frame, last_frame))
        self.require_frame(last)
        self._add(MarkMissing(first, last, animal))

    def reject(self, frame_index: int, animal: int = 0) -> bool:
        """Say that what was found in a frame is not the animal; False where nothing was found."""
        self.require_frame(frame_index)
        x, y = self.track.raw_keypoints_xy[frame_index, animal, self.track.skeleton.centre].tolist()
        if not np.isfinite([x, y]).all():
            return False
        self._add(DeleteInstance(frame_index, x, y))
        return True

    def use_for_training(self) -> int:
        """Put the frames in which a person set a point among the project's labels; return how many are new.

        A label that stands there already stays as it is.
        """
        corrected = np.flatnonzero((self.track.source == Source.CORRECTED).any(axis=1)).tolist()
        new = [frame for frame in corrected if self.project.labels.get(self.film_id, frame) is None]
        if new:
            with self.project.edit(f"Use {len(new)} corrected frames for training"):
                for frame in new:
                    self.project.labels.put(self._label(frame))
        return len(new)

    def _label(self, frame_index: int) -> LabelRecord:
        instances = []
        for points in self.track.keypoints_xy[frame_index]:
            is_known = np.isfinite(points).all(axis=1)
            if is_known.any():
                instances.append(LabelledInstance(points.astype(float), np.where(is_known, 2, 0).astype(np.uint8)))
        return LabelRecord(
            self.film_id, frame_index, tuple(instances), self.project.author, origin=LabelOrigin.CORRECTED
        )

    def look_again(self) -> None:
        """Follow an edit that another panel made of the corrections."""
        corrections = corrections_of(self.project, self.film_id)
        if not are_of_track(corrections, self.track.attributes):
            self.track = self._correctable.compute(corrections)

    def undo(self) -> None:
        """Take the last edit of the project back.

        Raises
        ------
        MazetrackError
            It is no correction, event or answer, no corrected frame for training, and no change of arena or trial.
        """
        self._follow(undo_own(self.project, _is_of_corrections))

    def redo(self) -> None:
        """Do again what was undone last."""
        self._follow(self.project.redo())

    def _add(self, correction: Correction) -> None:
        corrections = (*corrections_of(self.project, self.film_id), correction)
        track = self._correctable.compute(corrections)
        append_correction(self.project, self.film_id, correction)
        self.track = track

    def _follow(self, changes: Sequence[Change]) -> None:
        keys = [change.key for change in changes]
        if any(key.kind == Kind.CORRECTION and key.name == self.film_id for key in keys):
            self.track = self._correctable.compute(corrections_of(self.project, self.film_id))


def _is_of_corrections(change: Change) -> bool:
    """Whether a change is one that is made beside the Correct tab, and whose undoing is seen there."""
    match change.key.kind:
        case Kind.CORRECTION:
            return True
        case Kind.SETTING:
            return change.key.name.startswith((EVENTS_SETTING.format(""), ANSWERS_SETTING.format("")))
        case Kind.ARENA | Kind.TRIAL:
            return change.before is not None  # the one before is shown again
        case Kind.LABEL:
            label = change.before or change.after
            return label is not None and decode(label).get("origin") == LabelOrigin.CORRECTED
    return False


def end_of_heading(track: Track, frame_index: int, animal: int) -> int:
    """Return the last frame from `frame_index` on before head and tail change places between two detections."""
    ends = track.raw_keypoints_xy[frame_index:, animal][:, [track.skeleton.front, track.skeleton.back]]
    axis = ends[:, 0] - ends[:, 1]
    seen = np.flatnonzero(np.isfinite(axis).all(axis=1))
    opposes = (axis[seen[1:]] * axis[seen[:-1]]).sum(axis=1) < 0
    if not opposes.any():
        return track.n_frames - 1
    return frame_index + int(seen[1:][np.argmax(opposes)]) - 1
