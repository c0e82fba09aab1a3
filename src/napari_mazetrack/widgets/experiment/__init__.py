"""The Experiment panel.

`trials_table` is the sheet, `names_dialog` says what films' names say, `film_tracking` tracks the films,
`limits_choice` excludes, `blind_choice` hides the groups, `analysis_results` shows what came out. `experiment_widget`
puts them together.
"""
