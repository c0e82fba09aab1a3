"""The neck: a feature pyramid and a context module on each of its levels.

FPN: Lin et al. 2017, arXiv:1612.03144. SSH context: Najibi et al. 2017, arXiv:1708.03979, as in RetinaFace
(Deng et al. 2020, arXiv:1905.00641).
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, cat, nn
from torch.nn import functional as F


class ConvBlock(nn.Module):
    """Convolution, batch normalisation and (unless told otherwise) a rectifier."""

    def __init__(self, n_in: int, n_out: int, kernel: int = 3, *, rectify: bool = True) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_in, n_out, kernel, 1, kernel // 2, bias=False)
        self.normalisation = nn.BatchNorm2d(n_out)
        self.rectify = rectify

    def forward(self, features: Tensor) -> Tensor:
        """Return [N, n_out, H, W]."""
        features = self.normalisation(self.convolution(features))
        return F.relu(features) if self.rectify else features


class FeaturePyramid(nn.Module):
    """C3–C5 to P3–P5, all of one width."""

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(ConvBlock(n, width, 1) for n in channels)
        self.merge = nn.ModuleList(ConvBlock(width, width) for _ in channels[:-1])

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Return P3, P4 and P5, finest first."""
        levels = [lateral(c) for lateral, c in zip(self.lateral, features, strict=True)]
        for i in range(len(levels) - 2, -1, -1):
            # Each level halves the one before, and the input is a multiple of the largest stride.
            levels[i] = self.merge[i](levels[i] + F.interpolate(levels[i + 1], scale_factor=2.0, mode="nearest"))
        return levels


class ContextModule(nn.Module):
    """See 3, 5 and 7 cells around, with small kernels in a row."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = ConvBlock(width, width // 2, rectify=False)
        self.shared = ConvBlock(width, width // 4)
        self.middle = ConvBlock(width // 4, width // 4, rectify=False)
        self.far_first = ConvBlock(width // 4, width // 4)
        self.far = ConvBlock(width // 4, width // 4, rectify=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        shared = self.shared(features)
        return F.relu(cat([self.near(features), self.middle(shared), self.far(self.far_first(shared))], dim=1))
