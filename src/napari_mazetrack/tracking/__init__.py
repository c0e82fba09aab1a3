"""From instances to a track: result = f(raw detections, corrections, settings), always over the whole film.

`region` (the part of the picture to look at) and `floor` (its pattern, which is taken out; `floor_choice`) →
`detections` (the append-only part file of a run, with its `part_header`) → `association` (which instance is which
animal; one alone by its `best_chain`, whose gaps `faint` ones fill; all choose from `candidates`, inside the
`pool_mask`) → `flips` (head and tail the right way round) → `corrections` (what a person said, as values) →
`smoothing` (one banded solve over a `motion_chain`; `slow_errors` stay) → `track` (the result; `draws` of it) →
`track_files` (`track_csv`; `track_nc` with `detections_nc`, all that was detected; both are written through `netcdf`
and read through `safe_hdf5`).
`path_sketch` is a rough path to look at while a film is tracked, `time_range` the part of it that is.
`pipeline.compute_track` joins them; `recall` spares it what was computed before from the same numbers; `settings` holds
what a person may choose.
"""
