"""Where the files that ship with the package lie: sample films and the default model, in two precisions."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.errors import MazetrackError

DEFAULT_MODEL_NAME = "mouse_pool.onnx"
#: The same model in whole numbers: twice as fast on a CPU, and the same to a tenth of a pixel.
QUICK_MODEL_NAME = "mouse_pool_int8.onnx"


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
    """Return the path of the shipped default model, in FP32: to train from, and for graphics cards.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    return _model_path(DEFAULT_MODEL_NAME)


def quick_model_path() -> Path:
    """Return the path of the shipped default model in INT8: to track with on a CPU; raises as `default_model_path`."""
    return _model_path(QUICK_MODEL_NAME)


def _model_path(name: str) -> Path:
    path = sample_data_folder() / name
    if not path.is_file():
        raise MazetrackError(
            f"The default model {name} is missing from the installation. "
            "Name a model with --model, or install the package again with pip."
        )
    return path
