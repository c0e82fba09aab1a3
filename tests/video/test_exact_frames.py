"""Every frame that is read is the one that was asked for, on every awkward film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_mazetrack.video import Timing, open_film

N_FRAMES, N_READS = 150, 200


def uneven(i: int) -> int:
    """Give milliseconds of a recorder that stumbles."""
    return 40 * i + 2 * (i % 13) + 400 * (i // 50)


AWKWARD: dict[str, dict[str, Any]] = {
    "plain.mp4": {},
    "variable_rate.mp4": {"rate": 1000, "times": uneven},
    "variable_rate.mkv": {"rate": 1000, "times": uneven},
    "start_offset.mp4": {"times": lambda i: i + 137},
    "start_offset.ts": {"times": lambda i: i + 137},
    "b_frames.avi": {},
    "open_group.avi": {"options": {"x264-params": "open-gop=1:scenecut=0:b-adapt=0"}},
    "pyramid.avi": {"n_b_frames": 5, "options": {"x264-params": "b-pyramid=normal:b-adapt=0:scenecut=0"}},
    "no_b_frames.avi": {"n_b_frames": 0},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mpeg4_no_b_frames.avi": {"codec": "mpeg4", "n_b_frames": 0},
    "stream.ts": {},
    "mpeg2.ts": {"codec": "mpeg2video"},
    "mpeg2.mpg": {"codec": "mpeg2video"},
    "matroska.mkv": {},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"cpu-used": "8", "lag-in-frames": "16"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "hevc_open_group.mkv": {"codec": "libx265", "options": {"x265-params": "open-gop=1:log-level=none"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "n_b_frames": 0},
    "wmv2.wmv": {"codec": "wmv2", "n_b_frames": 0},
    "flash.flv": {},
    "single_keyframe.mp4": {"gop": 100_000},
    "open_group.mp4": {"options": {"x264-params": "open-gop=1:scenecut=0:b-adapt=0"}},
    "short_groups.mp4": {"gop": 2, "n_b_frames": 1},
    "rolling_refresh.mp4": {"options": {"x264-params": "intra-refresh=1"}, "n_b_frames": 0, "gop": 20},
    "rolling_refresh.ts": {"options": {"x264-params": "intra-refresh=1"}, "gop": 20},
    "fragments.mp4": {"muxer_options": {"movflags": "frag_keyframe+empty_moov"}},
    "ten_bit.mp4": {"pix_fmt": "yuv420p10le"},
    "full_range.mp4": {"pix_fmt": "yuvj420p"},
    "rgb.mp4": {"codec": "libx264rgb", "pix_fmt": "rgb24"},
    "ffv1_rgb.mkv": {"codec": "ffv1", "pix_fmt": "bgr0"},
    "raw_bgr.avi": {"codec": "rawvideo", "pix_fmt": "bgr24"},
    "raw_grey.avi": {"codec": "rawvideo", "pix_fmt": "gray"},
    "grey.mp4": {"pix_fmt": "gray"},
    "packed_yuv.avi": {"codec": "rawvideo", "pix_fmt": "yuyv422"},
    "bare.h264": {"muxer": "h264"},
}


@pytest.fixture
def awkward_film(films: Callable[..., Path], name: str) -> Path:
    return films(name, **AWKWARD[name])


def open_awkward(path: Path) -> Any:
    return open_film(path, timing=Timing(fps=25) if path.suffix == ".h264" else None)


@pytest.mark.parametrize("name", AWKWARD)
def test_random_reads(awkward_film, barcode):
    with open_awkward(awkward_film) as film:
        assert film.n_frames == N_FRAMES
        wanted = np.random.default_rng(3).integers(0, film.n_frames, N_READS).tolist()
        assert [barcode(film.luma(i)) for i in wanted] == wanted


@pytest.mark.parametrize("name", AWKWARD)
def test_in_order_and_the_same_pixels(awkward_film, barcode):
    with open_awkward(awkward_film) as film:
        read = list(film.iter_luma())
        assert [i for i, _ in read] == list(range(film.n_frames))
        assert [barcode(luma) for _, luma in read] == list(range(film.n_frames))
        middle = film.n_frames // 2 + 1
        assert np.array_equal(film.luma(middle), read[middle][1])
        assert [i for i, _ in film.iter_luma(middle, middle + 3)] == [middle, middle + 1, middle + 2]
        assert np.array_equal(next(iter(film.iter_luma(middle)))[1], read[middle][1])


def read_from_anywhere(path: Path) -> None:
    with open_film(path) as film:
        in_order = dict(film.iter_luma())
        for start in range(film.n_frames):
            read = dict(film.iter_luma(start, start + 3))
            assert list(read) == list(range(start, min(start + 3, film.n_frames)))
            assert all(luma is not None and np.array_equal(luma, in_order[i]) for i, luma in read.items())


@pytest.mark.parametrize("name", ["rolling_refresh.ts", "open_group.mp4", "hevc_open_group.mkv", "stream.ts"])
def test_reading_may_begin_anywhere(awkward_film):
    read_from_anywhere(awkward_film)


def test_reading_may_begin_in_a_program_stream_whose_packets_begin_amid_keyframes(films):
    def noise(i: int) -> np.ndarray:
        return np.random.default_rng(i).integers(0, 40 + i % 50, (64, 96)).astype(np.uint8)

    read_from_anywhere(films("noise.mpg", codec="mpeg4", picture=noise, n_frames=100))


@pytest.mark.parametrize("name", AWKWARD)
def test_times_are_the_recorders_own(awkward_film):
    recipe = AWKWARD[awkward_film.name]
    stamps = np.array([recipe.get("times", int)(i) for i in range(N_FRAMES)])
    with open_awkward(awkward_film) as film:
        assert film.time_s == pytest.approx((stamps - stamps[0]) / recipe.get("rate", 25), abs=0.0011)
