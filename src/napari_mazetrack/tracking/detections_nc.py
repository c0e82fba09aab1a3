"""All that was detected, as variables of a track's netCDF file: what a corrected track is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.safe_hdf5 import read_array, read_text
from napari_mazetrack.tracking.detections import UNREADABLE, RawDetections
from napari_mazetrack.tracking.netcdf import Variable
from napari_mazetrack.tracking.part_header import PartHeader

if TYPE_CHECKING:
    import h5py

#: Attribute that holds the header of the detections, as JSON.
HEADER = "detections_header"


def detection_variables(raw: RawDetections) -> dict[str, Variable]:
    """Return the detections as variables of a netCDF file; slots that no frame uses are left out."""
    found, px, slots = raw.instances, {"units": "px"}, ("time", "slot")
    said = {"long_name": "instances; -1: the frame could not be read"}
    return {
        "detected_count": Variable(("time",), raw.count, said),
        "detected_score": Variable(slots, raw.by_slot(found.score)),
        "detected_box": Variable((*slots, "box_xyxy"), raw.by_slot(found.box_xyxy), px),
        "detected_position": Variable((*slots, "keypoints", "space"), raw.by_slot(found.keypoints_xy), px),
        "detected_sigma": Variable((*slots, "keypoints"), raw.by_slot(found.sigma_px), px),
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
    is_used = np.arange(n_used) < count[:, None]
    instances = Instances(
        score=read_array(file, "detected_score", np.float32, shape)[is_used],
        box_xyxy=read_array(file, "detected_box", np.float32, (*shape, 4))[is_used],
        keypoints_xy=read_array(file, "detected_position", np.float32, (*shape, n_keypoints, 2))[is_used],
        sigma_px=read_array(file, "detected_sigma", np.float32, (*shape, n_keypoints))[is_used],
    )
    return RawDetections(header, header.n_looked_at, count, instances)
