"""What is drawn over a film.

`layers_view` alone adds layers to a viewer. `overlay_options` asks what is drawn; `overlays`, `track_overlays`,
`arena_marks`, `frame_marks` and `quadrant_numbers` are values, `shown_track` and `frame_overlay` the layers, `locked`
against napari's own tools.
"""
