"""What a model file says of itself: the contract between training and inference."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from napari_mazetrack.detector.instances import N_BOX_COLUMNS
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import Skeleton

SCHEMA = 1
#: Key of the JSON in the ONNX metadata.
METADATA_KEY = "mazetrack_spec"
INPUT_NAME = "luma"
OUTPUT_NAME = "candidates"
#: No input side may be larger, and no model may return more candidates.
MAX_INPUT_SIDE = 4096
MAX_CANDIDATES = 2000
STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class PriorSpec:
    """The reference boxes of each level.

    Attributes
    ----------
    strides : tuple of int
        Input pixels per cell of each level.
    sizes_px : tuple of tuple of float
        Side lengths of the square priors of each level, input pixels.
    variances : (float, float)
        SSD's offset scales: of centres and keypoints, and of log sizes.
    """

    strides: tuple[int, ...] = STRIDES
    sizes_px: tuple[tuple[float, ...], ...] = ((16.0, 32.0), (64.0, 96.0), (128.0, 224.0))
    variances: tuple[float, float] = (0.1, 0.2)


@dataclass(frozen=True)
class ModelSpec:
    """Everything needed to run a model and to say where it comes from.

    The graph takes ``luma`` uint8 [N, 1, input_height, input_width] and returns ``candidates`` float32
    [N, top_k, 5 + 3 * n_keypoints]: score, box xyxy, then x, y, sigma for each keypoint, in input pixels.

    Attributes
    ----------
    skeleton : Skeleton
        Keypoints in the order of the candidates.
    input_height, input_width : int
        Pixels; multiples of the largest stride.
    backbone : str
        Name of the feature extractor.
    fpn_channels : int
        Width of the pyramid.
    priors : PriorSpec
        Reference boxes.
    top_k : int
        Candidates returned for a frame.
    precision : str
        ``fp32``, ``fp16`` or ``int8``: what the graph computes in.
    score_threshold : float
        The score above which a candidate counts, chosen on validation frames.
    luma_mean, luma_std : float
        Normalisation inside the graph, on the 0–255 scale.
    trained_on : dict
        Names and sizes of the data sets.
    scores : dict
        Results on held-out data.
    code_version : str
        Version of this package that wrote the file.
    schema : int
        Version of this description.
    """

    skeleton: Skeleton
    input_height: int
    input_width: int
    backbone: str = "mobilenetv1_025"
    fpn_channels: int = 64
    priors: PriorSpec = field(default_factory=PriorSpec)
    top_k: int = 300
    precision: str = "fp32"
    score_threshold: float = 0.4
    luma_mean: float = 114.0
    luma_std: float = 58.0
    trained_on: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    code_version: str = ""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        largest = max(self.priors.strides)
        for name in ("input_height", "input_width"):
            side = getattr(self, name)
            if not (0 < side <= MAX_INPUT_SIDE) or side % largest:
                raise MazetrackError(
                    f"A model's {name} must be a multiple of {largest} up to {MAX_INPUT_SIDE}, got {side}."
                )
        if not 0 < self.top_k <= MAX_CANDIDATES:
            raise MazetrackError(f"A model returns 1 to {MAX_CANDIDATES} candidates, this one says {self.top_k}.")
        if len(self.priors.strides) != len(self.priors.sizes_px):
            raise MazetrackError("A model must give prior sizes for each of its strides.")

    @property
    def input_hw(self) -> tuple[int, int]:
        """Height and width of the input, pixels."""
        return self.input_height, self.input_width

    @property
    def n_columns(self) -> int:
        """Columns of a candidate."""
        return N_BOX_COLUMNS + 3 * self.skeleton.n_keypoints

    def to_json(self) -> str:
        """Return the JSON that stands in the ONNX metadata."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelSpec:
        """Read the JSON of the ONNX metadata.

        Raises
        ------
        MazetrackError
            It is not ours, damaged, or of a newer schema.
        """
        try:
            data = json.loads(text)
            schema = int(data["schema"])
        except (ValueError, KeyError, TypeError) as error:
            raise MazetrackError("The model's description cannot be read. Export the model again.") from error
        if schema > SCHEMA:
            raise MazetrackError(
                f"The model was written by a newer napari-mazetrack (schema {schema}, this one reads {SCHEMA}). "
                "Update napari-mazetrack."
            )
        try:
            return cls(**_with_values(data))
        except (ValueError, KeyError, TypeError) as error:
            raise MazetrackError(f"The model's description is damaged ({error}). Export the model again.") from error


def _with_values(data: dict[str, Any]) -> dict[str, Any]:
    skeleton, priors = data["skeleton"], data["priors"]
    return {
        **data,
        "skeleton": Skeleton(
            keypoints=tuple(skeleton["keypoints"]),
            edges=tuple((int(a), int(b)) for a, b in skeleton["edges"]),
            front=int(skeleton["front"]),
            centre=int(skeleton["centre"]),
            back=int(skeleton["back"]),
        ),
        "priors": PriorSpec(
            strides=tuple(int(s) for s in priors["strides"]),
            sizes_px=tuple(tuple(float(s) for s in sizes) for sizes in priors["sizes_px"]),
            variances=(float(priors["variances"][0]), float(priors["variances"][1])),
        ),
    }
