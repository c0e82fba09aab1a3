"""What tests of a Track panel without a window have in common: an arena, a correction, waiting and tracking."""

import numpy as np
from napari.utils.notifications import notification_manager

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.project import Project
from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.workflows.correct import append_correction

ARENA = Arena(Ellipse(48, 32, 30, 28), diameter_cm=100.0, platforms={"SW": Platform("circle", 40, 40, 4)})
#: Where a person says that the body is, in which frame.
FRAME, BODY, XY = 7, 1, (11.0, 22.0)


def settled(qtbot, panel):
    """Wait until nothing is read or measured in the background."""
    runners = panel._follower._reading, panel._follower._looking, panel._measuring, panel.correct._loading
    qtbot.waitUntil(lambda: not any(runner.is_running for runner in runners), timeout=20_000)
    qtbot.wait(20)


def track(qtbot, panel, choice):
    """Track the film of the panel as chosen, to the end."""
    panel.tracker.set_value(choice)
    with qtbot.waitSignal(panel._work.ended, timeout=60_000):
        panel.run_panel.run_requested.emit()
    settled(qtbot, panel)
    assert messages() == []


def messages():
    """Return what the window has told since the test began."""
    return [record.message for record in notification_manager.records]


def correct(path, film_id):
    """Put a body where it is not, as the Correct tab would."""
    with Project.open(path) as project:
        append_correction(project, film_id, SetKeypoint(FRAME, 0, "body", *XY))


def is_corrected(track):
    """Whether the track has the body where `correct` puts it."""
    return track.source[FRAME, 0] == Source.CORRECTED and np.allclose(track.keypoints_xy[FRAME, 0, BODY], XY, atol=0.5)
