"""Fixtures of the analyses' tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes longest; these tests are about the rest."""
    monkeypatch.setattr("napari_mazetrack.workflows.analyse.draw_figures", lambda _: iter(()))
