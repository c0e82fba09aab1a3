"""The second look at a keypoint: from where a prior put it to where the finest level sees it, and how sure it is.

Priors know an animal as a whole and place its points to a few percent of its length. A map over the cells of the
finest level tells, for each keypoint, the way from the cell to the point. Read between the cells, such a map is as
exact as its cells: the mean of four ways to one point is the way from the mean of the four cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, cat, nn
from torch.nn import functional as F

from napari_mazetrack.detector.coding import LOG_SCALE_LIMITS
from napari_mazetrack.network.pyramid import ConvBlock

#: The map is read where the prior put the point, and again where that led.
N_STEPS = 2
#: A step leads this far at most, cells.
LONGEST_STEP = 3.0


class RefinementHead(nn.Module):
    """Features of the finest level [N, width, h, w] to maps [N, 3 n, h, w]: x and y in cells, log b, per keypoint."""

    def __init__(self, width: int, n_keypoints: int) -> None:
        super().__init__()
        self.body = ConvBlock(width, width)
        self.ways = nn.Conv2d(width, 3 * n_keypoints, 1)
        nn.init.normal_(self.ways.weight, std=0.01)
        nn.init.zeros_(self.ways.get_parameter("bias"))

    def forward(self, features: Tensor) -> Tensor:
        """Return the maps."""
        ways: Tensor = self.ways(self.body(features))
        return ways


def refine_points(maps: Tensor, points_xy: Tensor, stride: int) -> list[tuple[Tensor, Tensor]]:
    """Lead points to where the maps say they are.

    Parameters
    ----------
    maps : Tensor [N, 3 n, h, w]
        Of `RefinementHead`.
    points_xy : Tensor [N, K, n, 2]
        Where the priors put the keypoints, input pixels.
    stride : int
        Input pixels per cell.

    Returns
    -------
    list of (Tensor [N, K, n, 2], Tensor [N, K, n])
        After each step the points, input pixels, and the logarithm of their Laplace scale b in cells. No gradient
        goes back through where the map was read.
    """
    steps = []
    for _ in range(N_STEPS):
        points_xy = points_xy.detach()
        way = _read_maps(maps, points_xy, stride)
        points_xy = points_xy + way[..., :2].clamp(-LONGEST_STEP, LONGEST_STEP) * stride
        steps.append((points_xy, way[..., 2].clamp(*LOG_SCALE_LIMITS)))
    return steps


def _read_maps(maps: Tensor, points_xy: Tensor, stride: int) -> Tensor:
    """Read each keypoint's three maps at its points, between cells bilinearly; [N, K, n, 3]."""
    height, width = maps.shape[2:]
    size = torch.tensor([width, height], dtype=points_xy.dtype, device=points_xy.device) * stride
    # Pixel centres are integers here and ((2 i + 1) / size - 1) for grid_sample.
    grid = (2 * points_xy + 1) / size - 1
    read = []
    for k in range(maps.shape[1] // 3):
        own = maps[:, 3 * k : 3 * k + 3]  # not `split`, which would be a sequence in the exported graph
        where = grid[:, :, k : k + 1]
        read.append(F.grid_sample(own, where, mode="bilinear", padding_mode="border", align_corners=False))
    return cat(read, dim=3).permute(0, 2, 3, 1)
