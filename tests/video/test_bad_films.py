"""What is no film, or a damaged one, is told in one sentence; what can be read of it is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video import UnreadableFrameError, open_film
from napari_mazetrack.video import container as container_module


def write(content: bytes | str) -> Callable[[Path, Path], None]:
    """Give a function that writes `content`, in which ``{film}`` is a real film's name."""

    def make(path: Path, film: Path) -> None:
        text = content.replace("{film}", film.name) if isinstance(content, str) else content
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    return make


def write_sound(path: Path, film: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_without_table(path: Path, film: Path) -> None:
    data = film.read_bytes()
    path.write_bytes(data[: data.find(b"moov") - 4])


def write_table_only(path: Path, film: Path) -> None:
    with av.open(str(film)) as given, av.open(str(path), "w", options={"movflags": "faststart"}) as made:
        copy = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    data = path.read_bytes()
    path.write_bytes(data[: data.find(b"mdat") + 20])


def write_pipe(path: Path, film: Path) -> None:
    os.mkfifo(path)


BAD: dict[str, tuple[str, Callable[[Path, Path], None], str]] = {
    "missing": ("none.mp4", lambda path, film: None, "There is no film"),
    "folder": ("folder.mp4", lambda path, film: path.mkdir(), "is a folder"),
    "empty": ("empty.mp4", write(b""), "empty file"),
    "text": ("text.mp4", write("These are notes.\n" * 200), "no film that can be read"),
    "noise": ("noise.avi", write(bytes(range(256)) * 40), "no film that can be read"),
    "ffconcat": ("list.mp4", write("ffconcat version 1.0\nfile '{film}'\n"), "no film that can be read"),
    "playlist": (
        "list.mp4",
        write("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{film}\n#EXT-X-ENDLIST\n"),
        "no film that can be read",
    ),
    "picture": ("picture.mp4", write(b"\x89PNG\r\n\x1a\n" + bytes(200)), r"The picture .* cannot be read"),
    "sound": ("sound.mp4", write_sound, "holds no video"),
    "no frames": ("none.y4m", write(b"YUV4MPEG2 W96 H64 F25:1 Ip A1:1 C420jpeg\n"), "holds no frame"),
    "no table": ("moov.mp4", write_without_table, "never finished"),
    "all pictures lost": ("lost.mp4", write_table_only, "No frame of lost.mp4 can be decoded"),
    "pipe": ("pipe.mp4", write_pipe, "not an ordinary file"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_film_is_refused(plain_film, tmp_path, name):
    file_name, make, words = BAD[name]
    film = tmp_path / "film.mp4"
    film.write_bytes(plain_film.read_bytes())
    path = tmp_path / file_name
    make(path, film)
    with pytest.raises(MazetrackError, match=words) as caught:
        open_film(path)
    assert str(caught.value).count(". ") <= 1, "one sentence and the next step"


def test_a_list_that_names_other_films_opens_none_of_them(plain_film, tmp_path, monkeypatch):
    (tmp_path / "film.mp4").write_bytes(plain_film.read_bytes())
    path = tmp_path / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile 'film.mp4'\n")
    with av.open(str(path), options={"safe": "0"}) as unguarded:
        assert unguarded.format.name == "concat", "without the guard FFmpeg reads the other film"
    os.utime(tmp_path / "film.mp4", ns=(1, 1))
    with pytest.raises(MazetrackError):
        open_film(path)
    assert (tmp_path / "film.mp4").stat().st_atime_ns == 1


def test_a_file_that_may_not_be_read_is_told(plain_film, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MazetrackError, match="Permission denied"):
        open_film(plain_film)


def test_too_large_pictures_are_refused(plain_film, monkeypatch):
    monkeypatch.setattr(container_module, "MAX_PIXELS", 1000)
    with pytest.raises(MazetrackError, match=r"96 × 64.*Scale"):
        open_film(plain_film)


def test_a_codec_without_decoder_is_told(plain_film, tmp_path):
    path = tmp_path / "unknown.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame(96, 64, "yuvj420p")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"Zz9q"))
    with pytest.raises(MazetrackError, match="cannot decode"):
        open_film(path)


def cut_in_the_middle(films: Callable[..., Path], folder: Path, name: str, **recipe: Any) -> Path:
    """Cut a film off in the middle of its pictures."""
    data = films(f"whole_{name}", **recipe).read_bytes()
    start = max(data.find(b"mdat"), 0)
    path = folder / name
    path.write_bytes(data[: start + (len(data) - start) * 60 // 100])
    return path


CUT: dict[str, dict[str, Any]] = {
    "cut.mp4": {"muxer_options": {"movflags": "faststart"}},
    "cut_fragments.mp4": {"muxer_options": {"movflags": "frag_keyframe+empty_moov"}},
    "cut.avi": {},
    "cut_mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "n_b_frames": 0},
    "cut.mkv": {},
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_off_film_gives_what_it_has_and_says_so(films, tmp_path, barcode, name):
    path = cut_in_the_middle(films, tmp_path, name, **CUT[name])
    with open_film(path) as film:
        assert "cut off" in film.warnings[0]
        read = list(film.iter_luma())
        assert [i for i, _ in read] == list(range(film.n_frames))
        good = [i for i, luma in read if luma is not None]
        assert good[:60] == list(range(60))
        assert [barcode(read[i][1]) for i in good] == good
        for i, luma in read[55:]:
            if luma is None:
                with pytest.raises(UnreadableFrameError, match=f"Frame {i} "):
                    film.luma(i)
            else:
                assert np.array_equal(film.luma(i), luma)


def test_a_cut_off_mp4_keeps_the_promised_frames_and_their_times(films, tmp_path):
    with open_film(cut_in_the_middle(films, tmp_path, "cut.mp4", **CUT["cut.mp4"])) as film:
        assert film.n_frames == 150
        assert film.time_s == pytest.approx(np.arange(150) / 25)
        assert all(luma is None for _, luma in film.iter_luma(100))


def test_damage_in_the_middle_costs_only_the_frames_around_it(films, tmp_path, barcode):
    data = bytearray(films("whole_cut.mp4", **CUT["cut.mp4"]).read_bytes())
    start = data.find(b"mdat")
    at = start + (len(data) - start) // 2
    data[at : at + 60] = bytes(60)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    with open_film(path) as film:
        read = [None if luma is None else barcode(luma) for _, luma in film.iter_luma()]
    lost = [i for i, number in enumerate(read) if number is None]
    assert 0 < len(lost) <= 24
    assert all(number in (i, None) for i, number in enumerate(read))


@pytest.mark.parametrize(
    "recipe",
    [
        {"options": {"b-pyramid": "normal", "b_strategy": "0"}, "n_b_frames": 7, "gop": 60},
        {"n_b_frames": 0},
        {"codec": "mpeg4"},
        {"codec": "mpeg4", "n_b_frames": 0},
    ],
    ids=["pyramid", "in order", "mpeg4", "mpeg4 in order"],
)
def test_wherever_an_avi_film_is_cut_no_frame_is_a_wrong_one(films, tmp_path, barcode, recipe, request):
    data = films(f"{request.node.callspec.id}.avi", **recipe).read_bytes()
    path = tmp_path / "cut.avi"
    for n_bytes in np.linspace(data.index(b"movi") + 3000, len(data) - 2000, 16).astype(int):
        path.write_bytes(data[:n_bytes])
        with open_film(path) as film:
            read = {i: barcode(luma) for i, luma in film.iter_luma() if luma is not None}
            assert read == {i: i for i in read}
            assert film.n_frames - len(read) <= 4


def test_frames_of_another_size_are_unreadable_not_distorted(films, tmp_path, numbered_picture, barcode):
    small = films("small.ts", n_frames=40)
    large = films(
        "large.ts",
        n_frames=40,
        size=(128, 192),
        times=lambda i: i + 40,
        picture=lambda i: np.kron(numbered_picture(i + 40), np.ones((2, 2), np.uint8)),
    )
    path = tmp_path / "joined.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    with open_film(path) as film:
        read = list(film.iter_luma())
        assert [barcode(luma) for _, luma in read[:40]] == list(range(40))
        assert all(luma is None for _, luma in read[40:])


@pytest.mark.parametrize("name", ["b_frames.avi", "mpeg4.avi", "mjpeg.avi"])
def test_behind_a_packet_that_damage_hides_avi_frames_are_the_same_from_anywhere(films, tmp_path, name):
    recipes = {"mpeg4.avi": {"codec": "mpeg4"}, "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "n_b_frames": 0}}
    data = bytearray(films(name, **recipes.get(name, {})).read_bytes())
    chunks = [match.start() for match in re.finditer(b"00dc", data[: data.index(b"idx1")])]
    data[chunks[52] : chunks[52] + 4] = b"xxxx"
    path = tmp_path / name
    path.write_bytes(data)
    with open_film(path) as film:
        assert len(film.entries) >= 4
        in_order = dict(film.iter_luma())
        for start in (30, 60, 77, 100, 130):
            ((_, luma),) = film.iter_luma(start, start + 1)
            assert np.array_equal(luma, in_order[start])
            assert np.array_equal(film.luma(start), in_order[start])


def test_every_keyframe_of_a_sound_avi_can_be_read_from(films):
    for name, recipe in (("b_frames.avi", {}), ("gaps.avi", {"n_b_frames": 0, "times": lambda i: i + 3 * (i // 20)})):
        with open_film(films(name, **recipe)) as film:
            assert len(film.entries) == 13
