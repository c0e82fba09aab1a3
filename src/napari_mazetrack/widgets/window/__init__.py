"""What any panel needs of Qt and napari.

`dock_panel` lets go once, `low_panel` scrolls on low screens, `form` lays out. `background` is the one place where a
job becomes a napari worker, `panel_work` runs and tells one, `command_process` runs a command in a process of its
own, `run_panel` shows either, `pace` is speed and time left. `notify` tells a failure in one sentence, `ask` asks
before what cannot be undone. `keys` are all keys, `path_edit` a file or folder. `film_mouse` is the left button over
a film: `point_mouse` clicks and drags, `stroke_mouse` draws. `canvas_turn`: one tool at a time has mouse and keys;
`in_sight`: not behind another tab; `canvas_context`: layers leave cleanly.
"""
