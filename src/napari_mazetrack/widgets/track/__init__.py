"""The Track panel.

Views with ``value()``, ``set_value()``, ``value_changed``: `tracker_choice`, `range_choice`, `trial_choice`. `work`
makes the requests, `growing_path` shows the path while it is tracked, `measuring` measures, `measures_panel` shows it
in a `measures_table`. Several films: `queue_dialog` asks for a `film_queue`, which `queue_control` tracks.
`track_widget` puts them together.
"""
