"""The measures of a swim, one family a file.

`view` (what a measure sees: the swim of one trial and window, the maze, the goal, the settings) → the families
`path`, `quadrant_use`, `goal`, `approach`, `exploration`, `bands`, `roaming`, `floating`, `turning`, each with its
`MEASURES` (name, unit, formula, source, missing-data policy) and one `compute_*` function → `registry` (all of them, in
the order of the columns) → `variants` (as other programs compute them: `variant_rtrack`, `variant_ethovision`,
`variant_others`, on the recorded `samples`) → `measure` (one trial to rows of values). `chance`: the zones'
shares of the pool. `chosen_settings`: a person's numbers.
"""

from napari_mazetrack.maze.measures.measure import TrialMeasures, measure_trial
from napari_mazetrack.maze.measures.registry import REGISTRY
from napari_mazetrack.maze.measures.settings import MeasureSettings, Window
from napari_mazetrack.maze.measures.variants import VARIANTS

__all__ = ["REGISTRY", "VARIANTS", "MeasureSettings", "TrialMeasures", "Window", "measure_trial"]
