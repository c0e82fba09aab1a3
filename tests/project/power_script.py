"""A program of its own that makes a project and edits it, and says after each step that it is done.

``python power_script.py PROJECT SEED N``: makes PROJECT with a film, then does the first N edits of the script of SEED.
"""

from __future__ import annotations

import sys
from pathlib import Path

import edit_script

from napari_mazetrack.project import FilmRecord, Project


def main() -> None:
    path, seed, n_edits = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with Project.create(path) as project:
        project.films.put(FilmRecord("f1", (), 30, 10, 10))
        print("made", flush=True)
        for number, edit in enumerate(edit_script.script(seed, n_edits)):
            edit_script.do(project, edit)
            print(number, flush=True)


if __name__ == "__main__":
    main()
