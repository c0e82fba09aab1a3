"""All that was detected, as variables of a track's netCDF file: what a corrected track is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.safe_hdf5 import read_array, read_text
from napari_mazetrack.tracking.detections import UNREADABLE, RawDetections
from napari_mazetrack.tracking.netcdf import Variable
from napari_mazetrack.tracking.part_header import PartHeader

if TYPE_CHECKING:
    import h5py

#: Attribute that holds the header of the detections, as JSON.
HEADER = "detections_header"


def detection_variables(raw: RawDetections) -> dict[str, Variable]:
    """Return the detections as variables of a netCDF file; empty slots that no frame uses are left out."""
    n_used = max(int(raw.count.max(initial=0)), 1)
    px, slots = {"units": "px"}, ("time", "slot")
    said = {"long_name": "instances; -1: the frame could not be read"}
    return {
        "detected_count": Variable(("time",), raw.count, said),
        "detected_score": Variable(slots, raw.score[:, :n_used]),
        "detected_box": Variable((*slots, "box_xyxy"), raw.box_xyxy[:, :n_used], px),
        "detected_position": Variable((*slots, "keypoints", "space"), raw.keypoints_xy[:, :n_used], px),
        "detected_sigma": Variable((*slots, "keypoints"), raw.sigma_px[:, :n_used], px),
    }


def read_detections(file: h5py.File) -> RawDetections:
    """Read what `detection_variables` wrote; ValueError, KeyError or TypeError where it is damaged."""
    header = PartHeader.from_json(read_text(file.attrs[HEADER]))
    n_frames, n_keypoints = header.n_frames, header.skeleton.n_keypoints
    count = read_array(file, "detected_count", np.int16, (n_frames,))
    n_used = int(np.clip(file["detected_score"].shape[1], 1, header.n_slots))
    shape = (n_frames, n_used)
    if (count < UNREADABLE).any() or (count > n_used).any():
        raise ValueError("it counts more detections than it has")
    return RawDetections(
        header=header,
        n_recorded=header.n_looked_at,
        count=count,
        score=read_array(file, "detected_score", np.float32, shape),
        box_xyxy=read_array(file, "detected_box", np.float32, (*shape, 4)),
        keypoints_xy=read_array(file, "detected_position", np.float32, (*shape, n_keypoints, 2)),
        sigma_px=read_array(file, "detected_sigma", np.float32, (*shape, n_keypoints)),
    )
