"""The whole experiment: animals, groups, days; figures and report.

`trajectory_figure` draws paths on their arenas.
"""
