"""Carry napari.yaml and sample_data, which stand at the top of the repository, into every kind of install."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = ("napari.yaml", "sample_data")


class CarryTopLevelFiles(BuildHookInterface):
    """Force-include the files into wheels; link them into the package for editable installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to this build (hatchling calls it before each one)."""
        root = Path(self.root)
        package = root / "src" / "napari_mazetrack"
        if self.target_name != "wheel":
            return
        if version != "editable":
            for name in CARRIED:
                build_data["force_include"][str(root / name)] = f"napari_mazetrack/{name}"
            return
        for name in CARRIED:
            self._link(root / name, package / name)

    @staticmethod
    def _link(source: Path, target: Path) -> None:
        if target.is_symlink() or target.is_file():
            target.unlink()
        elif target.is_dir():
            shutil.rmtree(target)
        try:
            target.symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows without the right to make links
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
