"""Where the files that ship with the package lie: sample films and models, each model in two precisions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from napari_mazetrack.errors import MazetrackError


class ShippedModel(StrEnum):
    """The models that ship, by the word that asks for one: ``fast`` is the default, ``accurate`` a third as fast."""

    FAST = "fast"
    ACCURATE = "accurate"


#: A model file, or one that ships.
ModelChoice = Path | ShippedModel

_STEMS = {ShippedModel.FAST: "mouse_pool", ShippedModel.ACCURATE: "mouse_pool_accurate"}


def sample_data_folder() -> Path:
    """Return the folder of the shipped sample data.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    folder = Path(__file__).parent / "sample_data"
    if not folder.is_dir():
        raise MazetrackError(
            "The sample data that ships with napari-mazetrack is missing. Install the package again with pip."
        )
    return folder


def shipped_model_path(model: ShippedModel = ShippedModel.FAST, *, in_int8: bool = False) -> Path:
    """Return the path of a shipped model.

    Parameters
    ----------
    model : ShippedModel
        Which one.
    in_int8 : bool
        Its file in whole numbers, to track with on a CPU: twice as fast, and the same to a tenth of a pixel or two.
        Otherwise in FP32: to train from, and for graphics cards.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    path = sample_data_folder() / f"{_STEMS[model]}{'_int8' if in_int8 else ''}.onnx"
    if not path.is_file():
        raise MazetrackError(
            f"The {model} model ({path.name}) is missing from the installation. "
            "Name a model with --model, or install the package again with pip."
        )
    return path
