"""Shapes, decoding and targets of the network."""

import numpy as np
import pytest
import torch
from torch import nn

from napari_mazetrack.detector.coding import LAPLACE_SD, decode_boxes, decode_keypoints
from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.network.backbones import make_backbone
from napari_mazetrack.network.candidates import POINTS_SHARE, CandidateGraph
from napari_mazetrack.network.detector_network import RawOutputs


@pytest.mark.parametrize("name", ["mobilenetv1_025", "resnet18", "mobilenetv2_035"])
def test_backbones_give_three_strides_of_luma(name):
    backbone = make_backbone(name).eval()
    features = backbone(torch.zeros(1, 1, 64, 96))
    assert [tuple(f.shape[2:]) for f in features] == [(8, 12), (4, 6), (2, 3)]
    assert tuple(f.shape[1] for f in features) == tuple(backbone.channels)


def test_the_seeds_backbone_is_resnet50():
    assert make_backbone("resnet50").channels == (512, 1024, 2048)


@pytest.mark.parametrize(
    ("name", "pretrained", "message"),
    [
        ("resnet5000", False, "no backbone called resnet5000.*such as"),
        ("vit_tiny_patch16_224", False, "no features of strides 8, 16 and 32"),
        ("mobilenetv1_025", True, "no pre-trained weights"),
    ],
)
def test_backbones_refused_in_words(name, pretrained, message):
    with pytest.raises(MazetrackError, match=message):
        make_backbone(name, pretrained=pretrained)


class _Constant(nn.Module):
    """A stand-in for a network that says what it is told."""

    def __init__(self, outputs):
        super().__init__()
        self.outputs = outputs

    def forward(self, luma):
        return self.outputs


def test_candidates_are_the_best_priors_decoded_as_numpy_does(tiny_spec):
    priors = compute_priors(tiny_spec.input_hw, tiny_spec.priors)
    draw = torch.Generator().manual_seed(1)
    logit = torch.randn(2, len(priors), generator=draw)
    box = torch.randn(2, len(priors), 4, generator=draw)
    keypoints = torch.randn(2, len(priors), 3, 2, generator=draw)
    maps = torch.zeros(2, 9, 8, 12)
    maps[:, 2::3] = 0.5  # no way to go, and log b
    graph = CandidateGraph(_Constant(RawOutputs(logit, box, keypoints, maps)), tiny_spec)
    candidates = graph(torch.zeros(2, 1, *tiny_spec.input_hw, dtype=torch.uint8)).numpy()
    for n in range(2):
        best = np.argsort(-logit[n].numpy())[: tiny_spec.top_k]
        np.testing.assert_allclose(candidates[n, :, 0], 1 / (1 + np.exp(-logit[n].numpy()[best])), rtol=1e-5)
        variances = tiny_spec.priors.variances
        points = decode_keypoints(keypoints[n].numpy()[best], priors[best], variances)
        round_points = np.stack([box_from_keypoints(p.astype(float)) for p in points])
        own = decode_boxes(box[n].numpy()[best], priors[best], variances)
        expected = POINTS_SHARE * round_points + (1 - POINTS_SHARE) * own
        np.testing.assert_allclose(candidates[n, :, 1:5], expected, rtol=1e-4, atol=1e-3)
        decoded = candidates[n, :, 5:].reshape(-1, 3, 3)
        np.testing.assert_allclose(decoded[..., :2], points, rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(decoded[..., 2], LAPLACE_SD * 8 * np.exp(0.5), rtol=1e-4)


@pytest.mark.parametrize("place", [(20, 30), (140, 30), (20, 100), (140, 100)])
def test_heads_lie_in_the_order_of_the_priors(tiny_network, place):
    """What a prior says depends most on the pixels round its own centre."""
    priors = compute_priors((128, 160), PriorSpec())
    finest = priors[:, 2] == 16
    nearest = int(np.argmin(np.where(finest, np.abs(priors[:, :2] - place).sum(axis=1), np.inf)))
    luma = torch.randn(1, 1, 128, 160, generator=torch.Generator().manual_seed(0)).requires_grad_()
    tiny_network(luma).class_logit[0, nearest].backward()
    weight = luma.grad[0, 0].abs().numpy() ** 2
    y, x = np.mgrid[:128, :160]
    centre = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
    assert np.abs(centre - priors[nearest, :2]).max() < 16
