"""The project file (``*.mazetrack``): what people said about their films, every change of it, undo, merge.

- `project.Project` opens a file and gives everything: typed stores, `edit`, `undo`, `history`, `check`, `merge`;
- `records` the values that it holds, `stores` typed access to them, `payload` their JSON;
- `ledger` what is true now and everything that was ever done, over one SQLite connection (`sql`);
- `schema` tables and migrations, `properties` what is settled at the start, `backups` dated copies;
- `opening` safe opening of strangers' files, `lease` who may write;
- `merging` three-way comparison of two projects, `conflict_words` what each side says, `checking` the check to the
  bottom;
- `second_passes` frames that two people labelled;
- `default_model` the model that a project's films are tracked with;
- `films` what is noted of a film, `path_hints` where it was seen, `relinking` finding moved films by their content.

Rules: one thread owns a `Project`; a child process never writes; nothing is changed outside a revision.
"""

from napari_mazetrack.project.films import timing_of
from napari_mazetrack.project.ledger import Action, Change, EntityKey, Revision
from napari_mazetrack.project.merging import Conflict, MergePlan
from napari_mazetrack.project.project import Project
from napari_mazetrack.project.records import (
    CorrectionRecord,
    FilmRecord,
    Kind,
    LabelOrigin,
    LabelRecord,
    ModelRecord,
    RunRecord,
)

__all__ = [
    "Action",
    "Change",
    "Conflict",
    "CorrectionRecord",
    "EntityKey",
    "FilmRecord",
    "Kind",
    "LabelOrigin",
    "LabelRecord",
    "MergePlan",
    "ModelRecord",
    "Project",
    "Revision",
    "RunRecord",
    "timing_of",
]
