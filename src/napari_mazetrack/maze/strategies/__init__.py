"""Search strategies of a swim.

`features` (the numbers that rules ask about) → `pathfinder` and `garthe` (the rules, first match wins) → `call` (the
class by each, and how well it stands when the thresholds are moved).
"""
