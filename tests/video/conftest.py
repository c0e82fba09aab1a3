"""Films for the reader's tests, encoded here: the frame number stands in every picture as a barcode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_mazetrack.video import index_cache

WIDTH, HEIGHT = 96, 64
N_BITS = 10
BAR_PX = 8


def barcode_picture(number: int) -> NDArray[np.uint8]:
    """Return a grey picture with `number` in black and white bars 8 px wide, and a moving texture below them."""
    picture = np.full((HEIGHT, WIDTH), 128, np.uint8)
    for bit in range(N_BITS):
        left = BAR_PX * (bit + 1)
        picture[8:40, left : left + BAR_PX] = 235 if number >> bit & 1 else 20
    columns = np.arange(WIDTH)
    picture[44:60] = (128 + 60 * np.sin((columns + 3 * number) / 7)).astype(np.uint8)
    return picture


def read_barcode(picture: NDArray[np.uint8]) -> int:
    """Return the number in a (compressed) picture [H, W] or [H, W, 3]."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    bars = [grey[12:36, BAR_PX * (bit + 1) + 2 : BAR_PX * (bit + 2) - 2].mean() for bit in range(N_BITS)]
    return sum(1 << bit for bit, mean in enumerate(bars) if mean > 128)


@dataclass(frozen=True)
class Recipe:
    """How a test film is encoded."""

    name: str
    codec: str = "libx264"
    n_frames: int = 150
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    muxer: str | None = None
    muxer_options: dict[str, str] = field(default_factory=dict)
    n_b_frames: int = 2
    gop: int = 12
    rate: int = 25
    times: Callable[[int], int] = lambda i: i
    picture: Callable[[int], NDArray[np.uint8]] = barcode_picture
    full_range: bool | None = None
    rotation: tuple[int, bool] | None = None
    size: tuple[int, int] = (HEIGHT, WIDTH)
    pixel_aspect: Fraction | None = None


def encode(recipe: Recipe, folder: Path) -> Path:
    """Encode a film; times are in units of 1 / rate seconds."""
    path = folder / recipe.name
    with av.open(str(path), "w", format=recipe.muxer, options=recipe.muxer_options) as container:
        stream = container.add_stream(recipe.codec, rate=25, options=recipe.options)
        stream.height, stream.width = recipe.size
        stream.pix_fmt = recipe.pix_fmt
        stream.codec_context.max_b_frames = recipe.n_b_frames
        stream.codec_context.gop_size = recipe.gop
        stream.codec_context.time_base = Fraction(1, recipe.rate)
        if recipe.full_range is not None:
            stream.codec_context.color_range = 2 if recipe.full_range else 1
        if recipe.pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = recipe.pixel_aspect
        if recipe.rotation is not None:
            stream.set_display_rotation(recipe.rotation[0], hflip=recipe.rotation[1])
        for i in range(recipe.n_frames):
            frame = to_format(recipe.picture(i), recipe.pix_fmt, full_range=recipe.full_range)
            frame.pts, frame.time_base = recipe.times(i), Fraction(1, recipe.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def to_format(picture: NDArray[np.uint8], pix_fmt: str, *, full_range: bool | None) -> av.VideoFrame:
    """Turn a grey picture into a frame; `full_range` None: as is usual for the format."""
    if full_range is None:
        full_range = pix_fmt.startswith(("yuvj", "gray", "rgb", "bgr", "gbr"))
    frame = av.VideoFrame.from_ndarray(picture, format="gray")
    # One thread: several overwrite the first pixels of each other's rows where the width is no multiple of 8.
    frame = frame.reformat(format=pix_fmt, src_color_range=2, dst_color_range=2 if full_range else 1, threads=1)
    frame.color_range = 2 if full_range else 1
    return frame


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests' indices out of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(index_cache, "cache_folder", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give a function that encodes a film by name and `Recipe` fields, once a session."""
    made: dict[str, Path] = {}

    def get(name: str, **recipe: Any) -> Path:
        if name not in made:
            made[name] = encode(Recipe(name, **recipe), tmp_path_factory.mktemp("film"))
        return made[name]

    return get


@pytest.fixture(scope="session")
def numbered_picture() -> Callable[[int], NDArray[np.uint8]]:
    """Give the function that draws a picture with its number."""
    return barcode_picture


@pytest.fixture(scope="session")
def plain_film(films: Callable[..., Path]) -> Path:
    """Give an ordinary MP4 of 150 frames with B-frames."""
    return films("plain.mp4")


@pytest.fixture(scope="session")
def remuxed() -> Callable[..., Path]:
    """Give a function that copies a film's packets into another container, each changed by `edit` or left out."""
    return remux


def remux(
    source: Path, target: Path, edit: Callable[[int, Any], bool] = lambda i, packet: True, **options: str
) -> Path:
    """Copy packets unchanged but for `edit(i, packet)`, which returns False to drop one."""
    with av.open(str(source)) as given, av.open(str(target), "w", options=options) as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for i, packet in enumerate(given.demux(stream)):
            if packet.dts is not None and edit(i, packet):
                packet.stream = copy
                made.mux(packet)
    return target


@pytest.fixture(scope="session")
def barcode() -> Callable[[NDArray[np.uint8]], int]:
    """Give the function that reads a picture's number."""
    return read_barcode
