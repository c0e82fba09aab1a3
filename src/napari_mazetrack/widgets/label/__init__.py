"""The Label panel.

`label_session` is the project's edits, `label_edits` those of one animal, `label_progress` counts all films.
`label_scene` shows `label_layer`, `label_outline`, `label_assist` (what the model proposes) and `contrast_patch`;
`animal_view` is the camera, `label_mouse` the mouse. Round them: `label_options`, `label_buttons`,
`label_progress_view`, `label_words`, `blind_names`; `frame_picker` picks frames in another process. `label_widget`
puts them together.
"""
