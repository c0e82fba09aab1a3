"""The file a training goes on from: tensors and plain containers only, so that loading it runs nothing."""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path

SCHEMA = 1
#: What reading a damaged file may raise: of the disk, the archive, and the pickle in it.
_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)


@dataclass(frozen=True)
class Checkpoint:
    """State after a finished epoch.

    Attributes
    ----------
    epoch : int
        Epochs finished.
    elapsed_s : float
        Training time so far, seconds.
    weights, average, best : dict
        The network, its moving average, and the average of the best epoch.
    best_score : float
        Its score on the held-out frames.
    optimiser : dict
        State of the optimiser.
    history : list of dict
        One row per epoch: numbers by name.
    settings : dict
        What must be the same to go on, as plain values.
    """

    epoch: int
    elapsed_s: float
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    best: dict[str, Tensor]
    best_score: float
    optimiser: dict[str, Any]
    history: list[dict[str, float]]
    settings: dict[str, Any]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Save a checkpoint, replacing the one before; whole or not at all."""
    content = io.BytesIO()
    torch.save({"schema": SCHEMA, **vars(checkpoint)}, content)
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(content.getbuffer())  # torch by itself does not tell that a disk is full


def load_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint.

    Raises
    ------
    MazetrackError
        It is missing, damaged, not ours, or holds more than tensors and plain containers.
    """
    if not path.is_file():
        raise MazetrackError(f"There is no {path} to go on from. Train without --resume first.")
    again = "Train again without --resume."
    try:
        _refuse_packed(path)
        data = torch.load(path, map_location="cpu", weights_only=True)
        if data.pop("schema") != SCHEMA:
            raise MazetrackError(f"{path} is of another version of napari-mazetrack. {again}")
        return Checkpoint(**data)
    except _DAMAGE as error:
        raise MazetrackError(
            f"{path} is no checkpoint that can be gone on from ({type(error).__name__}). {again}"
        ) from error


def _refuse_packed(path: Path) -> None:
    """Refuse what torch does not write: a packed file, a thousand times as large in memory as on the disk."""
    with zipfile.ZipFile(path) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise zipfile.BadZipFile("packed")
