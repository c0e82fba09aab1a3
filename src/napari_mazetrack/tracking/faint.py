"""Faint instances: those that the detector is not sure of, where the sure ones leave a gap.

A detector that says less often "animal" where there is none also loses an animal of little contrast for a while. Its
weaker answers are worth a look, but only between two sure sightings and only on the way from one to the other
(associating low scores second, as in ByteTrack, doi:10.1007/978-3-031-20047-2_1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.best_chain import find_best_chain
from napari_mazetrack.tracking.candidates import MIN_GAIN, NOTHING, Candidates, compute_dwell_s

#: A model's threshold tells animals in single pictures, without what a film tells besides: where the animal was before
#: and after, and what never moves. A track takes instances as sure from this share of it on, and as faint from this one
#: on; weaker ones are not recorded.
SURE_SHARE, FAINT_SHARE = 2 / 3, 1 / 3
#: A longer gap stays: over a shorter one nothing faint earns enough (`MIN_GAIN`) for a jump away (`JUMP_COST`).
LONGEST_GAP_S = 20.0


def fill_gaps(faint: Candidates, sure_xy: NDArray[np.float64], slot_of: NDArray[np.intp]) -> NDArray[np.intp]:
    """Fill the gaps of one animal's way with faint instances.

    Parameters
    ----------
    faint : Candidates
        The faint instances, in the slots that they have beside the sure ones.
    sure_xy : float64 [T, 2]
        Where the animal surely is; NaN in the gaps.
    slot_of : intp [T]
        Its slot in each frame, −1 in the gaps.

    Returns
    -------
    intp [T]
        The same with faint instances where they lie on the way across a gap.
    """
    frames, is_border = _frames_to_fill(faint, sure_xy)
    if len(frames) == 0:
        return slot_of
    part = Candidates(faint.time_s[frames], faint.xy[frames], faint.score[frames], faint.body_length_px)
    part.xy[is_border] = np.nan
    gains = np.where(are_finite(part.xy), MIN_GAIN * compute_dwell_s(faint.time_s)[frames, None], np.nan)
    anchors = {int(i): (float(x), float(y)) for i in np.flatnonzero(is_border) for x, y in [sure_xy[frames[i]]]}
    found = find_best_chain(part, gains, anchors)
    filled = slot_of.copy()
    filled[frames[found != NOTHING]] = found[found != NOTHING]
    return filled


def _frames_to_fill(faint: Candidates, sure_xy: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the frames of gaps that have faint instances, with the sure ones around them; and which are sure."""
    sure = np.flatnonzero(are_finite(sure_xy))
    is_faint = are_finite(faint.xy).any(axis=1) & ~np.isin(np.arange(len(sure_xy)), sure)
    inside = np.flatnonzero(is_faint)
    after = np.searchsorted(sure, inside)
    is_between = (after > 0) & (after < len(sure))
    inside, after = inside[is_between], after[is_between]
    is_short = faint.time_s[sure[after]] - faint.time_s[sure[after - 1]] <= LONGEST_GAP_S
    inside, after = inside[is_short], after[is_short]
    frames = np.unique(np.concatenate([inside, sure[after], sure[after - 1]]))
    return frames, np.isin(frames, sure)
