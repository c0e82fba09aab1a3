"""444 training trials of real rats (EthoVision exports at 5 Hz) against EthoVision's own zone column.

What the variants make of them: ``test_ethovision.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.maze.events import EndReason, EventSettings, TrialEvents, find_events
from napari_mazetrack.maze.geometry import Disc
from napari_mazetrack.maze.swim import Path as SwimPath
from napari_mazetrack.maze.swim import Swim, make_swim, recorded_path
from napari_mazetrack.maze.trials import Trial, TrialKind

CENTRE, NOMINAL_RADIUS = (46.1, 110.5), 6.9
#: In calibrated coordinates EthoVision's zone ends between 7.12 (nearest sample off it) and 7.29 cm (farthest on it).
ZONE_RADIUS, SURELY_ON = 7.2, 7.1
LIMIT_S = 90.0


@dataclass(frozen=True)
class RatTrial:
    """One trial: its swim and path, EthoVision's first sample on the platform (NaN: none)."""

    swim: Swim
    path: SwimPath
    first_sample_s: float

    @property
    def trial(self) -> Trial:
        return Trial("t", TrialKind.HIDDEN, release_s=float(self.swim.time_s[0]), limit_s=LIMIT_S)

    def events(self, radius: float) -> TrialEvents:
        return find_events(self.swim, self.path, self.trial, Disc(CENTRE, radius), EventSettings())


@pytest.fixture(scope="module")
def rats(shared_data: Path) -> dict[str, RatTrial]:
    import pandas as pd

    folder = shared_data / "water_maze_rats"
    samples = pd.read_csv(folder / "samples.csv.gz", usecols=["trial_key", "time_s", "x_cm", "y_cm"])
    table = pd.read_csv(folder / "trials.csv").set_index("trial_key")
    trials = {}
    for key, rows in samples.groupby("trial_key"):
        swim = make_swim(rows["time_s"].to_numpy(), rows[["x_cm", "y_cm"]].to_numpy())
        trials[str(key)] = RatTrial(swim, recorded_path(swim, 1.0), table.loc[key, "t_first_platform"])
    return trials


@pytest.mark.parametrize("radius", [NOMINAL_RADIUS, ZONE_RADIUS])
def test_escapes_are_told_from_touches(rats: dict[str, RatTrial], radius: float) -> None:
    touching = {key: rat.events(radius) for key, rat in rats.items() if np.isfinite(rat.first_sample_s)}
    reasons = [events.end_reason for events in touching.values()]
    assert len(reasons) == 324
    assert reasons.count(EndReason.ESCAPED) == 315
    assert reasons.count(EndReason.LIMIT) == 9
    assert touching["s1_tr_d1_001"].first_contact_s == pytest.approx(21.8, abs=0.21)
    others = [rat.events(radius).end_reason for rat in rats.values() if not np.isfinite(rat.first_sample_s)]
    assert EndReason.ESCAPED not in others


@pytest.mark.parametrize(
    ("key", "touch_s", "escape_s"),
    [("s1_tr_d1_053", 8.2, 25.6), ("s1_tr_d2_018", 12.8, 82.4), ("s1_tr_d2_025", 3.8, 54.0)],
)
def test_touch_leave_and_escape_later(rats: dict[str, RatTrial], key: str, touch_s: float, escape_s: float) -> None:
    events = rats[key].events(ZONE_RADIUS)
    assert events.end_reason is EndReason.ESCAPED
    assert events.first_contact_s == pytest.approx(touch_s, abs=0.21)
    assert events.escape_s == pytest.approx(escape_s, abs=0.21)


def test_first_contacts_are_never_later_and_earlier_only_between_samples(rats: dict[str, RatTrial]) -> None:
    earlier = []
    for key, rat in rats.items():
        contact_s = rat.events(ZONE_RADIUS).first_contact_s
        if np.isfinite(rat.first_sample_s):
            assert contact_s is not None
            assert contact_s <= rat.first_sample_s + 0.05
            if contact_s < rat.first_sample_s - 0.21:
                earlier.append(key)
        elif contact_s is not None:
            earlier.append(key)
    for key in earlier:
        path = rats[key].path
        contact_s = rats[key].events(ZONE_RADIUS).first_contact_s
        step = np.searchsorted(path.time_s, contact_s)
        is_on = Disc(CENTRE, SURELY_ON).contains(path.xy_cm[step - 1 : step + 1])
        is_gap = path.time_s[step] - path.time_s[step - 1] > 0.21
        assert is_gap or not is_on.any()
    assert len(earlier) <= 13
