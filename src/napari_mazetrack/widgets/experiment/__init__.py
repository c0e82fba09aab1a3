"""The Experiment panel.

`trials_table` is the sheet, `names_dialog` says what films' names say, `limits_choice` excludes, `blind_choice` hides
the groups, `analysis_results` shows what came out. `experiment_widget` puts them together.
"""
