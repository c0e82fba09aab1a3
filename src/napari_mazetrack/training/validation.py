"""Running a network in training over held-out pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from napari_mazetrack.detector.instances import instances_from_candidates
from napari_mazetrack.detector.letterbox import compute_letterbox, letterbox_luma
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.network.candidates import CandidateGraph
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.scoring import LOWEST_SCORE, ScoredFrame


def find_in_pictures(
    network: DetectorNetwork, spec: ModelSpec, pictures: Sequence[TrainingPicture]
) -> list[ScoredFrame]:
    """Find the animals in pictures, one at a time, as a model file would."""
    device = next(network.parameters()).device
    graph = CandidateGraph(network, spec).eval().to(device)
    slot = np.zeros(spec.input_hw, np.uint8)
    frames = []
    for picture in pictures:
        box = compute_letterbox(picture.luma.shape, spec.input_hw)
        letterbox_luma(picture.luma, box, slot)
        with torch.inference_mode():
            candidates = graph(torch.from_numpy(slot.copy())[None, None].to(device))[0].cpu().numpy()
        instances = instances_from_candidates(candidates, axis=spec.skeleton.axis, score_threshold=LOWEST_SCORE)
        found = instances.scaled(box.scale, (box.offset_px, box.offset_px))
        frames.append(ScoredFrame(found, picture.keypoints_xy))
    return frames
