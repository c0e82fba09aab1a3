"""Where the files that ship with the package lie: sample films and the default model."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.errors import MazetrackError

DEFAULT_MODEL_NAME = "mouse_pool.onnx"


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


def default_model_path() -> Path:
    """Return the path of the shipped default model.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    path = sample_data_folder() / DEFAULT_MODEL_NAME
    if not path.is_file():
        raise MazetrackError(
            f"The default model {DEFAULT_MODEL_NAME} is missing from the installation. "
            "Name a model with --model, or install the package again with pip."
        )
    return path
