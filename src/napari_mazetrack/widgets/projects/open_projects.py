"""The projects that are open in this window, each once: two panels that use the same one share its history."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from napari_mazetrack.project import Project


class OpenProjects:
    """Opens projects for panels, and closes each when no panel uses it any more.

    `changed` tells of both; `shown` tells that the films of a project were opened in a viewer, some perhaps again;
    `edited` that a panel changed, by an undo perhaps, what other panels show.
    """

    changed = Signal()
    shown = Signal()
    edited = Signal(Project)

    def __init__(self) -> None:
        self._users: dict[Project, int] = {}

    def open(self, path: Path, *, new: bool = False) -> Project:
        """Return the project at `path`, made anew where `new`; `MazetrackError` where it cannot be.

        One that is open for reading only is opened once more: the program that wrote to it may be done. Who has it
        already keeps what they have.
        """
        project = None if new else self._writable(path.resolve())
        if project is None:
            project = Project.create(path) if new else Project.open(path)
        self._users[project] = self._users.get(project, 0) + 1
        self.changed.emit()
        return project

    def holding(self, film_id: str) -> tuple[Path, ...]:
        """Return where those of the open projects lie that know a film."""
        return tuple(dict.fromkeys(project.path for project in self._users if film_id in project.films))

    def close(self, project: Project) -> None:
        """Say that one panel does not use a project any more."""
        self._users[project] -= 1
        if not self._users[project]:
            del self._users[project]
            project.close()
        self.changed.emit()

    def _writable(self, path: Path) -> Project | None:
        return next((one for one in self._users if one.path == path and not one.read_only), None)


#: napari makes each panel on its own: this is where they meet.
OPEN_PROJECTS = OpenProjects()
