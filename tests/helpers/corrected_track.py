"""What tests of a track that is corrected in the window have in common: its film's size, and waiting for the rest."""

#: Of the film of a spot.
SPOT_HW = (128, 160)


def settled(qtbot, panel):
    """Wait for measures and files to have followed."""
    qtbot.waitUntil(lambda: not panel._measuring.is_running and not panel.correct._saving.is_running, timeout=10_000)
    return {row.name: row.value for row in panel.table.value()}
