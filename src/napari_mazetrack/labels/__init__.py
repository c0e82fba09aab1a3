"""Labelled frames as values, and the tables they come from.

`labelled` (a frame with its animals) → `boxes` (the box and the length that the points give); `deeplabcut` reads and
writes DeepLabCut's CSV.
"""
