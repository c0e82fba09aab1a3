"""Pool and platforms over a film.

`arena_choice` is the form, `arena_editor` moves pool and platforms by their `arena_handles`, `arena_control` leads
the arena between form, picture and session.
"""
