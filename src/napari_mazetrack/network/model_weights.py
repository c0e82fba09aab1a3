"""Weights into a model file and back out of it.

The export keeps BatchNorm nodes and state-dict names, so that one file serves inference and further training.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from napari_mazetrack.detector.model_file import ModelFile, read_model_file, write_spec
from napari_mazetrack.detector.spec import INPUT_NAME, OUTPUT_NAME, ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.candidates import CandidateGraph
from napari_mazetrack.network.detector_network import TRAINING_HEADS, DetectorNetwork

#: Prefix of the network's weights inside the graph.
PREFIX = "network."
#: Bookkeeping of BatchNorm that inference does not use and the graph does not hold.
NOT_STORED = "num_batches_tracked"


def write_model(network: DetectorNetwork, spec: ModelSpec, path: Path) -> None:
    """Export a network and its spec as one ONNX file.

    Parameters
    ----------
    network : DetectorNetwork
        Its weights; put into evaluation mode.
    spec : ModelSpec
        What the file says of itself.
    path : Path
        Where to write; replaced when it exists (callers use `files.atomic_path`).
    """
    import onnx

    model = onnx.ModelProto.FromString(_export_graph(_shape_of(spec)))
    weights = {PREFIX + name: value.cpu().numpy() for name, value in network.eval().state_dict().items()}
    for tensor in model.graph.initializer:
        if tensor.name.startswith(PREFIX):
            tensor.raw_data = weights[tensor.name].astype("<f4").tobytes()
    write_spec(model, spec)
    path.write_bytes(model.SerializeToString())


def _shape_of(spec: ModelSpec) -> str:
    """Return, as JSON, what a model's graph depends on: everything but its history."""
    return replace(spec, score_threshold=0.5, trained_on={}, scores={}, code_version="").to_json()


@lru_cache(maxsize=8)
def _export_graph(shape: str) -> bytes:
    """Export the graph of a model without its weights; the export takes seconds, and is the same for all weights."""
    spec = ModelSpec.from_json(shape)
    with torch.random.fork_rng(devices=[]):
        graph = CandidateGraph(DetectorNetwork(spec), spec).eval()
    example = torch.zeros((2, 1, *spec.input_hw), dtype=torch.uint8)
    with _quietly():
        program = torch.onnx.export(
            graph,
            (example,),
            dynamo=True,
            optimize=False,
            verbose=False,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamic_shapes=({0: torch.export.Dim("N", min=1, max=1024)},),
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    model = program.model_proto
    _strip_traces(model)
    for tensor in model.graph.initializer:
        if tensor.name.startswith(PREFIX):
            tensor.ClearField("raw_data")
    exported: bytes = model.SerializeToString()
    return exported


def read_weights(model_file: ModelFile) -> dict[str, Tensor]:
    """Return the weights in a model file under their state-dict names."""
    import onnx

    model = onnx.ModelProto.FromString(model_file.read_bytes())
    return {
        tensor.name.removeprefix(PREFIX): torch.from_numpy(np.array(onnx.numpy_helper.to_array(tensor)))
        for tensor in model.graph.initializer
        if tensor.name.startswith(PREFIX)
    }


def load_weights(network: DetectorNetwork, weights: dict[str, Tensor], source: str) -> None:
    """Put weights into a network.

    Raises
    ------
    MazetrackError
        They belong to another network.
    """
    expected = {
        name: value
        for name, value in network.state_dict().items()
        if not name.endswith(NOT_STORED) and (name in weights or not name.startswith(TRAINING_HEADS))
    }
    wrong = [n for n, v in expected.items() if n not in weights or weights[n].shape != v.shape]
    if wrong:
        raise MazetrackError(
            f"The weights of {source} do not fit this network ({len(wrong)} of {len(expected)} differ, "
            f"first {wrong[0]}). Use the same --backbone and the same keypoints, or start without --init."
        )
    network.load_state_dict({name: weights[name] for name in expected}, strict=False)


def read_network(path: Path | str) -> tuple[DetectorNetwork, ModelSpec]:
    """Rebuild the network of a model file, in evaluation mode.

    Raises
    ------
    MazetrackError
        It is not a model of ours, or holds no trainable weights (only FP32 models do).
    """
    model_file = read_model_file(path)
    if model_file.spec.precision != "fp32":
        raise MazetrackError(
            f"{path} is an {model_file.spec.precision} model, which holds no trainable weights. Use the FP32 model."
        )
    network = DetectorNetwork(model_file.spec)
    load_weights(network, read_weights(model_file), str(path))
    return network.eval(), model_file.spec


def _strip_traces(model: Any) -> None:  # noqa: ANN401 - an onnx.ModelProto
    """Drop the source lines and folders that the exporter notes on every node."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep the exporter's chatter off the screen."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
