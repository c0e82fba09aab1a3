"""The Track panel.

Views with ``value()``, ``set_value()``, ``value_changed``: `tracker_choice`, `range_choice`, `trial_choice`.
`trial_control` stands between the trial's form and what is said of its events, `kept_choices` between what is chosen
for a film and the project that keeps it. `work` makes the requests, `pool_finder` looks for the pool, `growing_path`
shows the path while it is tracked, `measuring` measures, `measures_panel` shows it in a `measures_table`. Several
films: `queue_dialog` asks for a `film_queue`, which `queue_control` tracks. `track_widget` puts them together.
"""
