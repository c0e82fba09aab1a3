"""Labelled frames as values, and the tables they come from.

`labelled` (a frame with its animals) → `boxes` (the box and the length that the points give); `deeplabcut` reads and
writes DeepLabCut's CSV. `summary` says what labels amount to, and what a training on them would suffer from.
"""
