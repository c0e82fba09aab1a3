"""The program as a person types it, and how its tables are read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Mazetrack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def mazetrack() -> Mazetrack:
    """Run `mazetrack` with arguments in a process of its own; fails the test when it fails, unless asked not to."""

    def run(*arguments: object, check: bool = True, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "napari_mazetrack.cli.main", *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
        if check and result.returncode != 0:
            pytest.fail(f"{' '.join(command[3:])}\n{result.stdout}\n{result.stderr}")
        return result

    return run


def _film(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        pytest.skip(f"{name} is not among the shared data on this machine")
    return path


@pytest.fixture(scope="session")
def watermaze(shared_data: Path) -> Path:
    """Folder of the real water-maze film with its labels and arena."""
    return _film(shared_data, "watermaze_video/watermaze.mp4").parent


@pytest.fixture(scope="session")
def openfield(shared_data: Path) -> Path:
    """Folder of the real open-field film with DeepLabCut's pose."""
    return _film(shared_data, "openfield_video/m3v1_part.mp4").parent
