"""How many animals a comparison of two groups needs, from one's own pilot.

A pilot tells how much animals differ, not how large an effect is (Kraemer et al. 2006, doi:10.1001/archpsyc.63.5.484):
the difference that is worth finding is given by a person, the spread by the pilot. A small pilot finds too small a
spread more often than not, so that the number is given for the pilot's SD and for the upper 80 % limit of the true one
(Browne 1995, doi:10.1002/sim.4780141709). Power is that of a two-sided t-test on one value per animal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.effect_size import Values

ALPHA = 0.05
#: How surely the true SD lies below the cautious one.
CAUTION = 0.8
MAX_ANIMALS = 1000
_FEWEST_FREEDOM = 2


@dataclass(frozen=True)
class Plan:
    """What a pilot says about an experiment.

    Attributes
    ----------
    n_pilot : int
        Animals in the pilot.
    sd, cautious_sd : float
        Pooled SD over animals within groups, and the upper limit of the true one.
    n, cautious_n : int or None
        Animals in each group for either; None: more than `MAX_ANIMALS`.
    """

    n_pilot: int
    sd: float
    cautious_sd: float
    n: int | None
    cautious_n: int | None


def plan_experiment(pilot: Mapping[str, Values], difference: float, power: float) -> Plan:
    """Return how many animals each of two groups needs for a difference of means.

    Parameters
    ----------
    pilot : mapping
        One value per animal [n], by group; one group is enough.
    difference : float
        The smallest difference that is worth finding, in the unit of the values.
    power : float
        How surely it is to be found, 0 to 1.

    Raises
    ------
    MazetrackError
        Too few animals, or all of them alike.
    """
    freedom = sum(len(values) - 1 for values in pilot.values() if len(values))
    if freedom < _FEWEST_FREEDOM:
        raise MazetrackError(
            "The pilot has too few animals to say how much they differ. It needs three in one group, or two in each "
            "of two groups."
        )
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in pilot.values() if len(values))
    sd = float(np.sqrt(squares / freedom))
    if sd == 0:
        raise MazetrackError("All animals of the pilot have the same value, so that nothing can be planned from it.")
    cautious_sd = float(np.sqrt(squares / stats.chi2.ppf(1 - CAUTION, freedom)))
    return Plan(
        n_pilot=sum(map(len, pilot.values())),
        sd=sd,
        cautious_sd=cautious_sd,
        n=animals_needed(abs(difference) / sd, power),
        cautious_n=animals_needed(abs(difference) / cautious_sd, power),
    )


def animals_needed(effect: float, power: float) -> int | None:
    """Return the animals that each group needs for an effect in SDs; None for more than `MAX_ANIMALS`."""
    return next((n for n in range(2, MAX_ANIMALS + 1) if power_of(effect, n) >= power), None)


def power_of(effect: float, n: int) -> float:
    """Return the power of a two-sided t-test at `ALPHA` with n animals in each of two groups, for an effect in SDs."""
    freedom, shift = 2 * n - 2, effect * np.sqrt(n / 2)
    critical = stats.t.ppf(1 - ALPHA / 2, freedom)
    return float(stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift))
