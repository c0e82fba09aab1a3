"""From instances to a track: result = f(raw detections, corrections, settings), always over the whole film.

`detections` (the append-only part file of a run) → `association` (which instance is which animal) →
`corrections` (what a person said, as values) → `flips` (head and tail the right way round) → `smoothing` (one
banded solve over a `motion_chain`) → `track` (the result; `draws` of it) → `track_files` (`.csv` and
`.nc`). `pipeline.compute_track` joins them; `settings` holds what a person may choose.
"""
