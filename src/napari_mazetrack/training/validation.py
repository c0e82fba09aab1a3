"""Running a network in training over held-out pictures."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

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
    """Find the animals in pictures, each by itself, as a model file would."""
    device = next(network.parameters()).device
    graph = CandidateGraph(network, spec).eval().to(device).to(memory_format=torch.channels_last)

    def find(picture: TrainingPicture) -> ScoredFrame:
        return _find_in_picture(graph, spec, picture, device)

    if device.type != "cpu":
        return [find(picture) for picture in pictures]
    # Each thread its own picture: the threads of one picture wait for each other, on busy cores for most of the time.
    n_threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(n_threads, "looking", torch.set_num_threads, (1,)) as pool:
            return list(pool.map(find, pictures))
    finally:
        torch.set_num_threads(n_threads)


def _find_in_picture(
    graph: CandidateGraph, spec: ModelSpec, picture: TrainingPicture, device: torch.device
) -> ScoredFrame:
    slot = np.zeros(spec.input_hw, np.uint8)
    box = compute_letterbox(picture.luma.shape, spec.input_hw)
    letterbox_luma(picture.luma, box, slot)
    with torch.inference_mode():
        candidates = graph(torch.from_numpy(slot)[None, None].to(device))[0].cpu().numpy()
    instances = instances_from_candidates(candidates, axis=spec.skeleton.axis, score_threshold=LOWEST_SCORE)
    return ScoredFrame(instances.scaled(box.scale, (box.offset_px, box.offset_px)), picture.keypoints_xy)
