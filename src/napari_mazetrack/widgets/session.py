"""What one window works on: the film, its arena, its track, its measures. Views listen to its events.

It knows neither napari nor Qt, so that it can be tested and driven without a screen.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from psygnal import SignalGroupDescriptor

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.review.event_marks import EventMark, merged_marks
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.overlay_choice import OverlayChoice

if TYPE_CHECKING:
    from napari_mazetrack.review.moment import Moment
    from napari_mazetrack.widgets.measure_rows import MeasureRow


@dataclass(frozen=True)
class FilmRef:
    """A film that is open in the window.

    Attributes
    ----------
    path : Path
        Where it lies.
    film_id : str
        Its identity, which tracks carry too.
    """

    path: Path
    film_id: str


@dataclass
class Session:
    """The state that the views of one window share.

    Setting a field emits ``session.events.<field>`` with the new value. Fields that belong to a film (all but
    `overlays`) are emptied by `set_film` when it is another one.

    Attributes
    ----------
    film : FilmRef or None
        The film that is worked on.
    arena : Arena or None
        Pool, platform and quadrants, in film pixels.
    track : Track or None
        Where the animals were.
    measures : tuple of MeasureRow
        What was measured on the track.
    moments : tuple of Moment
        What should be looked at in the track.
    found_marks, said_marks : tuple of EventMark
        The events of the trial: those that were found in the track, and those that a person set.
    platform : str
        Name of the trial's platform in the arena; empty: the first one.
    animal : int
        Which animal of the track the timeline shows.
    overlays : OverlayChoice
        What is drawn over the film, whichever it is.
    is_changing_film : bool
        Fields are emptied now because another film comes, not because anything was taken away.
    """

    film: FilmRef | None = None
    arena: Arena | None = None
    track: Track | None = None
    measures: tuple[MeasureRow, ...] = ()
    moments: tuple[Moment, ...] = ()
    found_marks: tuple[EventMark, ...] = ()
    said_marks: tuple[EventMark, ...] = ()
    platform: str = ""
    animal: int = 0
    overlays: OverlayChoice = field(default_factory=OverlayChoice)
    is_changing_film: bool = field(default=False, init=False, repr=False)

    # Tracks and arenas hold arrays, whose == is no answer: a field has changed when it is another object.
    events: ClassVar[Any] = SignalGroupDescriptor(
        equality_operators=dict.fromkeys(("film", "arena", "track", "measures", "moments"), operator.is_)
    )

    @property
    def marks(self) -> tuple[EventMark, ...]:
        """The events of the trial as they are shown: what a person said, and what was found beside it."""
        return merged_marks(self.found_marks, self.said_marks)

    def set_film(self, film: FilmRef | None) -> None:
        """Work on `film`; what belonged to another film is let go."""
        if film == self.film:
            return
        self.is_changing_film = True
        try:
            self.measures = ()
            self.moments = ()
            self.found_marks, self.said_marks = (), ()
            self.track = None
            self.arena = None
            self.platform, self.animal = "", 0
            self.film = film
        finally:
            self.is_changing_film = False
