"""What a loss is divided by: how many things it is a mean over."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

#: From how many there are in a batch (or in this process's part of one) to what the sum over them is divided by.
Divisor = Callable[[Tensor], Tensor]


def at_least_one(count: Tensor) -> Tensor:
    """Return the count itself, 1 where there is nothing."""
    return count.clamp(min=1)
