"""Labelled frames as values, and the tables they come from.

`labelled` (a frame with its animals) → `boxes` (the box and the length that the points give); `deeplabcut` (CSV),
`coco` and `sleap` read and write other programs' files, whose pictures `table_pictures` finds; `file_contents`
says what else is in them.
`human_error` says how far two people are apart.
`summary` says what labels amount to, and what a training on them would suffer from.
"""
