"""How the newest example was made, so that the next one holds the same; schema 1 had no second label yet.

``python tests/project/make_example.py`` writes the example of the present schema, where there is none yet.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.maze.arena import Arena, Ellipse
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import FilmRecord, LabelRecord, Project, schema


def main() -> None:
    path = Path(__file__).parent / "examples" / f"schema_{len(schema.MIGRATIONS)}.mazetrack"
    with Project.create(path) as project:
        project.author = "Anna"
        project.films.put(FilmRecord("f1", ("films/pool.mp4",), 900, 640, 480))
        for frame_index in (10, 20):
            points = np.array([[320.5, 240.25], [330.0, 241.0], [340.0, 242.5]]) + frame_index
            project.labels.put(
                LabelRecord("f1", frame_index, (LabelledInstance(points, np.full(3, 2, np.uint8)),), "Anna")
            )
        project.arenas.put("pool", Arena(Ellipse(320.0, 240.0, 200.0, 200.0), diameter_cm=120.0))
        project.author = "Bo"
        second = LabelRecord("f1", 10, (LabelledInstance(points, np.full(3, 2, np.uint8)),), "Bo")
        project.second_labels("Bo").put(second)
        project.trials.put(Trial("t1", TrialKind.PROBE, film="f1", animal="m1"))
        project.corrections.append("f1", "swap", {"frame_index": 30})
        project.labels.delete("f1", 20)
        project.undo()


if __name__ == "__main__":
    main()
