"""Luma is full-range 8 bit for every kind of film; RGB is for the screen."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from napari_mazetrack.video import open_film

HEIGHT, WIDTH = 64, 256
RAMP = np.tile(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, 1))
LOSSLESS = {"qp": "0"}

FORMATS: dict[str, dict[str, Any]] = {
    "limited.mp4": {"options": LOSSLESS, "full_range": False},
    "full.mp4": {"options": LOSSLESS, "full_range": True},
    "yuvj.mp4": {"options": LOSSLESS, "pix_fmt": "yuvj420p"},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj422p", "n_b_frames": 0, "options": {"qmin": "1", "q": "1"}},
    "ten_bit.mp4": {"options": LOSSLESS, "pix_fmt": "yuv420p10le"},
    "ten_bit_full.mp4": {"options": LOSSLESS, "pix_fmt": "yuv420p10le", "full_range": True},
    "hevc_ten_bit.mp4": {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "options": {"x265-params": "lossless=1:log-level=none"},
    },
    "422.mkv": {"codec": "ffv1", "pix_fmt": "yuv422p"},
    "444_16_bit.mkv": {"codec": "ffv1", "pix_fmt": "yuv444p16le"},
    "alpha.mkv": {"codec": "ffv1", "pix_fmt": "yuva420p"},
    "grey.mkv": {"codec": "ffv1", "pix_fmt": "gray"},
    "grey.mp4": {"options": LOSSLESS, "pix_fmt": "gray", "full_range": True},
    "grey_10_bit.mkv": {"codec": "ffv1", "pix_fmt": "gray10le"},
    "grey_16_bit.mkv": {"codec": "ffv1", "pix_fmt": "gray16le"},
    "rgb.mp4": {"codec": "libx264rgb", "pix_fmt": "rgb24", "options": LOSSLESS},
    "bgr0.mkv": {"codec": "ffv1", "pix_fmt": "bgr0"},
    "gbrp10.mkv": {"codec": "ffv1", "pix_fmt": "gbrp10le"},
    "rgb48.mkv": {"codec": "ffv1", "pix_fmt": "rgb48le"},
    "raw_bgr.avi": {"codec": "rawvideo", "pix_fmt": "bgr24", "n_b_frames": 0},
    "packed.avi": {"codec": "rawvideo", "pix_fmt": "yuyv422", "n_b_frames": 0},
    "nv12.avi": {"codec": "rawvideo", "pix_fmt": "nv12", "n_b_frames": 0},
}


def ramp(_: int) -> np.ndarray:
    return RAMP


@pytest.mark.parametrize("name", FORMATS)
def test_a_grey_ramp_comes_out_as_it_was(films, name):
    path = films(f"ramp_{name}", picture=ramp, size=(HEIGHT, WIDTH), n_frames=3, **FORMATS[name])
    with open_film(path) as film:
        luma, rgb = film.luma(1), film.rgb(1)
    assert luma.shape == (HEIGHT, WIDTH)
    assert luma.dtype == np.uint8
    assert np.abs(luma.astype(int) - RAMP).max() <= 2
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(rgb.astype(int) - RAMP[..., None]).max() <= 4


def test_an_untagged_yuv_film_counts_as_limited_and_clips_outside(films, tmp_path):
    path = tmp_path / "untagged.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        grey_chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        frame = av.VideoFrame.from_ndarray(np.concatenate([RAMP, grey_chroma]), format="yuv420p")
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_film(path) as film:
        row = film.luma(0)[0]
    assert (row[:17] == 0).all()
    assert (row[235:] == 255).all()
    assert row[126] == round((126 - 16) * 255 / 219)


@pytest.mark.parametrize("width", [90, 98, 130])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "gray", "bgr0"])
def test_padding_at_the_end_of_a_line_is_left_out(films, width, pix_fmt):
    size = (50, width)
    slope = np.tile(np.linspace(0, 255, width).astype(np.uint8), (50, 1))
    path = films(
        f"pad_{width}_{pix_fmt}.mkv", codec="ffv1", pix_fmt=pix_fmt, size=size, n_frames=2, picture=lambda _: slope
    )
    with open_film(path) as film:
        assert film.luma(0).shape == size
        assert np.abs(film.luma(0).astype(int) - slope).max() <= 2
        assert film.rgb(0).shape == (*size, 3)


def test_luma_of_colours_is_that_of_bt601(tmp_path):
    colours = {(255, 0, 0): 76, (0, 255, 0): 150, (0, 0, 255): 29}
    path = tmp_path / "colours.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for i, colour in enumerate(colours):
            picture = np.broadcast_to(np.array(colour, np.uint8), (48, 64, 3)).copy()
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_film(path) as film:
        for i, (colour, expected) in enumerate(colours.items()):
            assert film.luma(i).mean() == pytest.approx(expected, abs=1.5)
            assert film.rgb(i)[10, 10].tolist() == list(colour)


# Turning the stored picture counter-clockwise, then mirroring it, gives the shown one.
TURNS = {
    "upright": (0, False),
    "left": (90, False),
    "upside_down": (180, False),
    "right": (-90, False),
    "mirrored": (0, True),
    "left_mirrored": (90, True),
    "right_mirrored": (-90, True),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_film_with_a_display_matrix_comes_out_as_players_show_it(films, numbered_picture, name):
    degrees, is_mirrored = TURNS[name]
    path = films(f"turned_{name}.mp4", n_frames=12, options=LOSSLESS, rotation=(degrees, is_mirrored))
    shown = np.rot90(numbered_picture(7), degrees // 90)
    shown = shown[:, ::-1] if is_mirrored else shown
    with open_film(path) as film:
        assert (film.height, film.width) == shown.shape
        assert np.abs(film.luma(7).astype(int) - shown).max() <= 2
        assert np.abs(film.rgb(7)[..., 1].astype(int) - shown).max() <= 4
        assert film.warnings == ()


def test_another_angle_is_told_and_left_alone(films):
    with open_film(films("turned_30.mp4", n_frames=12, rotation=(30, False))) as film:
        assert (film.height, film.width) == (64, 96)
        assert "90°" in film.warnings[0]


def test_pixels_that_are_not_square_are_told_and_left_alone(films):
    with open_film(films("wide_pixels.mp4", n_frames=12, pixel_aspect=Fraction(4, 3))) as film:
        assert (film.height, film.width) == (64, 96)
        assert "1.333 times as wide as high" in film.warnings[0]


def test_grey_films_have_no_colour(films):
    with open_film(
        films("ramp_grey.mkv", picture=ramp, size=(HEIGHT, WIDTH), n_frames=3, **FORMATS["grey.mkv"])
    ) as film:
        assert not film.is_colour
    with open_film(films("plain.mp4")) as film:
        assert film.is_colour
