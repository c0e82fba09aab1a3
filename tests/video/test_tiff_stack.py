"""TIFF stacks as films."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video import FilmArray, Timing, UnreadableFrameError, open_film

FPS = Timing(fps=5)
SHAPE = (7, 40, 60)
GREY = np.random.default_rng(0).integers(0, 256, SHAPE).astype(np.uint8)
TWELVE_BIT = np.random.default_rng(1).integers(0, 4096, SHAPE).astype(np.uint16)
RGB = np.random.default_rng(2).integers(0, 256, (*SHAPE, 3)).astype(np.uint8)


def write_separate(path, stack):
    with tifffile.TiffWriter(path) as writer:
        for page in stack:
            writer.write(page, contiguous=False)


WRITERS = {
    "plain": lambda path, stack: tifffile.imwrite(path, stack),
    "separate": write_separate,
    "big": lambda path, stack: tifffile.imwrite(path, stack, bigtiff=True),
    "big_endian": lambda path, stack: tifffile.imwrite(path, stack, byteorder=">"),
    "deflate": lambda path, stack: tifffile.imwrite(path, stack, compression="zlib"),
    "imagej": lambda path, stack: tifffile.imwrite(path, stack, imagej=True),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_page_of_a_grey_stack_is_a_frame(tmp_path, name):
    path = tmp_path / "stack.tif"
    WRITERS[name](path, GREY)
    with open_film(path, timing=FPS) as film:
        assert (film.n_frames, film.height, film.width) == SHAPE
        assert film.time_s == pytest.approx(np.arange(7) / 5)
        assert not film.is_colour
        assert np.array_equal(film.luma(4), GREY[4])
        assert np.array_equal(film.rgb(4), np.repeat(GREY[4][..., None], 3, axis=2))
        read = list(film.iter_luma(2, 6))
        assert [i for i, _ in read] == [2, 3, 4, 5]
        assert np.array_equal(np.stack([luma for _, luma in read]), GREY[2:6])
        assert np.array_equal(FilmArray(film)[1:3], GREY[1:3])
        assert film.warnings == ()


@pytest.mark.parametrize("name", ["plain", "big_endian", "imagej"])
def test_twelve_bits_are_scaled_by_one_power_of_two_and_told(tmp_path, name):
    path = tmp_path / "stack.tif"
    WRITERS[name](path, TWELVE_BIT)
    with open_film(path, timing=FPS) as film:
        assert np.array_equal(film.luma(3), TWELVE_BIT[3] >> 4)
        assert "0 to 4095" in film.warnings[0]


def test_a_brighter_value_in_a_page_that_was_not_sampled_is_clipped(tmp_path):
    stack = np.full((40, 8, 8), 1000, np.uint16)
    stack[1, 0, 0] = 60_000
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack)
    with open_film(path, timing=FPS) as film:
        assert film.luma(1)[0, 0] == 255
        assert film.luma(1)[1, 1] == 250


def test_a_stack_where_white_is_zero_is_turned_round(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, GREY, photometric="miniswhite")
    with open_film(path, timing=FPS) as film:
        assert np.array_equal(film.luma(2), 255 - GREY[2])


def test_luma_of_rgb_pages_is_that_of_bt601(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, RGB, photometric="rgb")
    with open_film(path, timing=FPS) as film:
        assert film.is_colour
        assert np.array_equal(film.rgb(5), RGB[5])
        expected = RGB[5] @ np.array([0.299, 0.587, 0.114])
        assert np.abs(film.luma(5) - expected).max() <= 0.51


def test_a_stack_needs_a_rate(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, GREY)
    with pytest.raises(MazetrackError, match="--fps"):
        open_film(path)


def test_the_identity_follows_the_content(tmp_path):
    ids = set()
    for name, stack in {"a": GREY, "b": GREY, "c": 255 - GREY}.items():
        tifffile.imwrite(tmp_path / name, stack)
        with open_film(tmp_path / name, timing=FPS) as film:
            ids.add(film.film_id)
    assert len(ids) == 2


def test_a_page_of_another_size_is_unreadable(tmp_path):
    path = tmp_path / "stack.tif"
    write_separate(path, [GREY[0], GREY[1], GREY[2, :20], GREY[3]])
    with open_film(path, timing=FPS) as film:
        assert [luma is None for _, luma in film.iter_luma()] == [False, False, True, False]
        with pytest.raises(UnreadableFrameError):
            film.luma(2)


BAD = {
    "float": (np.zeros(SHAPE, np.float32), {}, "float32"),
    "signed": (np.zeros(SHAPE, np.int16), {}, "int16"),
    "five samples": (np.zeros((40, 60, 5), np.uint8), {"photometric": "minisblack", "planarconfig": "contig"}, "shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_pages_of_other_kinds_are_refused(tmp_path, name):
    stack, options, words = BAD[name]
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack, **options)
    with pytest.raises(MazetrackError, match=words):
        open_film(path, timing=FPS)


@pytest.mark.parametrize("kept", [8, 9, 60, 300])
def test_a_cut_off_stack_is_told_or_read_as_far_as_it_goes(tmp_path, kept):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, GREY)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MazetrackError, match=r"damaged"):
        open_film(path, timing=FPS)


def test_a_stack_with_its_last_pages_lost_gives_the_first(tmp_path):
    path = tmp_path / "stack.tif"
    write_separate(path, GREY)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with open_film(path, timing=FPS) as film:
        assert 2 <= film.n_frames <= 7
        assert np.array_equal(film.luma(1), GREY[1])


def test_absurd_sizes_are_refused_before_anything_is_allocated(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, GREY[:1])
    with tifffile.TiffFile(path, mode="r+") as tif:
        for tag in ("ImageWidth", "ImageLength"):
            tif.pages[0].tags[tag].overwrite(200_000)
    with pytest.raises(MazetrackError, match="megapixels"):
        open_film(path, timing=FPS)
