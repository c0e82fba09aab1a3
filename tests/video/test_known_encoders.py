"""Films whose first packet alone says which encoder made them: FFmpeg decodes some differently."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import pytest

from napari_mazetrack.video import open_film

HW = (96, 128)
N_FRAMES = 60


@pytest.fixture
def old_x264(tmp_path: Path) -> Path:
    """A film in 4:4:4 that says it is x264 of build 148, some of whose blocks FFmpeg then reads in another way."""
    path = tmp_path / "old.mp4"
    rng = np.random.default_rng(2)
    coarse = rng.integers(0, 256, (HW[0] // 8, HW[1] // 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    with av.open(str(path), "w") as container:
        options = {"crf": "24", "x264-params": "keyint=1:8x8dct=1:threads=1:asm=0"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *HW, "yuv444p"
        for i in range(N_FRAMES):
            picture = np.roll(coarse, 3 * i, axis=1) // 2 + rng.integers(0, 60, (*HW, 3))  # blocks of either kind
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv444p")))
        container.mux(stream.encode(None))
    content, n_replaced = re.subn(rb"(x264 - core )\d{3}", rb"\g<1>148", path.read_bytes())
    assert n_replaced
    path.write_bytes(content)
    return path


def test_frames_are_the_same_from_wherever_they_are_read(old_x264: Path) -> None:
    with open_film(old_x264) as film:
        in_order = dict(film.iter_luma())
        for start in (1, 20, 27, 40, N_FRAMES - 1):
            for i, luma in film.iter_luma(start):
                assert (luma is None) == (in_order[i] is None)
                assert luma is None or np.array_equal(luma, in_order[i])
