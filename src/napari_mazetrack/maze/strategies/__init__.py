"""Search strategies of a swim, told in three ways.

`features` (the numbers that rules ask about) → `pathfinder` and `garthe` (the rules, first match wins). `segments` (the
path cut into pieces, and what each looks like) → `segment_rules` (a classifier learnt from people's labels, its numbers
in ``segment_model.json``). `call`: the class by each, how firmly it stands, and how far the three agree.
"""
