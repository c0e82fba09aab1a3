"""The verbs: what a command line or a window asks for, each a generator of `Progress` that can be cancelled.

- ``track``: a film to a track, resumable, its path so far in ``track_progress``; ``find_floor``: the pattern that is
  taken out of its pictures; ``track_in_project``: the same with a project's corrections, noted there; ``track_films``:
  one film after the other.
- ``correct``: a track computed anew with what a person said. ``film_notes``: all that a project knows of a film;
  ``project_films``: the films of a project to look at.
- ``find_arena``: a film to its arena. ``measure``: tracks, arenas and trials to a table of measures; ``recordings``
  reads tracks from anyone's files for it (``exported_tables``, ``deeplabcut_tables``, ``predicted_points``) as a
  ``recording``, ``measure_description`` says how the numbers are made, ``measure_intervals`` how sure they are;
  ``in_processes`` shares many trials among the cores.
- ``analyse``: a trials sheet and tracks to measures, statistics, figures and a report; ``analysis_request`` is what is
  asked for and its record, ``measure_experiment`` measures all trials and counts those that cannot be:
  ``trial_tracks`` finds their tracks and projects, ``film_trials`` their places in a film, ``track_doubts`` tracks to
  look at, ``camera_between_films`` whether the camera moved from film to film;
  ``analysis_files`` writes the results; ``blinding`` hides which group is which, with its key and log in
  ``blind_files``.
- ``rescore``: a blind sheet of trials for a stopwatch. ``compare_measures``: measures beside the lab's numbers.
  ``plan``: how many animals an experiment needs, from a pilot's measures.
- ``trials_sheet``: such a sheet while a person fills it in; ``file_names``: what the films' names fill in.
- ``pick_frames``: frames that are worth labelling; ``propose``: what a model sees in them. ``exchange_labels``: labels
  from and to other programs, whose ``label_formats`` say what each of them cannot carry.
- ``simulate``: pictures, films and whole experiments with known truth.
- ``train``, ``evaluate``: labels to a model, and its scores. ``export``: another precision or input size, or an engine;
  ``compare_models`` says whether it finds the same, ``precision_check`` whether bf16 does here. ``bench``: how fast
  this machine tracks, and ``bench_plot`` its picture.
- ``demo``: the whole job on the sample data and a simulated experiment. ``doctor``: what this installation can do.
"""
