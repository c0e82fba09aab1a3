"""Head and tail the right way round.

A detector now and then takes the tail for the head, sometimes for a whole stretch. Each frame is kept or flipped; the
cheapest sequence over the film is found by dynamic programming (Viterbi 1967, doi:10.1109/TIT.1967.1054010). What
counts: an animal turns only so fast (real Δt), it swims nose first, and the detector is right more often than not.
Frames without head or tail (NaN) are passed over.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.recall import recalled

#: Heading: noise of the detector (rad), and how much an animal turns (rad/s).
HEADING_NOISE_RAD = 0.35
TURN_RATE_RAD_S = 3.0
#: Evidence per second: of swimming nose first at full speed, and of the detector being right.
MOTION_EVIDENCE_S = 4.0
DETECTOR_EVIDENCE_S = 1.0
#: Speed, in body lengths a second, at which the direction of motion counts half.
HALF_SPEED = 1.0
#: The direction of motion is taken over this time on either side.
MOTION_SPAN_S = 0.25
#: A frame stands for the time since the one before, within these limits.
MIN_STEP_S, MAX_STEP_S = 1e-3, 0.25


@recalled(8)
def find_flips(
    time_s: NDArray[np.float64],
    axis_xy: NDArray[np.float64],
    centre_xy: NDArray[np.float64],
    body_length_px: float,
) -> NDArray[np.bool_]:
    """Tell in which frames head and tail are exchanged.

    Parameters
    ----------
    time_s : float64 [T]
        Time of each frame.
    axis_xy : float64 [T, 2]
        Head minus tail; NaN where either is missing.
    centre_xy : float64 [T, 2]
        The central keypoint.
    body_length_px : float
        Typical distance from head to tail.

    Returns
    -------
    bool [T]
        True where they must be exchanged; False where nothing was observed.
    """
    is_flipped = np.zeros(len(time_s), bool)
    seen = np.flatnonzero(are_finite(axis_xy) & are_finite(centre_xy))
    if len(seen) == 0:
        return is_flipped
    t, axis, centre = time_s[seen], axis_xy[seen], centre_xy[seen]
    heading = np.arctan2(axis[:, 1], axis[:, 0])
    dwell = np.clip(np.diff(t, prepend=t[:1]), MIN_STEP_S, MAX_STEP_S)
    toward_motion = _compute_motion_agreement(t, heading, centre, body_length_px)
    kept = -MOTION_EVIDENCE_S * dwell * toward_motion
    flipped = -kept + DETECTOR_EVIDENCE_S * dwell
    # A step of the same state costs 1 - cos of the turn, one that changes it 1 + cos.
    stiffness = 1 / (HEADING_NOISE_RAD**2 + (TURN_RATE_RAD_S * np.diff(t)) ** 2)
    is_flipped[seen] = _cheapest_states(flipped - kept, 2 * np.cos(np.diff(heading)) * stiffness)
    return is_flipped


def _compute_motion_agreement(
    t: NDArray[np.float64], heading: NDArray[np.float64], centre: NDArray[np.float64], length: float
) -> NDArray[np.float64]:
    """Cosine between heading and motion, times how far the speed can be trusted (0 to 1), [n]."""
    last = np.searchsorted(t, t + MOTION_SPAN_S + 1e-9, side="right") - 1
    first = np.searchsorted(t, t - MOTION_SPAN_S - 1e-9, side="left")
    move = centre[last] - centre[first]
    span = np.maximum(t[last] - t[first], 1e-3)
    speed = np.hypot(move[:, 0], move[:, 1]) / span / length
    # Over a long gap the way taken is not the way headed.
    trust = speed**2 / (speed**2 + HALF_SPEED**2)
    cosine = np.cos(np.arctan2(move[:, 1], move[:, 0]) - heading)
    agreement: NDArray[np.float64] = trust * cosine
    return agreement


def _cheapest_states(flipping: NDArray[np.float64], change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the cheapest sequence of kept (False) and flipped (True).

    Parameters
    ----------
    flipping : float64 [n]
        How much more it costs that a frame is flipped than that it is kept.
    change : float64 [n - 1]
        How much more it costs that the state changes between two frames than that it stays.
    """
    # Of the cheapest ways to both states of a frame only their difference matters. A step cannot make it larger than
    # the cost of a change: the dearer state is then reached from the other one.
    difference = float(flipping[0])
    differences = array("d", [difference])
    for cost, dearer in zip(flipping[1:].data, change.data, strict=True):
        bound = abs(dearer)
        held = bound if difference > bound else -bound if difference < -bound else difference
        difference = cost + (held if dearer >= 0 else -held)
        differences.append(difference)
    before = np.frombuffer(differences)[:-1]
    to_kept, to_flipped = (before < -change).tobytes(), (before < change).tobytes()  # whether it comes from flipped
    states = bytearray(len(flipping))
    states[-1] = difference < 0
    for i in range(len(before) - 1, -1, -1):
        states[i] = to_flipped[i] if states[i + 1] else to_kept[i]
    return np.frombuffer(states, np.bool_)
