"""A film's identity, its cached index, its life cycle, threads and memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video import FilmArray, index_cache, open_film
from napari_mazetrack.video import film as film_module
from napari_mazetrack.video.byte_cache import ByteCache


def id_of(path):
    with open_film(path) as film:
        return film.film_id


def test_the_identity_stays_with_the_content(plain_film, tmp_path):
    copy = tmp_path / "another name.mov"
    shutil.copy(plain_film, copy)
    assert id_of(copy) == id_of(plain_film)
    assert len(id_of(copy)) == 32
    int(id_of(copy), 16)


def test_the_identity_differs_for_other_content(films, numbered_picture):
    raw = {"codec": "rawvideo", "pix_fmt": "gray", "n_b_frames": 0, "n_frames": 20}
    others = [
        films("plain.mp4"),
        films("b_frames.avi"),
        films("raw_a.avi", **raw),
        films("raw_b.avi", picture=lambda i: numbered_picture(i + 1), **raw),
        films("raw_c.avi", times=lambda i: 2 * i, **raw),
    ]
    assert len({id_of(path) for path in others}) == len(others)


def test_the_index_is_cached_and_nothing_is_written_beside_the_film(plain_film, tmp_path, own_cache, monkeypatch):
    path = tmp_path / "film.mp4"
    shutil.copy(plain_film, path)
    first = id_of(path)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    (cached,) = own_cache.iterdir()
    monkeypatch.setattr(index_cache, "build_index", lambda path: pytest.fail("the film was read again"))
    with open_film(path) as film:
        assert film.film_id == first
        assert film.n_frames == 150
    cached.unlink()


@pytest.mark.parametrize("damage", ["gone", "cut", "noise", "pickle", "other content"])
def test_a_damaged_cache_is_harmless(films, plain_film, tmp_path, own_cache, barcode, damage):
    path = tmp_path / "film.mp4"
    shutil.copy(plain_film, path)
    first = id_of(path)
    (cached,) = own_cache.iterdir()
    if damage == "gone":
        cached.unlink()
    elif damage == "cut":
        cached.write_bytes(cached.read_bytes()[:100])
    elif damage == "noise":
        cached.write_bytes(b"noise")
    elif damage == "pickle":
        np.savez(cached.open("wb"), facts=np.array([object()], object))
    else:
        with np.load(cached) as stored:
            arrays = {**stored, "stamps": stored["stamps"][::-1]}
        np.savez(cached.open("wb"), **arrays)
    with open_film(path) as film:
        assert film.film_id == first
        assert barcode(film.luma(77)) == 77


def test_a_changed_film_is_indexed_anew(films, tmp_path):
    path = tmp_path / "film.mp4"
    shutil.copy(films("plain.mp4"), path)
    first = id_of(path)
    shutil.copy(films("variable.mp4", n_frames=40), path)
    with open_film(path) as film:
        assert film.film_id != first
        assert film.n_frames == 40


def test_a_cache_folder_that_cannot_be_written_is_harmless(plain_film, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(index_cache, "cache_folder", lambda: tmp_path / "file")
    assert len(id_of(plain_film)) == 32


def test_what_is_read_is_the_callers_own(plain_film):
    with open_film(plain_film) as film:
        picture = film.luma(5)
        picture[:] = 0
        assert film.luma(5).any()
        kept = [luma for _, luma in film.iter_luma(0, 30)]
        assert len({luma.tobytes() for luma in kept}) == 30
        with pytest.raises(ValueError, match="read-only"):
            film.time_s[0] = 1


@pytest.mark.parametrize("frame_index", [-1, 150, 10**9])
def test_there_is_no_frame_outside_the_film(plain_film, frame_index):
    with open_film(plain_film) as film, pytest.raises(IndexError, match="frames 0 to 149"):
        film.luma(frame_index)


def test_iter_luma_gives_each_frame_once_whatever_the_ends(plain_film):
    with open_film(plain_film) as film:
        assert [i for i, _ in film.iter_luma(140, 1000)] == list(range(140, 150))
        assert list(film.iter_luma(150)) == []
        assert list(film.iter_luma(60, 60)) == []
        assert list(film.iter_luma(60, 50)) == []
        with pytest.raises(IndexError):
            film.iter_luma(-1)


def test_after_closing_everything_says_so(plain_film):
    film = open_film(plain_film)
    array, running = FilmArray(film), film.iter_luma()
    next(running)
    film.close()
    film.close()
    for use in (
        lambda: film.luma(0),
        lambda: film.rgb(0),
        lambda: film.iter_luma(),
        lambda: array[0],
        lambda: next(running),
    ):
        with pytest.raises(MazetrackError, match="has been closed"):
            use()


def test_two_iterations_and_single_reads_do_not_disturb_each_other(plain_film, barcode):
    with open_film(plain_film) as film:
        one, two = film.iter_luma(), film.iter_luma(70)
        for k in range(40):
            assert barcode(next(one)[1]) == k
            assert barcode(film.luma(149 - k)) == 149 - k
            assert barcode(next(two)[1]) == 70 + k


def test_many_threads_read_the_right_frames(plain_film, barcode):
    with open_film(plain_film) as film, ThreadPoolExecutor(8) as pool:
        wanted = np.random.default_rng(0).integers(0, 150, 300).tolist()
        array = FilmArray(film, colour=False)
        assert [barcode(p) for p in pool.map(lambda i: array[i], wanted)] == wanted


def test_closing_while_threads_read_raises_and_does_not_crash(plain_film):
    film = open_film(plain_film)
    outcomes = []

    def read() -> None:
        try:
            for i in np.random.default_rng(1).integers(0, 150, 10_000).tolist():
                film.luma(i)
        except MazetrackError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    film.close()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4


def test_stepping_back_decodes_each_group_once_or_twice(films, monkeypatch):
    with open_film(films("single_keyframe.mp4", gop=100_000)) as film:
        film.luma(140)
        source = film._source
        calls = []
        pictures_to = source.pictures_to
        monkeypatch.setattr(source, "pictures_to", lambda i, **kw: calls.append(i) or pictures_to(i, **kw))
        for i in range(139, 99, -1):
            film.luma(i)
        assert len(calls) <= 3


def test_the_cache_forgets_the_oldest_and_stays_within_its_bytes():
    cache: ByteCache[int] = ByteCache(1000)
    for i in range(10):
        cache.put(i, np.zeros(300, np.uint8))
        cache.get(0)
    assert cache.n_bytes <= 1000
    assert cache.get(0) is not None
    assert cache.get(9) is not None
    assert cache.get(8) is not None
    assert cache.get(1) is None
    cache.put(50, np.zeros(2000, np.uint8))
    assert cache.get(50) is None
    cache.put(0, np.zeros(100, np.uint8))
    assert cache.n_bytes == 700


def test_the_films_cache_is_bounded(plain_film, monkeypatch):
    monkeypatch.setattr(film_module, "CACHE_BYTES", 20 * 96 * 64)
    with open_film(plain_film) as film:
        for i in range(150):
            film.luma(i)
        assert film._cache.n_bytes <= 20 * 96 * 64


MEMORY_PROOF = """
import sys
from napari_mazetrack.video import open_film, index_cache
from pathlib import Path
index_cache.cache_folder = lambda: Path(sys.argv[2])
with open_film(sys.argv[1]) as film:
    for round in range(6):
        assert sum(luma is not None for _, luma in film.iter_luma()) == film.n_frames
        status = Path("/proc/self/status").read_text()
        print(status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of this process alone from /proc")
def test_reading_in_order_does_not_gather_memory(films, tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (480, 640), np.uint8)
    path = films(
        "large.mkv", codec="mjpeg", pix_fmt="yuvj420p", n_b_frames=0, size=(480, 640), picture=lambda i: picture
    )
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_PROOF, str(path), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    peaks_kb = [int(line) for line in done.stdout.split()]
    # 150 frames of luma are 46 MB a round: five rounds would add 230 MB.
    assert peaks_kb[-1] - peaks_kb[0] < 15_000
    assert peaks_kb[-1] < 400_000
