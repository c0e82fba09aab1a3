"""What second annotators said about frames that had a label already."""

from __future__ import annotations

from collections.abc import Iterator

from napari_mazetrack.labels.human_error import TwoLabels
from napari_mazetrack.project.project import Project


def labelled_twice(project: Project) -> Iterator[TwoLabels]:
    """Yield every label that counts beside each label that another person made of the same frame."""
    for annotator in project.second_annotators():
        for second in project.second_labels(annotator):
            first = project.labels.get(second.film_id, second.frame_index)
            if first is not None and first.annotator != annotator:
                yield TwoLabels(first.instances, second.instances)


def frames_of_others(project: Project, film_id: str, annotator: str) -> list[int]:
    """Return the frames of a film that somebody else has labelled, in order."""
    return [label.frame_index for label in project.labels.of_film(film_id) if label.annotator != annotator]
