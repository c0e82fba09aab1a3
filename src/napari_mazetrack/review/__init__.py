"""What a person should look at next: the moments of a track that can change its measures.

`evidence` (path, speed, uncertainty in the maze) → `track_faults`, `meetings` (of two animals) and `maze_doubts` (what
may be wrong) → `queue` (ranked by what is at stake); `moment` and `answers` are the values. `event_marks`: the
events of a trial, found or said. `lit_frames`: the frames that a measure comes from. `frame_choice`: those that are
worth labelling.
"""
