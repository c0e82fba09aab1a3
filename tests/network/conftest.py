"""A model so small that a test can export and train it."""

import pytest
import torch

from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.skeleton import MOUSE


@pytest.fixture
def tiny_spec():
    return ModelSpec(MOUSE, 64, 96, fpn_channels=8, top_k=50)


@pytest.fixture
def tiny_network(tiny_spec):
    """A network whose weights and statistics are all different from their start."""
    torch.manual_seed(3)
    network = DetectorNetwork(tiny_spec)
    with torch.no_grad():
        for value in (*network.parameters(), *network.buffers()):
            if value.is_floating_point():
                value.add_(torch.rand_like(value) * 0.02)
        for head in network.class_head:  # scores far enough apart that rounding cannot swap neighbours
            head.weight.normal_(0, 2.0)
    return network.eval()
