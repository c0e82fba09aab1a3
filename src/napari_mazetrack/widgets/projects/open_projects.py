"""The projects that are open in this window, each once: two panels that use the same one share its history."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from napari_mazetrack.project import Project


class OpenProjects:
    """Opens projects for panels, and closes each when no panel uses it any more.

    `changed` tells of both; `shown` tells that the films of a project were opened in a viewer, some perhaps again.
    """

    changed = Signal()
    shown = Signal()

    def __init__(self) -> None:
        self._projects: dict[Path, Project] = {}
        self._users: dict[Path, int] = {}

    def open(self, path: Path, *, new: bool = False) -> Project:
        """Return the project at `path`, made anew where `new`; `MazetrackError` where it cannot be."""
        key = path.resolve()
        if new or key not in self._projects:
            self._projects[key] = Project.create(path) if new else Project.open(path)
            self._users[key] = 0
        self._users[key] += 1
        self.changed.emit()
        return self._projects[key]

    def holding(self, film_id: str) -> tuple[Path, ...]:
        """Return where those of the open projects lie that know a film."""
        return tuple(project.path for project in self._projects.values() if film_id in project.films)

    def close(self, project: Project) -> None:
        """Say that one panel does not use a project any more."""
        key = project.path.resolve()
        self._users[key] -= 1
        if not self._users[key]:
            del self._users[key]
            self._projects.pop(key).close()
        self.changed.emit()


#: napari makes each panel on its own: this is where they meet.
OPEN_PROJECTS = OpenProjects()
