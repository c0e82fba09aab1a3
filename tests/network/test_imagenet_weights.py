"""ImageNet weights from a file: whose names differ, whose first layer is in colour, and what is refused."""

import pytest
import timm
import torch

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.backbones import make_backbone

NAME = "mobilenetv2_035"


@pytest.fixture(scope="module")
def classifier():
    """A classifier in colour, as ImageNet's are."""
    torch.manual_seed(3)
    network = timm.create_model(NAME, pretrained=False).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.9, 1.1)
    return network


def renamed(weights):
    """The same layers in the same order under other names, the classifier last."""
    return {f"features.{i}.{name.rpartition('.')[2]}": value for i, (name, value) in enumerate(weights.items())}


@pytest.mark.parametrize("rename", [dict, renamed], ids=["same names", "other names"])
def test_a_grey_picture_gives_what_it_gave_in_colour(classifier, rename, tmp_path):
    torch.save(rename(classifier.state_dict()), tmp_path / "weights.pth")
    backbone = make_backbone(NAME, pretrained=tmp_path / "weights.pth").eval()
    luma = torch.randn(1, 1, 64, 96)
    with torch.no_grad():
        expected = classifier.forward_intermediates(luma.expand(-1, 3, -1, -1), intermediates_only=True)
        found = backbone(luma)
    for features in found:
        wanted = next(e for e in expected if e.shape == features.shape)
        torch.testing.assert_close(features, wanted, rtol=1e-3, atol=1e-3)


def _of_another_network(path):
    torch.save(timm.create_model("resnet18", pretrained=False).state_dict(), path)


def _no_tensors(path):
    torch.save({"epoch": 3}, path)


def _no_weights(path):
    path.write_bytes(b"no weights at all")


class _Evil:
    def __reduce__(self):
        return print, ("executed",)


def _that_would_run(path):
    torch.save({"weights": _Evil()}, path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_of_another_network, "does not hold the weights of this backbone"),
        (_no_tensors, "no state dict"),
        (_no_weights, "cannot be read as weights"),
        (_that_would_run, "cannot be read as weights"),
    ],
)
def test_other_files_are_refused(write, message, tmp_path, capsys):
    write(tmp_path / "weights.pth")
    with pytest.raises(MazetrackError, match=message):
        make_backbone(NAME, pretrained=tmp_path / "weights.pth")
    assert "executed" not in capsys.readouterr().out
