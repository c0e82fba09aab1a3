"""Strips of time under the film.

`timeline_dock` opens the `timeline`, which draws `strips` in `strip_plots`. `playback`, by its `playback_bar`, shows
the film at its own speed.
"""
