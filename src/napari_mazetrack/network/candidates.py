"""The graph that is exported: uint8 luma in, decoded candidates out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from napari_mazetrack.detector.coding import LAPLACE_SD
from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.boxes import MARGIN_FRACTION
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.network.refinement import refine_points

#: Share of the box round the keypoints in a candidate's box; the rest is the box head's. The second look places the
#: points to the pixel, the box head knows the animal where they are in doubt.
POINTS_SHARE = 0.75


class CandidateGraph(nn.Module):
    """Cast, normalise, network, best K priors, decode, second look: what a model file computes."""

    priors: Tensor

    def __init__(self, network: DetectorNetwork, spec: ModelSpec) -> None:
        super().__init__()
        self.network = network
        self.spec = spec
        priors = compute_priors(spec.input_hw, spec.priors)
        if len(priors) < spec.top_k:
            raise MazetrackError(
                f"An input of {spec.input_width} × {spec.input_height} pixels has {len(priors)} priors, fewer than "
                f"the {spec.top_k} candidates that the model is to return. Make the input larger."
            )
        self.register_buffer("priors", torch.from_numpy(priors), persistent=False)

    def forward(self, luma: Tensor) -> Tensor:
        """Return candidates [N, K, 5 + 3 n] (score, box xyxy, then x, y, sigma) of luma uint8 [N, 1, H, W]."""
        raw = self.network((luma.to(torch.float32) - self.spec.luma_mean) / self.spec.luma_std)
        logit, best = torch.topk(raw.class_logit, self.spec.top_k, dim=1)  # [N, K]
        priors = self.priors[best]  # [N, K, 4]
        box = raw.box.gather(1, best[..., None].expand(-1, -1, 4))
        encoded = raw.keypoints.flatten(2)
        encoded = encoded.gather(1, best[..., None].expand(-1, -1, encoded.shape[2])).unflatten(2, (-1, 2))
        points = priors[..., None, :2] + encoded * (self.spec.priors.variances[0] * priors[..., None, 2:])
        stride = self.spec.priors.strides[0]
        points, log_scale = refine_points(raw.refinement, points, stride)[-1]
        sigma = LAPLACE_SD * stride * torch.exp(log_scale)
        keypoints = torch.cat([points, sigma[..., None]], dim=3).flatten(2)
        box = _decode_boxes(box, priors, self.spec.priors.variances)
        box = POINTS_SHARE * _boxes_round(points) + (1 - POINTS_SHARE) * box
        return torch.cat([torch.sigmoid(logit)[..., None], box, keypoints], dim=2)


def _boxes_round(points_xy: Tensor) -> Tensor:
    """Return the boxes [N, K, 4] round keypoints [N, K, n, 2], as `labels.boxes.box_from_keypoints` makes them."""
    between = points_xy[..., :, None, :] - points_xy[..., None, :, :]
    length = between.square().sum(dim=-1).amax(dim=(2, 3)).sqrt()
    margin = MARGIN_FRACTION * length[..., None]
    return torch.cat([points_xy.amin(dim=2) - margin, points_xy.amax(dim=2) + margin], dim=2)


def _decode_boxes(box: Tensor, priors: Tensor, variances: tuple[float, float]) -> Tensor:
    """Decode boxes [N, K, 4] as `detector.coding` does."""
    centre = priors[..., :2] + box[..., :2] * variances[0] * priors[..., 2:]
    half = priors[..., 2:] * torch.exp(box[..., 2:] * variances[1]) / 2
    return torch.cat([centre - half, centre + half], dim=2)
