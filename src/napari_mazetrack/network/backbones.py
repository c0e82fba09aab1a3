"""Feature extractors by name: `mobilenetv1_025`, or whatever timm offers (`resnet50` is the seed's choice)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from napari_mazetrack.detector.spec import STRIDES
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.imagenet_weights import load_imagenet_weights
from napari_mazetrack.network.mobilenet import MobileNetV1Quarter

QUARTER_MOBILENET = "mobilenetv1_025"


class TimmBackbone(nn.Module):
    """Any timm network as C3–C5 on luma; a pre-trained RGB stem is summed over its channels by timm."""

    def __init__(self, name: str, *, pretrained: bool | Path) -> None:
        super().__init__()
        self.body, self.channels = _make_timm(name, pretrained=pretrained is True)
        if isinstance(pretrained, Path):
            load_imagenet_weights(self.body, pretrained)

    def forward(self, luma: Tensor) -> list[Tensor]:
        """Return C3, C4 and C5 of luma [N, 1, H, W]."""
        return list(self.body(luma))


def make_backbone(name: str, *, pretrained: bool | Path = False) -> MobileNetV1Quarter | TimmBackbone:
    """Make a feature extractor for luma with strides 8, 16 and 32.

    Parameters
    ----------
    name : str
        ``mobilenetv1_025`` or the name of a timm model.
    pretrained : bool or Path
        Start from ImageNet weights: those that timm fetches from its hub, or those of a file.

    Raises
    ------
    MazetrackError
        There is no such model, it has no features of these strides, or its weights cannot be had.
    """
    if name != QUARTER_MOBILENET:
        return TimmBackbone(name, pretrained=pretrained)
    if pretrained:
        raise MazetrackError(
            f"There are no pre-trained weights for {name}. Start from a model with --init, or name another backbone."
        )
    return MobileNetV1Quarter()


def _make_timm(name: str, *, pretrained: bool) -> tuple[nn.Module, tuple[int, ...]]:
    import timm

    if not timm.is_model(name):
        near = ", ".join(timm.list_models(f"*{name[:6]}*")[:5]) or "resnet50, mobilenetv2_100"
        raise MazetrackError(
            f"There is no backbone called {name}. Take {QUARTER_MOBILENET} or a timm model such as {near}."
        )
    wanted: dict[str, Any] = {"features_only": True, "in_chans": 1}
    try:
        reductions: list[int] = timm.create_model(name, pretrained=False, **wanted).feature_info.reduction()  # type: ignore[union-attr,operator]
        indices = [max(i for i, r in enumerate(reductions) if r == stride) for stride in STRIDES]
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise MazetrackError(
            f"The backbone {name} gives no features of strides 8, 16 and 32. Take resnet50 or {QUARTER_MOBILENET}."
        ) from error
    try:
        body = timm.create_model(name, pretrained=pretrained, out_indices=indices, **wanted)
    except (OSError, RuntimeError) as error:
        raise MazetrackError(
            f"The pre-trained weights of {name} could not be fetched ({type(error).__name__}). "
            "Connect to the internet, name a file of them with --init, or train from nothing with --no-pretrained."
        ) from error
    return body, tuple(body.feature_info.channels())  # type: ignore[union-attr,operator]
