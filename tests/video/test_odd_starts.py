"""Films that begin in the middle of something, and stamps that lie."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from napari_mazetrack.video import open_film

N_READS = 60


def check(path, barcode, first):
    """Check that frame i shows number first + i, at random and in order; return the film's time stamps."""
    with open_film(path) as film:
        in_order = [barcode(luma) for _, luma in film.iter_luma()]
        assert in_order == list(range(first, first + film.n_frames))
        wanted = np.random.default_rng(5).integers(0, film.n_frames, N_READS).tolist()
        assert [barcode(film.luma(i)) - first for i in wanted] == wanted
        return film.time_s


@pytest.mark.parametrize(
    ("name", "recipe", "n_dropped", "first"),
    [
        ("h264.ts", {}, 60, 32),
        ("open_group.ts", {"options": {"x264-params": "open-gop=1:scenecut=0:b-adapt=0"}}, 60, 36),
        ("mpeg2.ts", {"codec": "mpeg2video"}, 61, 36),
    ],
)
def test_a_stream_that_begins_between_keyframes_starts_at_the_first_picture(
    films, tmp_path, barcode, name, recipe, n_dropped, first
):
    path = tmp_path / name
    path.write_bytes(films(f"whole_{name}", **recipe).read_bytes()[188 * n_dropped :])
    time_s = check(path, barcode, first)
    assert len(time_s) == 150 - first


def test_a_clip_cut_out_by_an_edit_list_starts_where_players_start(plain_film, remuxed, tmp_path, barcode):
    with open_film(plain_film) as film:
        ticks = round(film.time_s[1] / film._source._index.tick_s)

    def start_later(i, packet):
        packet.pts -= 5 * ticks
        packet.dts -= 5 * ticks
        return True

    path = remuxed(plain_film, tmp_path / "clip.mp4", start_later, avoid_negative_ts="disabled")
    assert len(check(path, barcode, 5)) == 145


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_stamps_made_up_when_an_avi_was_copied_are_not_believed(films, remuxed, tmp_path, barcode, ending):
    path = remuxed(films("b_frames.avi"), tmp_path / f"copy.{ending}")
    assert check(path, barcode, 0) == pytest.approx(np.arange(150) / 25, abs=0.0011)


def test_frames_that_share_a_stamp_are_all_there_with_times_that_increase(films, barcode):
    path = films(
        "coarse.mkv", codec="mjpeg", pix_fmt="yuvj420p", n_b_frames=0, rate=4000, times=lambda i: 3 * i, n_frames=60
    )
    time_s = check(path, barcode, 0)
    assert (np.diff(time_s) > 0).all()
    assert time_s == pytest.approx(np.arange(60) * 3 / 4000, abs=0.001)
    with open_film(path) as film:
        assert "share one time stamp" in film.warnings[0]


@pytest.mark.parametrize("codec", ["mjpeg", "libx264"])
def test_an_avi_with_dropped_frames_keeps_its_gaps_in_time(films, barcode, codec):
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = films(f"gaps_{codec}.avi", codec=codec, pix_fmt=pix_fmt, n_b_frames=0, times=lambda i: i + 3 * (i // 20))
    i = np.arange(150)
    assert check(path, barcode, 0) == pytest.approx((i + 3 * (i // 20)) / 25)
    with open_film(path) as film:
        assert film.warnings == ()


def pack_two_pictures_into_one_packet(source: Path, target: Path) -> Path:
    """Store an MPEG-4 film as old DivX files do: a picture and the B picture after it together, then a placeholder."""
    placeholder = b"\0\0\1\xb6" + bytes([0b01010000, 0b01001111])
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        coded = [bytes(packet) for packet in given.demux(stream) if packet.dts is not None]
        is_b = [data[data.find(b"\0\0\1\xb6") + 4] >> 6 == 2 for data in coded] + [False]
        for i, data in enumerate(coded):
            stored = placeholder if is_b[i] else data + coded[i + 1] if is_b[i + 1] else data
            packet = av.Packet(stored)
            packet.stream, packet.dts, packet.pts, packet.time_base = copy, i, i, Fraction(1, 25)
            packet.is_keyframe = b"\0\0\1\xb0" in stored
            made.mux(packet)
    maker = re.search(rb"Lavc[\d.]+", target.read_bytes())[0]
    target.write_bytes(target.read_bytes().replace(maker, b"DivX503b1393p".ljust(len(maker), b"\0")))
    return target


def test_pictures_packed_two_by_two_are_told_apart(films, tmp_path, barcode):
    film = films("to_pack.avi", codec="mpeg4", n_b_frames=1)
    time_s = check(pack_two_pictures_into_one_packet(film, tmp_path / "packed.avi"), barcode, 0)
    assert time_s == pytest.approx(np.arange(150) / 25)


def test_vp8_pictures_that_are_only_referred_to_are_no_frames(films, tmp_path, barcode):
    path = tmp_path / "hidden.webm"
    with (
        av.open(str(films("vp8.webm", codec="libvpx", n_frames=40, n_b_frames=0))) as given,
        av.open(str(path), "w") as made,
    ):
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for i, packet in enumerate(p for p in given.demux(stream) if p.dts is not None):
            data = bytearray(packet)
            data[0] &= 0xFF if i != 20 else 0xEF  # the bit that says: show this picture
            hidden = av.Packet(bytes(data))
            hidden.stream, hidden.pts, hidden.dts = copy, packet.pts, packet.dts
            hidden.time_base, hidden.is_keyframe = packet.time_base, packet.is_keyframe
            made.mux(hidden)
    with open_film(path) as film:
        assert [barcode(luma) for _, luma in film.iter_luma()] == [*range(20), *range(21, 40)]
        assert barcode(film.luma(20)) == 21
