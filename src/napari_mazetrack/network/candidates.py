"""The graph that is exported: uint8 luma in, decoded candidates out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from napari_mazetrack.detector.coding import LAPLACE_SD, LOG_SCALE_LIMITS
from napari_mazetrack.detector.priors import compute_priors
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.detector_network import DetectorNetwork


class CandidateGraph(nn.Module):
    """Cast, normalise, network, best K priors, decode: what a model file computes."""

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
        encoded = encoded.gather(1, best[..., None].expand(-1, -1, encoded.shape[2]))
        decoded = _decode(box, encoded.unflatten(2, (-1, 3)), priors, self.spec.priors.variances)
        return torch.cat([torch.sigmoid(logit)[..., None], decoded], dim=2)


def _decode(box: Tensor, keypoints: Tensor, priors: Tensor, variances: tuple[float, float]) -> Tensor:
    """Decode box [N, K, 4] and keypoints [N, K, n, 3] as `detector.coding` does; [N, K, 4 + 3 n]."""
    centre = priors[..., :2] + box[..., :2] * variances[0] * priors[..., 2:]
    half = priors[..., 2:] * torch.exp(box[..., 2:] * variances[1]) / 2
    unit = variances[0] * priors[..., None, 2:]  # [N, K, 1, 2]
    points = priors[..., None, :2] + keypoints[..., :2] * unit
    scale = torch.exp(keypoints[..., 2:].clamp(*LOG_SCALE_LIMITS)) * unit[..., :1]
    points = torch.cat([points, LAPLACE_SD * scale], dim=3).flatten(2)
    return torch.cat([centre - half, centre + half, points], dim=2)
