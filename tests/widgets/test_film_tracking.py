"""How the tracking of a sheet's films is told."""

from __future__ import annotations

import pytest

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.experiment.film_tracking import BLIND_FAILURE, FilmTracking
from napari_mazetrack.widgets.window.background import Cancelled, Failed, Finished


@pytest.fixture
def tracking(qtbot):
    tracking = FilmTracking()
    yield tracking
    tracking.discard()


def told(qtbot, signal, cause):
    with qtbot.waitSignal(signal, timeout=1000) as caught:
        cause()
    return caught.args[0]


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Finished('{"film": "a.mp4"}\n{"film": "b.mp4"}'), "Films tracked: 2."),
        (Finished("All films of trials.csv are tracked."), "All films are tracked."),
        (Failed("lesion_1.mp4 is no film."), "lesion_1.mp4 is no film."),
        (Cancelled(), "Stopped. The next time it goes on from there."),
    ],
)
def test_the_end_is_told_in_words(qtbot, tracking, ending, words):
    assert told(qtbot, tracking.ended, lambda: tracking._process.ended.emit(ending)) == words


@pytest.mark.parametrize("stage", ["Film 2 of 5: Tracking lesion_1.mp4", "Tracking lesion_1.mp4"])
def test_while_groups_are_hidden_no_film_is_named(qtbot, tracking, stage):
    report = Progress(stage, 3, 9, "Going on at frame 3 of lesion_1.mp4.")
    assert told(qtbot, tracking.reported, lambda: tracking._process.reported.emit(report)) == report
    tracking.is_blind = True
    shown = told(qtbot, tracking.reported, lambda: tracking._process.reported.emit(report))
    assert "lesion" not in shown.stage + shown.message
    assert (shown.done, shown.total) == (3, 9)
    failed = Failed("1 of 2 films could not be tracked. lesion_1.mp4: it is no film.")
    assert told(qtbot, tracking.ended, lambda: tracking._process.ended.emit(failed)) == BLIND_FAILURE
