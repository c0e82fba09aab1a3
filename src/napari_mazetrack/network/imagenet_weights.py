"""Weights of a classifier trained on ImageNet, from a file: torchvision's or timm's, for a backbone of timm's.

Both libraries write a network's layers in the same order, but do not always call them the same.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from napari_mazetrack.errors import MazetrackError

#: How files of such weights end.
WEIGHTS_ENDINGS = (".pth", ".pt")
#: A ResNet-50 has 102 MB.
MAX_WEIGHTS_BYTES = 2 * 1024**3


def load_imagenet_weights(body: nn.Module, path: Path) -> None:
    """Put the weights of a file into a feature extractor on luma; layers that it does not have are left out.

    Parameters
    ----------
    body : nn.Module
        timm's, without its classifier, its first convolution over one channel: the three of the file are summed.
    path : Path
        A state dict. Nothing in it is executed.

    Raises
    ------
    MazetrackError
        It cannot be read, or it holds the weights of another network.
    """
    given, wanted = _read(path), body.state_dict()
    names = _by_name(given, wanted) or _by_order(given, wanted)
    if names is None:
        raise MazetrackError(
            f"{path.name} does not hold the weights of this backbone. Give torchvision's or timm's file of the very "
            "network that --backbone names."
        )
    fitting = {name: _on_luma(given[theirs], wanted[name]) for name, theirs in names.items()}
    body.load_state_dict(fitting, strict=False)


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.stat().st_size > MAX_WEIGHTS_BYTES:
            raise MazetrackError(f"{path.name} is too large to be the weights of a backbone.")
        given = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, BadZipFile, pickle.UnpicklingError) as error:
        raise MazetrackError(f"{path} cannot be read as weights. Give a PyTorch state dict (.pth).") from error
    if not isinstance(given, Mapping) or not all(isinstance(value, Tensor) for value in given.values()):
        raise MazetrackError(f"{path.name} is no state dict. Save the weights alone: torch.save(net.state_dict(), …).")
    return given


def _by_name(given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, str] | None:
    names = [name for name in wanted if name in given or not _is_bookkeeping(name)]
    fits = all(name in given and _fits(given[name], wanted[name]) for name in names)
    return {name: name for name in names} if fits else None


def _by_order(given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, str] | None:
    """Match the first layers of the file with those of the network, in their order; None where one does not fit."""
    ours = [name for name in wanted if not _is_bookkeeping(name)]
    theirs = [name for name in given if not _is_bookkeeping(name)][: len(ours)]
    fits = len(theirs) == len(ours) and all(
        _kind(one) == _kind(other) and _fits(given[other], wanted[one]) for one, other in zip(ours, theirs, strict=True)
    )
    return dict(zip(ours, theirs, strict=True)) if fits else None


def _is_bookkeeping(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _kind(name: str) -> str:
    return name.rpartition(".")[2]


def _fits(given: Tensor, wanted: Tensor) -> bool:
    is_stem = given.ndim == 4 and given.shape[1] == 3 and wanted.shape[1] == 1
    return given.shape == wanted.shape or (is_stem and given.shape[2:] == wanted.shape[2:])


def _on_luma(given: Tensor, wanted: Tensor) -> Tensor:
    """Sum a first convolution over its colours: a grey picture then gives what it gave in colour."""
    return given if given.shape == wanted.shape else given.sum(dim=1, keepdim=True)
