"""Where ONNX Runtime computes: its execution providers, which are installed, and which nodes each really takes.

ONNX Runtime gives whatever a provider does not take to the CPU and says nothing, and its list of a session's providers
tells only what was registered. Which provider computed a node stands in the profile of a run.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.runtime.options import Device

PROVIDERS = {
    Device.CPU: "CPUExecutionProvider",
    Device.CUDA: "CUDAExecutionProvider",
    Device.COREML: "CoreMLExecutionProvider",
    Device.DIRECTML: "DmlExecutionProvider",
}
#: So that FP32 is FP32 (no TF32, no half precision) and two runs give the same bytes.
SETTINGS: dict[Device, dict[str, str]] = {
    Device.CUDA: {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"},
    Device.COREML: {"ModelFormat": "MLProgram"},
}
PACKAGES = {
    Device.CUDA: "onnxruntime-gpu",
    Device.COREML: "onnxruntime",
    Device.DIRECTML: "onnxruntime-directml",
}


@dataclass(frozen=True)
class Placement:
    """Which nodes of a model a provider computed in one run.

    Attributes
    ----------
    n_here, n_elsewhere : int
        Nodes that the provider computed, and that another one did. A provider may make one node of many.
    n_convolutions_elsewhere : int
        Convolutions among the latter.
    """

    n_here: int
    n_elsewhere: int
    n_convolutions_elsewhere: int

    def __str__(self) -> str:
        return f"{self.n_here} of {self.n_here + self.n_elsewhere} nodes"


def installed_devices() -> tuple[Device, ...]:
    """Return the devices besides the CPU that the installed ONNX Runtime was built for; they need not be there."""
    try:
        import onnxruntime as ort
    except (ImportError, OSError):
        return ()
    available = ort.get_available_providers()
    return tuple(device for device in PACKAGES if PROVIDERS[device] in available)


def refuse_missing(device: Device) -> None:
    """Raise a `MazetrackError` where the installed ONNX Runtime was not built for `device`."""
    if device == Device.CPU or device in installed_devices():
        return
    package = PACKAGES[device]
    how = "pip uninstall onnxruntime` and then `" if package != "onnxruntime" else ""
    raise MazetrackError(
        f"The ONNX Runtime that is installed cannot compute on {device}. `{how}pip install {package}` brings one that "
        "can, where there is one for this system. Use --device cpu meanwhile."
    )


def refuse_fallback(device: Device, registered: list[str]) -> None:
    """Raise a `MazetrackError` where a session has other providers than what `device` asks for.

    Parameters
    ----------
    device : Device
        Never ``auto``.
    registered : list of str
        The session's providers, in its own order.
    """
    wanted = [PROVIDERS[device], *([] if device == Device.CPU else [PROVIDERS[Device.CPU]])]
    if registered != wanted:
        raise MazetrackError(
            f"ONNX Runtime would run the model on {', '.join(registered)} instead of {wanted[0]}. {_advice(device)}"
        )


def read_placement(profile: Path, device: Device) -> Placement:
    """Count the nodes in the profile of one run by where they were computed."""
    n_here, elsewhere = 0, Counter[str]()
    for event in json.loads(profile.read_text(encoding="utf-8")):
        told: dict[str, Any] = event.get("args", {})
        if event.get("cat") != "Node" or "provider" not in told:
            continue
        if told["provider"] == PROVIDERS[device]:
            n_here += 1
        else:
            elsewhere[told.get("op_name", "")] += 1
    n_convolutions = sum(n for name, n in elsewhere.items() if "conv" in name.lower())
    return Placement(n_here, elsewhere.total(), n_convolutions)


def refuse_placement(device: Device, placement: Placement) -> None:
    """Raise a `MazetrackError` where the CPU does the work that `device` was asked for."""
    if placement.n_here and not placement.n_convolutions_elsewhere:
        return
    left = f"{placement.n_convolutions_elsewhere} convolutions" if placement.n_here else "everything"
    raise MazetrackError(f"ONNX Runtime leaves {left} of this model to the CPU instead of {device}. {_advice(device)}")


def _advice(device: Device) -> str:
    needs = {
        Device.CUDA: "CUDA and cuDNN have to be there in the versions that onnxruntime-gpu was built for. ",
        Device.DIRECTML: "DirectML needs a graphics driver with DirectX 12. ",
    }
    on_cpu = "" if device == Device.CPU else "--device cpu, or "
    return f"{needs.get(device, '')}Try {on_cpu}--backend openvino."
