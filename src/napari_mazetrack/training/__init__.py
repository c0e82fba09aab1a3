"""Training a detector in PyTorch, and scoring one.

`settings` (recipes) · `pictures` (labelled frames in memory) → `splits` (some of them held out) → `crops` (random
views) → `augmentation` (light and grain) → `data_set` (batches) → `loop` (epochs, with `optimisation` and `checkpoint`,
in one or several `processes`) → `validation` and `scoring` (with `average_precision`) → `report` (curves and samples),
`worst_frames` (where to look).
"""
