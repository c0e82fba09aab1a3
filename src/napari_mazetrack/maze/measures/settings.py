"""Settings of the measures, and the descriptions that each measure carries."""

from __future__ import annotations

from dataclasses import dataclass, field

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.events import EventSettings
from napari_mazetrack.maze.limits import between

#: What happens to missing data where a measure says nothing else.
BRIDGED = "gaps up to max_gap_s are bridged straight, longer ones left out"


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    name : str
        Its column, with the unit as its ending where it has one.
    unit : str
        Unit; empty for counts, shares and flags.
    formula : str
        Definition in words and signs (symbols as in the reference documentation).
    source : str
        Where it comes from; empty where it is elementary.
    missing : str
        When it is missing, and what missing samples do.
    """

    name: str
    unit: str
    formula: str
    source: str = ""
    missing: str = BRIDGED


@dataclass(frozen=True)
class MeasureSettings:
    """Every number that a measure depends on, with its limits (`chosen_settings` reads a person's choice).

    Attributes
    ----------
    events : EventSettings
        Dwell time of an escape, slack of a platform's edge.
    max_gap_s : float
        Longest gap that is bridged.
    rate_hz, smoothing_window_s : float
        Fixed rate of path, speed and turning, and the window of its local parabolas.
    speed_window_s, max_speed_percentile : float
        The maximum speed is this percentile of speeds over windows of this length.
    zone_radius_cm : float
        Radius of the zone round the platform's centre.
    encounter_radii : float
        A close encounter comes within this many platform radii of the platform's centre.
    wall_width : float
        Width of the thigmotaxis band, in pool radii.
    wall_band_cm, narrow_wall_band_cm : float
        Widths of two bands along the wall in centimetres.
    centre_radius : float
        Radius of the centre zone, in pool radii.
    grid_cells : int
        Cells along each side of the coverage grid.
    heading_circle : float
        Radius of the circle round the start on which the heading is read, in pool diameters.
    heading_after_s : float
        Time after the release at which the heading by time is read.
    floating_speed_cm_s, floating_min_s : float
        Slower than this for at least so long is floating.
    turn_step_cm, turn_threshold_deg : float
        Turning is read off vertices this far apart; successive changes to one side that sum to this are one turn.
    """

    events: EventSettings = field(default_factory=EventSettings)
    max_gap_s: float = field(default=1.0, metadata=between(0, 60))
    rate_hz: float = field(default=10.0, metadata=between(1, 1000))
    smoothing_window_s: float = field(default=0.4, metadata=between(0, 5))
    speed_window_s: float = field(default=0.4, metadata=between(0.01, 10))
    max_speed_percentile: float = field(default=95.0, metadata=between(50, 100))
    zone_radius_cm: float = field(default=20.0, metadata=between(1, 200))
    encounter_radii: float = field(default=2.0, metadata=between(1, 10))
    wall_width: float = field(default=0.2, metadata=between(0.01, 0.9))
    wall_band_cm: float = field(default=15.0, metadata=between(1, 100))
    narrow_wall_band_cm: float = field(default=8.0, metadata=between(1, 100))
    centre_radius: float = field(default=0.5, metadata=between(0.05, 0.95))
    grid_cells: int = field(default=10, metadata=between(2, 200))
    heading_circle: float = field(default=0.2, metadata=between(0.01, 0.5))
    heading_after_s: float = field(default=1.0, metadata=between(0.1, 30))
    floating_speed_cm_s: float = field(default=5.0, metadata=between(0, 50))
    floating_min_s: float = field(default=1.0, metadata=between(0, 60))
    turn_step_cm: float = field(default=4.0, metadata=between(0.1, 50))
    turn_threshold_deg: float = field(default=45.0, metadata=between(1, 360))


@dataclass(frozen=True)
class Window:
    """A stretch of a trial, in seconds from its release; `end_s` None is the trial's end."""

    begin_s: float = 0.0
    end_s: float | None = None

    @property
    def name(self) -> str:
        """``whole``, or ``BEGIN:END``."""
        return "whole" if self.end_s is None and self.begin_s == 0 else f"{self.begin_s:g}:{self.end_s or 0:g}"

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read ``whole`` or ``BEGIN:END``; `MazetrackError` where it is neither."""
        if text.strip().lower() == "whole":
            return cls()
        begin, _, end = text.partition(":")
        try:
            window = cls(float(begin), float(end))
        except ValueError:
            window = cls(0.0, 0.0)
        if window.end_s is None or not 0 <= window.begin_s < window.end_s <= 86400:
            raise MazetrackError(f"A window is 'whole' or BEGIN:END in seconds, such as 0:30; got '{text}'.")
        return window


WHOLE = Window()
