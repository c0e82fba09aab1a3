"""The processes that share a training: each takes a part of every batch, together they do what one would do.

A sum over a process's part is divided by the mean count per process, so that the mean of the processes' gradients is
the gradient of the whole batch. Only normalisation, and the seed's mining of hard negatives, see no more than their own
part of a batch.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.counts import at_least_one

if TYPE_CHECKING:
    from torch import Tensor


class Processes:
    """One process, which does everything by itself."""

    rank = 0
    n = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and talks to the person."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """What this process computes on."""
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def average(self, values: Sequence[Tensor]) -> None:
        """Turn what this process's part of a batch gave (gradients, statistics) into that of the whole, in place."""

    def divisor(self, count: Tensor) -> Tensor:
        """Return what this process's sum over `count` things is divided by; see `network.counts`."""
        return at_least_one(count)

    def as_first(self, value: float) -> float:
        """Return the first process's value."""
        return value


class SharedProcesses(Processes):
    """One of several processes, started by Lightning's Fabric from the first one.

    Raises
    ------
    MazetrackError
        Lightning's Fabric is not installed, or another process has ended.
    """

    def __init__(self, n: int, *, on_gpu: bool) -> None:
        try:
            from lightning_fabric import Fabric
        except ImportError as error:
            raise MazetrackError(
                "Training in several processes needs Lightning's Fabric: pip install lightning-fabric. "
                "Or train in one process."
            ) from error
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        self._fabric = Fabric(accelerator="cuda" if on_gpu else "cpu", devices=n, strategy="ddp")
        with _tell_loss_of_another():
            self._fabric.launch()
        self.rank, self.n = self._fabric.global_rank, self._fabric.world_size

    @property
    def device(self) -> torch.device:
        """A card of its own, where there are some."""
        return self._fabric.device

    def average(self, values: Sequence[Tensor]) -> None:
        """Average over the processes, all tensors at once."""
        flat = torch.cat([value.reshape(-1) for value in values])
        with _tell_loss_of_another():
            mean: Any = self._fabric.all_reduce(flat, reduce_op="mean")
        for value, averaged in zip(values, mean.split([v.numel() for v in values]), strict=True):
            value.copy_(averaged.reshape(value.shape))

    def divisor(self, count: Tensor) -> Tensor:
        """Return the mean count per process; at least one in all."""
        with _tell_loss_of_another():
            total: Any = self._fabric.all_reduce(count.float(), reduce_op="sum")
        return at_least_one(total) / self.n

    def as_first(self, value: float) -> float:
        """Have the first process send its value to all."""
        with _tell_loss_of_another():
            return self._fabric.broadcast(value)


def join_processes(n: int) -> Processes:
    """Start the other processes of a training of `n`, or join them where this is one of them.

    Raises
    ------
    MazetrackError
        The machine has graphics cards, but not that many; or see `SharedProcesses`.
    """
    if n == 1:
        return Processes()
    on_gpu = torch.cuda.is_available()
    if on_gpu and n > torch.cuda.device_count():
        raise MazetrackError(
            f"This machine has {torch.cuda.device_count()} graphics cards, {n} processes need as many. "
            f"Give --processes {torch.cuda.device_count()} or fewer."
        )
    return SharedProcesses(n, on_gpu=on_gpu)


def can_mix_precision() -> bool:
    """Tell whether this machine has a card that computes in bfloat16 by itself (Ampere and newer)."""
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def is_helper() -> bool:
    """Tell whether this process was started by the first one of a training."""
    return os.environ.get("LOCAL_RANK", "0") != "0"


@contextmanager
def _tell_loss_of_another() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise MazetrackError(
            f"The processes of this training lost each other ({str(error).splitlines()[0][:200]}). "
            "Go on with --resume, or train in one process."
        ) from error
