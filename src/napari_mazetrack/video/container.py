"""Opening a film's container safely: an allow-list of formats, local files only, a cap on the picture's size.

A text file in ffconcat or HLS syntax that is named ``.mp4`` can make FFmpeg open other files and addresses.
`format_whitelist` refuses such demuxers before they read a byte, and `protocol_whitelist` refuses
everything but local files.
"""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from napari_mazetrack.errors import MazetrackError

#: FFmpeg's names of the containers that are read.
ALLOWED_FORMATS = (
    "mov",
    "mp4",
    "matroska",
    "webm",
    "avi",
    "mpegts",
    "mpeg",
    "asf",
    "flv",
    "ogg",
    "mxf",
    "yuv4mpegpipe",
    "h264",
    "hevc",
)
#: Bare streams: they hold no time stamps at all, so that the person has to give the rate.
UNTIMED_FORMATS = frozenset({"h264", "hevc"})
MAX_PIXELS = 64 * 1024 * 1024
MAX_PIXELS_WORDS = "64 megapixels"


def check_readable(path: Path) -> bytes:
    """Return the first bytes of the file `path`.

    Raises
    ------
    MazetrackError
        The file is missing, a folder, no ordinary file, empty, or may not be read.
    """
    if path.is_dir():
        raise MazetrackError(f"{path} is a folder, not a film. Name one film file inside it.")
    if not path.exists():
        raise MazetrackError(f"There is no film {path}. Check the name and the folder.")
    if not path.is_file():
        raise MazetrackError(f"{path} is not an ordinary file. Copy the film to a disk first.")
    try:
        with path.open("rb") as handle:
            head = handle.read(64)
    except OSError as error:
        raise MazetrackError(
            f"The film {path} cannot be read ({error.strerror}). Check its permissions and that the disk is there."
        ) from error
    if not head:
        raise MazetrackError(f"The film {path} is an empty file. Copy or record it again.")
    return head


def open_container(path: Path) -> InputContainer:
    """Open the film `path`; only formats on the allow-list and only local files.

    Raises
    ------
    MazetrackError
        The file cannot be read, or is no film of a known format.
    """
    head = check_readable(path)
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(ALLOWED_FORMATS)}
    try:
        return av.open(str(path.resolve()), mode="r", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MazetrackError(_why_not_opened(path, head)) from error


def open_video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the container's video stream, its decoder capped to `MAX_PIXELS`.

    Raises
    ------
    MazetrackError
        There is no video, no decoder for it, no picture size, or the pictures are too large.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise MazetrackError(f"{path.name} holds no video, only sound or other data. Name a film.")
    stream = streams[0]
    context = stream.codec_context
    if context is None:  # PyAV has no decoder object then, and would crash on its use
        raise MazetrackError(
            f"{path.name} is coded in a way that this installation cannot decode. "
            f"Convert it first: ffmpeg -i {path.name} -c:v libx264 -crf 17 converted.mp4"
        )
    if context.width <= 0 or context.height <= 0:
        raise MazetrackError(f"{path.name} does not say how large its pictures are. Convert or record it again.")
    if context.width * context.height > MAX_PIXELS:
        raise MazetrackError(
            f"The pictures of {path.name} are {context.width} × {context.height}, over the limit of "
            f"{MAX_PIXELS_WORDS}. Scale the film down first."
        )
    # The pictures' size may change inside the film.
    context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def _why_not_opened(path: Path, head: bytes) -> str:
    if head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free"):
        return (
            f"The recording {path.name} was never finished: the table of its pictures (moov) is missing or damaged. "
            "Copy it again from the recorder, or repair it with a tool for broken MP4 files."
        )
    return (
        f"{path.name} is no film that can be read here (MP4, MOV, AVI, MKV, WebM, MPEG, WMV, FLV, OGG, MXF, TIFF). "
        f"If a player shows it, convert it: ffmpeg -i {path.name} -c:v libx264 -crf 17 converted.mp4"
    )
