"""Known-answer pools: pictures and films whose every keypoint is known, because we drew them.

Painting
    canvas          antialiased shapes, soft noise and blends on a luma picture
    camera          the pinhole camera above the pool (cm to px) and its sensor
    swimmer         the animal: outline, coat, tail, depth in the water
    pool            an empty pool: water, wall, rim, platform, cues
    textures        patterns on its floor or water
    surroundings    the room around it, cues, captions
    open_field      dry arenas
    ripples         rings, wake, the image in the wall
    arm             the experimenter's arm
Single pictures
    random_looks    pools, animals and cameras drawn at random
    picture         one training picture: another pool, camera and animal for every seed
    picture_files   those as PNG with a DeepLabCut table
Trials and films
    scenario        what is to happen: named scenarios
    swim            how an animal swims: a smooth path, phase by phase
    course          path, hand and events that fit a scenario
    truth           what really happened, by plain arithmetic
    film_look       camera, pool and animal of a film
    trial           a simulated trial: scenario + seed
    film            its frames and its H.264 file
    trial_files     film, arena, true track, truth, labelled frames, tables
Experiments
    experiment      groups of animals that learn over days, as tracks without films
"""

from napari_mazetrack.simulator.film import FilmPainter, render_film
from napari_mazetrack.simulator.picture import SimulatedPicture, simulate_picture
from napari_mazetrack.simulator.scenario import SCENARIOS, Course, Scenario, scenario_named
from napari_mazetrack.simulator.trial import SimulatedTrial, simulate_trial
from napari_mazetrack.simulator.trial_files import true_arena, true_track, write_trials

__all__ = [
    "SCENARIOS",
    "Course",
    "FilmPainter",
    "Scenario",
    "SimulatedPicture",
    "SimulatedTrial",
    "render_film",
    "scenario_named",
    "simulate_picture",
    "simulate_trial",
    "true_arena",
    "true_track",
    "write_trials",
]
