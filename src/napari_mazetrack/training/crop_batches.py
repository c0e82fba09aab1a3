"""The batches of an epoch in order, the next ones made while one is learnt from.

Where the processor learns, a thread makes them beside it. A graphics card learns faster than a core makes crops: for
one, other processes make them. Both give the same batches, since a crop depends on its place alone (`data_set`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from napari_mazetrack.network.targets import TargetBatch
from napari_mazetrack.training.data_set import CropSet

Batch = tuple[Tensor, TargetBatch]
#: From an epoch to its batches.
EpochBatches = Callable[[int], Generator[Batch, None, None]]
#: Batches that are made ahead: by the thread, and by each of the processes.
BATCHES_AHEAD, BATCHES_AHEAD_EACH = 4, 2


@dataclass(frozen=True)
class BatchPlan(Dataset[Batch]):
    """Which batches an epoch has.

    Attributes
    ----------
    crops : CropSet
        Where they come from.
    shapes : sequence of (int, int)
        Crops in a batch and their side in pixels, taken in turn.
    n_batches : int
        Batches in an epoch.
    rank, n_ranks : int
        Of the crops in a batch every `n_ranks`th from `rank` on is made: this process's part of them.
    """

    crops: CropSet
    shapes: Sequence[tuple[int, int]]
    n_batches: int
    rank: int = 0
    n_ranks: int = 1

    def __getitem__(self, place: tuple[int, int]) -> Batch:
        """Make the batch at a place (epoch, batch)."""
        epoch, i = place
        shape = self.shapes[i % len(self.shapes)]
        return self.crops.batch(epoch, i, shape, range(self.rank, shape[0], self.n_ranks))


def make_in_thread(plan: BatchPlan) -> EpochBatches:
    """Return epochs whose batches one thread makes."""

    def epoch_batches(epoch: int) -> Generator[Batch, None, None]:
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crops")
        ordered: deque[Future[Batch]] = deque()
        try:
            for i in range(plan.n_batches + BATCHES_AHEAD):
                if i < plan.n_batches:
                    ordered.append(pool.submit(plan.__getitem__, (epoch, i)))
                if i >= BATCHES_AHEAD:
                    yield ordered.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    return epoch_batches


def make_in_processes(plan: BatchPlan, n_processes: int, start_method: str = "spawn") -> EpochBatches:
    """Return epochs whose batches `n_processes` other processes make; they end when this is let go of.

    They are not forked unless told (`start_method`): other threads may hold locks at that moment.
    """
    places = _Places(plan.n_batches)
    loader = DataLoader(
        plan,
        batch_size=None,
        sampler=places,
        num_workers=n_processes,
        prefetch_factor=BATCHES_AHEAD_EACH,
        persistent_workers=True,
        multiprocessing_context=start_method,
    )

    def epoch_batches(epoch: int) -> Generator[Batch, None, None]:
        places.epoch = epoch
        yield from loader

    return epoch_batches


class _Places(Sampler[tuple[int, int]]):
    """The places of an epoch's batches."""

    def __init__(self, n_batches: int) -> None:
        self.epoch, self.n_batches = 0, n_batches

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter([(self.epoch, i) for i in range(self.n_batches)])

    def __len__(self) -> int:
        return self.n_batches
