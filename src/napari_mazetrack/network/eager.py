"""A model file run as it was trained, in PyTorch with nothing optimised: what speed is compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_mazetrack.network.candidates import CandidateGraph
from napari_mazetrack.network.model_weights import read_network


class EagerModel:
    """Runs a model file's network in PyTorch.

    Parameters
    ----------
    path : Path
        An FP32 model.

    Raises
    ------
    MazetrackError
        It holds no trainable weights.
    """

    def __init__(self, path: Path) -> None:
        network, spec = read_network(path)
        self._graph = CandidateGraph(network, spec).eval()
        self.n_threads = torch.get_num_threads()
        self.version = torch.__version__

    def detect(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return candidates [N, top_k, columns] of luma uint8 [N, 1, H, W]."""
        with torch.inference_mode():
            candidates: NDArray[np.float32] = self._graph(torch.from_numpy(batch)).numpy()
        return candidates
