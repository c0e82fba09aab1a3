"""The maze: arena and calibration, trials and their events, and the measures of a swim.

`arena` (values) ↔ `arena_files` (arena.json) → `calibration` (pixels to centimetres) → `geometry` (exact cuts of
straight steps at borders) → `quadrants`, `zones`. `find_arena` finds the waterline and the platform in a picture;
`camera_moves` tells whether one arena can fit the whole film.
`trials` (trials.csv); `sessions` (several swims in one film);
`swim` (one animal's path in cm) → `events` (release, touch, escape, end) →
`measures` (one family a file, a registry that names unit, formula, source). `tables` reads and writes CSV safely.
"""
