"""The film that a panel works on.

`film_layer` is a film as an image layer, `film_choice` asks for one, `frame_rate` for what a TIFF stack does not say,
`film_times` tells when its frames are, `frame_opener` goes to a frame. A film's files: `film_places` knows where they
lie, `film_project` and `film_keeper` keep arena and trial, `film_follower` reads its track, `chosen_model` finds its
model, `film_jobs` are what runs in the background. `sample_films` are those that ship.
"""
