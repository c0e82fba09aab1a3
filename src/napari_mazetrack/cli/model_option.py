"""A model on the command line: a file, or the word of one that ships."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.resources import ModelChoice, ShippedModel

MODEL_HELP = "Model file, or fast or accurate: the two that ship."


def parse_model(text: str | None) -> ModelChoice | None:
    """Return the file of that name, where there is one, else the shipped model that the word asks for."""
    if text is None:
        return None
    is_word = text in set(ShippedModel) and not Path(text).is_file()
    return ShippedModel(text) if is_word else Path(text)
