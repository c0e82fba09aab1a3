"""Known-answer pools: pictures and films whose every keypoint is known, because we drew them.

canvas          antialiased shapes, soft noise and blends on a luma picture
camera          the pinhole camera above the pool (cm to px) and its sensor
swimmer         the animal: outline, coat, tail, depth in the water
pool            an empty pool: water, wall, rim, platform, cues
surroundings    the room around it, cues, captions
open_field      dry arenas
ripples         rings, wake, the image in the wall
arm             the experimenter's arm
picture         single training pictures, each another pool
picture_files   those as PNG with a DeepLabCut table
"""
