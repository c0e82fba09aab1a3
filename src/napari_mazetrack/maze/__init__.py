"""The maze: arena and calibration, trials and their events, and the measures of a swim.

`arena` (values) ↔ `arena_files` (arena.json) → `calibration` (pixels to centimetres) → `geometry` (exact cuts of
straight steps at borders) → `quadrants`. `find_arena` finds the waterline (`find_waterline`, `ellipse_fit`) and the
platform (`find_platform`) in a picture; `known_points` tell how a camera is tilted; `camera_moves` tells whether one
arena can fit the whole film.
`trials` (trials.csv); `sessions` (several swims in one film);
`swim` (one animal's path in cm) → `events` (release, touch, escape, end) →
`measures` (one family a file, a registry that names unit, formula, source). `tables` reads and writes CSV safely;
`limits` are those of settings.
"""
