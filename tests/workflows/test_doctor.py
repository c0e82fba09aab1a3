"""What an installation can do."""

from __future__ import annotations

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows import doctor


@pytest.fixture
def findings() -> dict[str, doctor.Finding]:
    return {finding.area: finding for finding in run_to_end(doctor.examine_installation())}


def test_every_area_is_looked_at_and_problems_come_with_advice(findings):
    assert {"System", "Video", "Models", "OpenVINO", "ONNX Runtime", "TensorRT", "Window"} <= set(findings)
    for finding in findings.values():
        assert finding.state == "ok" or finding.advice


def test_a_sound_installation_reads_films_and_runs_both_back_ends(findings):
    assert findings["Video"].state == "ok"
    assert "int8 on" in findings["OpenVINO"].detail
    assert "fp32 on CPUExecutionProvider" in findings["ONNX Runtime"].detail


def test_what_is_broken_is_told_not_raised(monkeypatch):
    def missing():
        raise MazetrackError("The sample data is gone. Install again.")

    monkeypatch.setattr("napari_mazetrack.resources.sample_data_folder", missing)
    findings = {finding.area: finding for finding in run_to_end(doctor.examine_installation())}
    assert findings["Video"] == doctor.Finding(
        "Video", "problem", "The sample data is gone. Install again.", "pip install --force-reinstall av"
    )
    assert findings["OpenVINO"].state == "problem"
