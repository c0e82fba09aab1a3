"""What the Track panel says of a track."""

from __future__ import annotations

from dataclasses import replace

from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.widgets.track.work import describe_track


def test_a_floor_that_was_taken_out_is_told(make_track):
    track = make_track()
    found = int((track.source != Source.MISSING).any(axis=1).sum())
    as_it_was, flat = (
        replace(track, attributes={**track.attributes, "floor": str(floor)}) for floor in (Floor.PLAIN, Floor.PATTERNED)
    )
    assert describe_track(as_it_was).startswith(f"An animal is in {found} of {track.n_frames} frames")
    assert "floor" not in describe_track(track)
    assert "floor" not in describe_track(as_it_was)
    assert "The floor's pattern was taken out" in describe_track(flat)
