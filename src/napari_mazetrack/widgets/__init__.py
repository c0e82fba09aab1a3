"""Windows: napari and Qt, thin. Only this room imports them.

What napari calls (``napari.yaml``): `reader` (films and tracks as layers; `project_reader` those of a project),
`samples`, `track_widget`, `label_widget`, `train_widget`, `experiment_widget`.

Values, without Qt: `session` (film, arena, track, measures: what the views share), `convert` (the only place where x, y
and frame, y, x meet), `film_layer` and `overlays` (films, tracks, arenas as layer data), `measure_rows` (measures as
table rows), `pace` (speed and time left).

`background` is the one place where a job becomes a napari worker; `notify` tells a failure in one sentence.

Views with ``value()``, ``set_value()``, ``value_changed``: `path_edit`, `film_choice`, `project_choice`,
`tracker_choice`, `range_choice`, `arena_choice`, `trial_choice`; `run_panel` and `measures_table` show; `layers_view`
alone adds layers to a viewer, and while a film is tracked `growing_path`. Several films: `queue_dialog` asks for a
`film_queue`, which `queue_control` tracks. `track_widget` puts them together.

Shared by the panels: `dock_panel` (letting go, once), `canvas_context`, `low_panel`, `film_mouse` (the left button over
a film: `point_mouse` clicks and drags, `stroke_mouse` draws), `canvas_turn` (one tool at a time has mouse and keys),
`in_sight` (not behind another tab), `keys`, `ask`, `open_projects`, `frame_opener` (goes to a frame).
The Label panel: `label_session` (the project's edits), `label_edits` (of one animal), `label_progress` (of all films);
`label_scene` shows `label_layer`, `label_outline`, `label_assist` (what the model proposes) and `contrast_patch`;
`animal_view` is the camera, `label_mouse` the mouse; `label_options`, `label_buttons`, `label_progress_view`,
`label_words`, `blind_names`, `label_widget`; `frame_picker` picks frames in another process.
`project_actions` opens `exchange_dialog` (labels of other programs in and out, with its `keypoint_table`) and
`project_dialogs` (merging, moved films); both ask about what contradicts in a `conflict_table`.
Beside the Track panel, in tabs: `measures_panel`; To check: `review_panel` with its `moments_table`; Correct:
`correction_session` (the project's edits), `poses`, `track_saver`, `correct_panel`; `events_panel`. `timeline_dock`
opens the `timeline` under the picture, which draws `strips` in `strip_plots`; `playback`, by its `playback_bar`, shows
the film at its own speed.
What is drawn over a film: `overlay_options` asks for an `overlay_choice`; `track_overlays`, `arena_marks`,
`frame_marks` and `quadrant_numbers` are values, `shown_track` and `frame_overlay` the layers, `locked` against napari's
own tools.
`arena_control` leads the arena between form and session; `arena_editor` moves pool and platforms by their
`arena_handles`. A film's files: `film_places` knows where they lie, `film_project` and `film_keeper` keep arena and
trial, `film_follower` reads its track, `chosen_model` finds its model, `film_jobs` are what runs in the background.
`panel_work` runs and tells it, `work` makes the requests, `measuring` measures; `frame_rate` asks what a TIFF stack
does not say, `film_times` tells when its frames are.
The Train & Export panel: `command_process` (a command in a process of its own), `train_choice` with `train_more` and
`label_sources`, `evaluation_view` (scores on labelled frames), `export_choice`, `training_curves`, `training_result`,
`worst_list`, `train_widget`. The Experiment panel: `trials_table`, `names_dialog` (what films' names say),
`limits_choice`, `blind_choice`, `analysis_results`, `experiment_widget`.
"""
