"""What pip installs: napari.yaml and the sample data stand at the top of the repository and must come along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed_from_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the package as `pip install napari_mazetrack-….tar.gz` lays it down."""
    folder = tmp_path_factory.mktemp("packaging")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=REPOSITORY)
    (sdist,) = folder.glob("*.tar.gz")
    target = folder / "site"
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", target, sdist)
    return target


def run(*command: object, cwd: Path | None = None) -> None:
    result = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_sdist_installs_with_manifest_and_sample_data(installed_from_sdist: Path):
    package = installed_from_sdist / "napari_mazetrack"
    assert (package / "napari.yaml").read_text() == (REPOSITORY / "napari.yaml").read_text()
    shipped = {path.name for path in (REPOSITORY / "sample_data").iterdir()}
    assert {path.name for path in (package / "sample_data").iterdir()} == shipped


def test_the_installed_package_runs_without_the_repository(installed_from_sdist: Path, tmp_path: Path):
    script = (
        f"import sys; sys.path.insert(0, {str(installed_from_sdist)!r})\n"
        "import napari_mazetrack.resources as r\n"
        f"assert r.__file__.startswith({str(installed_from_sdist)!r}), r.__file__\n"
        "assert r.shipped_model_path().stat().st_size < 8e6\n"
    )
    run(sys.executable, "-I", "-c", script, cwd=tmp_path)
