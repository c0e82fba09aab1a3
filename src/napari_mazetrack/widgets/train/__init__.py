"""The Train & Export panel.

`train_choice` with `train_more` and `label_sources`, `training_curves` while it runs, `training_result` with its
`worst_list` afterwards, `evaluation_view` (scores on labelled frames), `export_choice`. `train_widget` puts them
together.
"""
