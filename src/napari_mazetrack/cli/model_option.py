"""A model on the command line: a file, or the word of one that ships."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.resources import ModelChoice, ShippedModel, shipped_model_path

MODEL_HELP = "Model file, or fast or accurate: the two that ship."


def parse_model(text: str | None) -> ModelChoice | None:
    """Return the file of that name, where there is one, else the shipped model that the word asks for."""
    if text is None:
        return None
    is_word = text in set(ShippedModel) and not Path(text).is_file()
    return ShippedModel(text) if is_word else Path(text)


def parse_fp32_model(text: str) -> Path:
    """Return the same as a file: of one that ships the one in FP32, whatever runs best here."""
    choice = parse_model(text)
    return shipped_model_path(choice) if isinstance(choice, ShippedModel) else Path(text)
