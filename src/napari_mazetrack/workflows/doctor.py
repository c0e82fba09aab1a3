"""Look at an installation: what it can do, on which device, and what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

State = Literal["ok", "optional", "problem"]
SAMPLE_FILM = "pool_hidden.mp4"
QT_BINDINGS = ("PyQt6", "PySide6", "PyQt5", "PySide2")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    area : str
        What was looked at ("Video", "OpenVINO" …).
    state : {"ok", "optional", "problem"}
        Works; is not there and nothing needs it; is not there or broken and something needs it.
    detail : str
        What was found.
    advice : str
        What to do; empty where nothing is needed.
    """

    area: str
    state: State
    detail: str
    advice: str = ""


def examine_installation() -> Job[tuple[Finding, ...]]:
    """Look at everything in turn; each back end really runs the shipped model once."""
    checks = (_system, _video, _model, _openvino, _onnxruntime, _tensorrt, _window, _training)
    findings: list[Finding] = []
    for done, check in enumerate(checks):
        yield Progress("Looking at this installation", done, len(checks))
        findings.extend(check())
    yield Progress("Looking at this installation", len(checks), len(checks))
    return tuple(findings)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _system() -> Iterator[Finding]:
    detail = (
        f"napari-mazetrack {__version__}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )
    yield Finding("System", "ok", detail)


def _video() -> Iterator[Finding]:
    from napari_mazetrack.resources import sample_data_folder
    from napari_mazetrack.video import open_film

    try:
        with open_film(sample_data_folder() / SAMPLE_FILM) as film:
            film.luma(film.n_frames - 1)
            read = f"read {film.n_frames} frames of {SAMPLE_FILM}"
    except MazetrackError as error:
        yield Finding("Video", "problem", str(error), "pip install --force-reinstall av")
        return
    yield Finding("Video", "ok", f"PyAV {_version('av')} {read}; TIFF stacks by tifffile {_version('tifffile')}")


def _model() -> Iterator[Finding]:
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.resources import ShippedModel, shipped_model_path

    try:
        models = [
            read_model_file(shipped_model_path(model, in_int8=in_int8))
            for model in ShippedModel
            for in_int8 in (True, False)
        ]
    except MazetrackError as error:
        yield Finding("Models", "problem", str(error), "pip install --force-reinstall napari-mazetrack")
        return
    for model in models:
        spec = model.spec
        detail = (
            f"{model.path.name}: {spec.precision} {spec.backbone}, {spec.input_width}×{spec.input_height}, "
            f"{model.path.stat().st_size / 1e6:.1f} MB, {model.sha256[:12]}"
        )
        yield Finding("Models", "ok", detail)


def _openvino() -> Iterator[Finding]:
    yield _run_backend("OpenVINO", "openvino", "openvino")


def _onnxruntime() -> Iterator[Finding]:
    from napari_mazetrack.runtime.providers import PACKAGES, installed_devices

    yield _run_backend("ONNX Runtime", "onnxruntime", "onnxruntime")
    for device in installed_devices():
        found = _run_backend(f"ONNX {device}", PACKAGES[device], "onnxruntime", device)
        if found.state == "problem":  # it was built for it, which says nothing of this computer; the CPU does it all
            found = replace(
                found, state="optional", advice="mazetrack track uses the CPU unless --device asks for more"
            )
        yield found


def _tensorrt() -> Iterator[Finding]:
    if not _version("tensorrt"):
        yield Finding(
            "TensorRT",
            "optional",
            "not installed (only of use with an NVIDIA card)",
            "With a card and the CUDA toolkit: pip install 'napari-mazetrack[tensorrt]'",
        )
        return
    yield _run_backend("TensorRT", "tensorrt", "tensorrt")


def _run_backend(
    area: str, package: str, backend: Literal["openvino", "onnxruntime", "tensorrt"], device: str = "auto"
) -> Finding:
    """Run one grey picture through the model that it would track with: device and precision are the real ones."""
    import numpy as np

    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.runtime import RunnerOptions, open_runner
    from napari_mazetrack.workflows.track import find_model_file

    options = RunnerOptions(backend=backend, device=device)
    try:
        model = read_model_file(find_model_file(None, options))
        with open_runner(model, options) as runner:
            runner.submit(np.full((1, 1, *model.spec.input_hw), 128, np.uint8))
            runner.collect()
            info = runner.info
    except MazetrackError as error:
        return Finding(area, "problem", str(error), f"pip install --upgrade {package}")
    detail = (
        f"{_version(package) or info.version}: {info.precision} on {info.device}, {info.n_requests} requests in flight"
    )
    return Finding(area, "ok", detail)


def _window() -> Iterator[Finding]:
    bindings = [f"{name} {_version(name)}" for name in QT_BINDINGS if _version(name)]
    napari = f"napari {_version('napari')}"
    if not bindings:
        yield Finding("Window", "problem", f"{napari} without a Qt binding", "pip install 'napari[pyqt6]'")
    elif sys.version_info[:2] == (3, 11) and _version("PySide6") == "6.12.0":
        advice = "pip uninstall PySide6; pip install 'napari[pyqt6]'"
        yield Finding("Window", "problem", "PySide6 6.12.0 crashes on Python 3.11", advice)
    elif sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        detail = f"{napari}, {bindings[0]}; no screen in this session (commands work all the same)"
        yield Finding("Window", "optional", detail, "Use a desktop session, or xvfb-run")
    else:
        yield Finding("Window", "ok", f"{napari}, {', '.join(bindings)}")


def _training() -> Iterator[Finding]:
    if not _version("torch"):
        yield Finding(
            "Training", "optional", "PyTorch is not installed", "To train: pip install 'napari-mazetrack[train]'"
        )
        return
    missing = [name for name in ("torchvision", "timm", "onnxscript") if importlib.util.find_spec(name) is None]
    if missing:
        yield Finding("Training", "problem", f"missing: {', '.join(missing)}", "pip install 'napari-mazetrack[train]'")
        return
    yield Finding("Training", "ok", f"PyTorch {_version('torch')}, torchvision {_version('torchvision')}")
