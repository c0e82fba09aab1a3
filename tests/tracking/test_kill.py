"""The part file when the program is killed at any moment."""

from __future__ import annotations

import filecmp
import subprocess
import sys
import time

import numpy as np
import pytest

from napari_mazetrack.tracking.detections import read_part

SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.tracking import detections
from napari_mazetrack.tracking.detections import PartHeader, PartWriter

detections.SYNC_FRAMES = 5
with PartWriter(Path(sys.argv[1]), PartHeader("film", "model", 400), resume=True) as writer:
    for i in range(writer.next_frame_index, 400):
        rng = np.random.default_rng(i)
        n = int(rng.integers(0, 3))
        f = lambda *shape: rng.normal(size=(n, *shape)).astype(np.float32)
        writer.append(i, Instances(f(), f(4), f(3, 2), f(3)))
        time.sleep(float(sys.argv[2]))
"""


@pytest.mark.proof
def test_kill_9_at_any_moment_and_resume_gives_the_same_bytes(tmp_path):
    script = tmp_path / "write.py"
    script.write_text(SCRIPT)
    calm, killed = tmp_path / "calm.part", tmp_path / "killed.part"
    subprocess.run([sys.executable, script, calm, "0"], check=True)
    rng = np.random.default_rng(0)
    n_before = 0
    for _ in range(20):
        process = subprocess.Popen([sys.executable, script, killed, "0.01"])
        while process.poll() is None and (not killed.exists() or read_part(killed).n_recorded <= n_before):
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.2))
        process.kill()
        process.wait()
        n_before = read_part(killed).n_recorded
    subprocess.run([sys.executable, script, killed, "0"], check=True)
    assert filecmp.cmp(killed, calm, shallow=False)
