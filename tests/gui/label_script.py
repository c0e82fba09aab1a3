"""A program of its own that labels a film in the Label panel, and says after each click that it is shown.

``python label_script.py FILM PROJECT FIRST``: clicks head, body and tail of frame after frame, from the click FIRST on.
The clicks come from `CLICKS`; there is no screen, since nothing is drawn.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

#: Frame and place of each click.
CLICKS = [(number // 3, (20.0 + number % 60, 30.0 + number % 7)) for number in range(150)]


def main() -> None:
    os.environ.update(NAPARI_CONFIG="", QT_QPA_PLATFORM="offscreen")
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication

    from napari_mazetrack.widgets.films.film_layer import film_layer_from_path
    from napari_mazetrack.widgets.label.label_widget import LabelWidget

    film, project, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    application = QApplication([])
    viewer = ViewerModel()
    array, arguments, _ = film_layer_from_path(film)
    viewer.add_image(array, **{**arguments, "rgb": None})
    panel = LabelWidget(viewer)
    panel.open_project(project)
    rng = random.Random(first)
    print("open", flush=True)
    for number, (frame, xy) in enumerate(CLICKS[first:], start=first):
        viewer.dims.set_point(0, frame)
        panel._on_clicked(frame, xy)
        if rng.random() < 0.2:  # what is taken back and done again is there too
            panel.undo()
            panel.redo()
        application.processEvents()
        assert len(panel._scene.labels.layer.data) == number + 1
        print(number, flush=True)


if __name__ == "__main__":
    main()
