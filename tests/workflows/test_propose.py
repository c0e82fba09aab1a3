"""Points that a model proposes for single frames: where the spot is, and nothing where it is not."""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import ModelRecord
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.workflows.propose import Proposer

HW = (128, 192)  # twice the model's input


@pytest.fixture
def film(tmp_path: Path, write_blob_film) -> Path:
    return write_blob_film(tmp_path / "spot.mp4", n_frames=20, hw=HW)


def record(model: Path) -> ModelRecord:
    return ModelRecord("blob", sha256(model.read_bytes()).hexdigest(), (model.as_posix(),))


@pytest.fixture
def proposer(film: Path, blob_model: Path):
    proposer = Proposer(film, MOUSE.keypoints, record(blob_model), film.parent)
    yield proposer
    proposer.close()


@pytest.mark.parametrize("frame", [0, 13, 5])
def test_the_animal_is_where_it_is(proposer: Proposer, frame: int, blob_xy):
    proposal = run_to_end(proposer.propose(frame))
    x, y = blob_xy(frame, HW)
    assert proposal.frame_index == frame
    np.testing.assert_allclose(proposal.keypoints_xy, [[x + 12, y], [x, y], [x - 12, y]], atol=1.5)


def test_a_frame_without_an_animal_gets_no_points(proposer: Proposer, tmp_path: Path, blob_model: Path):
    import av

    path = tmp_path / "empty.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = *HW, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((*HW, 3), 200, np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    empty = Proposer(path, MOUSE.keypoints, record(blob_model), tmp_path)
    assert run_to_end(empty.propose(1)).keypoints_xy is None
    empty.close()


def test_a_model_of_other_keypoints_is_refused(film: Path, blob_model: Path):
    proposer = Proposer(film, ("nose", "tail"), record(blob_model), film.parent)
    with pytest.raises(MazetrackError, match="finds head, body, tail, but the project labels nose, tail"):
        run_to_end(proposer.propose(0))
    proposer.close()


def test_a_model_that_is_gone_is_told(film: Path):
    proposer = Proposer(film, MOUSE.keypoints, ModelRecord("gone", "0", ("gone.onnx",)), film.parent)
    with pytest.raises(MazetrackError, match=r"gone is not at gone\.onnx any more"):
        run_to_end(proposer.propose(0))
    proposer.close()


def test_nothing_stays_open(film: Path, blob_model: Path):
    proposer = Proposer(film, MOUSE.keypoints, record(blob_model), film.parent)
    run_to_end(proposer.propose(0))
    opened, _ = proposer._open
    proposer.close()
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith("proposer")]:
        thread.join(10)
    with pytest.raises(MazetrackError, match="has been closed"):
        opened.luma(0)
