"""Corrections of a film's times."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video import Timing, open_film


def test_a_rate_replaces_the_stamps(plain_film):
    with open_film(plain_film, timing=Timing(fps=12.5)) as film:
        assert film.time_s == pytest.approx(np.arange(150) / 12.5)
        assert film.timing == Timing(fps=12.5)
        assert film.timing.describe() == "fps=12.5"
    with open_film(plain_film) as film:
        assert film.timing is None


def test_a_duration_stretches_the_stamps_and_keeps_their_gaps(films):
    path = films("gap.mp4", times=lambda i: i + 25 * (i >= 100))
    with open_film(path, timing=Timing(duration_s=14.0)) as film:
        # The file says 7 s (6 s of frames and a gap of 1 s); the last frame lasts as long as the others.
        assert film.time_s[-1] == pytest.approx(14.0 - 2 / 25)
        assert film.time_s[100] - film.time_s[99] == pytest.approx(2 * 26 / 25)


@pytest.mark.parametrize("text", ["{}\n", "frame,time_s\n0,{}\n", "\ufeff{}\r\n"])
def test_a_list_of_times_replaces_the_stamps(plain_film, tmp_path, text):
    times = 10 + np.cumsum(np.random.default_rng(0).uniform(0.01, 0.1, 150))
    path = tmp_path / "times.txt"
    header = "frame,time_s\n" if "frame" in text else ""
    rows = "".join(f"{i},{t!r}\n" if header else f"{t!r}\n" for i, t in enumerate(times.tolist()))
    path.write_text(("\ufeff" if "\ufeff" in text else "") + header + rows, encoding="utf-8")
    with open_film(plain_film, timing=Timing(times=path)) as film:
        assert film.time_s == pytest.approx(times - times[0])


BAD_TIMES = {
    "too few": ("".join(f"{i}\n" for i in range(149)), "149 times, but plain.mp4 has 150 frames"),
    "not increasing": ("".join(f"{min(i, 100)}\n" for i in range(150)), "must increase"),
    "infinite": ("".join(f"{i}\n" for i in range(149)) + "inf\n", "must increase"),
    "words": ("one\ntwo\n", "no time"),
    "binary": (b"\xff\xfe\x00\x01", "cannot be read"),
    "empty": ("", "0 times"),
}


@pytest.mark.parametrize("name", BAD_TIMES)
def test_bad_lists_of_times_are_told(plain_film, tmp_path, name):
    content, words = BAD_TIMES[name]
    path = tmp_path / "times.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(MazetrackError, match=words):
        open_film(plain_film, timing=Timing(times=path))


def test_a_missing_list_of_times_is_told(plain_film, tmp_path):
    with pytest.raises(MazetrackError, match="cannot be read"):
        open_film(plain_film, timing=Timing(times=tmp_path / "none.txt"))


@pytest.mark.parametrize(
    "given",
    [{}, {"fps": 25, "duration_s": 3}, {"fps": 0}, {"fps": -1}, {"fps": float("nan")}, {"duration_s": float("inf")}],
)
def test_wrong_settings_are_refused(given):
    with pytest.raises(MazetrackError):
        Timing(**given)


def test_a_single_frame_has_no_duration(films):
    path = films("one.mp4", n_frames=1)
    with open_film(path) as film:
        assert film.time_s.tolist() == [0]
        assert film.luma(0).any()
    with pytest.raises(MazetrackError, match="one frame"):
        open_film(path, timing=Timing(duration_s=3))


def test_a_bare_stream_without_times_needs_a_rate(films):
    path = films("bare.h264", muxer="h264")
    with pytest.raises(MazetrackError, match="--fps"):
        open_film(path)
    with open_film(path, timing=Timing(duration_s=3)) as film:
        assert film.time_s == pytest.approx(np.arange(150) / 50)


def test_a_times_file_with_a_stray_quote_or_an_endless_line_is_refused_in_words(tmp_path):
    for name, text in {"quote.txt": '"0\n' + "1\n" * 200_000, "long.txt": "1" * 200_000}.items():
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(MazetrackError, match="holds something that is no time"):
            Timing(times=path).correct(np.arange(2.0), "film.mp4")
