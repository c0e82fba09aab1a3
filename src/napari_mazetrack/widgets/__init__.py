"""Windows: napari and Qt, thin. Only this room imports them.

What napari calls (``napari.yaml``): `reader` (films and tracks as layers; `project_reader` those of a project),
`samples`, and the four panels: `track.track_widget`, `label.label_widget`, `train.train_widget`,
`experiment.experiment_widget`.

Values that the panels share, without Qt: `session` (film, arena, track, measures), `convert` (the only place where x, y
and frame, y, x meet), `overlay_choice` (what is drawn), `measure_rows` (measures as table rows).

Each panel has a folder, and stands on these: `window` (what any panel needs of Qt and napari), `projects` (the project
that is open), `films` (the film that is worked on), `overlay` (what is drawn over it), `timeline` (strips under it),
`arena` (pool and platforms) and `correct` (the Track panel's tabs in which a track is checked and put right).
"""
