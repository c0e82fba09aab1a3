"""Layers that napari's own tools must not change: what they show is stored elsewhere, and measured there."""

from __future__ import annotations

from napari.layers import Layer
from napari.utils.events import Event


def lock(layer: Layer) -> None:
    """Keep napari's tools and keys from moving, adding or deleting anything in a layer, for as long as it lives.

    A locked layer is not editable, and nothing in it can be selected: napari's keys delete what is selected, also
    where a layer is not editable.
    """
    layer.events.editable.connect(_keep_locked)
    layer.editable = False
    selected = getattr(layer, "selected_data", None)
    if selected is not None:
        selected.clear()
        selected.events.items_changed.connect(selected.clear)


def _keep_locked(event: Event) -> None:
    """Lock again: napari lets a layer be edited whenever its data is set or the picture is turned to 2-D."""
    event.source.editable = False
