"""The Track panel's tabs in which a track is checked and put right.

To check: `review_panel` with its `moments_table`. Correct: `correction_session` (the project's edits), `poses` (what
is copied and pasted), `track_saver`, `correct_panel`. Events: `events_panel`.
"""
