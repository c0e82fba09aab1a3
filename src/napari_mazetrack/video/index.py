"""The frame index of a film: which frame stands where, from one pass over its packets without decoding.

Two kinds of film
-----------------
*Stamped*: every packet carries the time at which its picture is shown (pts). Frame i is the one whose pts stands
i-th; a decoded picture tells its pts, so that it is identified by equality.

*Counted*: the stamps are missing, repeated, or made up by the container (H.264 in AVI: FFmpeg numbers the
packets in coding order, which is not the order in which they are shown; DivX files that pack two pictures into
one packet). Frame i is then the i-th picture that
the decoder gives, counted from anchors where both orders agree. Where a counted film is damaged, the frames
between the damage and the next anchor may be counted wrongly; at a cut-off end they are given up instead.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.video.container import UNTIMED_FORMATS, open_container, open_video_stream
from napari_mazetrack.video.nal import holds_b_pictures, starts_closed_group

NO_STAMP = np.iinfo(np.int64).min
#: Of the packets' bytes, the first ones and then every so-manyth enter film_id: all packets of an uncompressed film
#: have one size.
_HASHED_FIRST, _HASHED_EVERY = 64, 64
_DIGEST_BYTES = 16
#: How much longer than its last frame a film may say it is.
_SLACK_S = 1.0
_CONTAINER_TICK_S = 1e-6
#: A frame may be shown this many places after the one that it has in the file.
_MAX_REORDERED = 4
_CODECS_WITH_IDR = ("h264", "hevc")
_REORDERING_CODECS = (*_CODECS_WITH_IDR, "mpeg4")
_INTRA_CODECS = frozenset({"mjpeg", "rawvideo", "ffv1", "huffyuv", "ffvhuff", "png", "dvvideo", "prores", "utvideo"})


@dataclass(frozen=True)
class FrameIndex:
    """Where the frames of a film are.

    Attributes
    ----------
    film_id : str
        BLAKE2b (hexadecimal) over codec, picture size, every packet's pts and size, and samples of their bytes.
    counted : bool
        Frames are told by counting (see the module); False: by their pts.
    stamps : int64 [T]
        Time of each frame in units of `tick_s`, never decreasing. In a stamped film the pts, all different.
    tick_s : float
        Seconds of one stamp.
    anchors : int64 [A]
        Frames from which decoding can start, increasing.
    anchor_stamps : int64 [A]
        What to give to the container's seek for each.
    anchor_keys : int64 [A]
        In a counted film the stamp of each anchor's packet by which it is recognised.
    keyed_by_dts : bool
        These are decoding stamps; False: presentation stamps.
    lost : int64 [L]
        Frames that the film promises and that the file no longer holds, or of which that is not sure; increasing.
    has_times : bool
        The file holds time stamps.
    warnings : tuple of str
        What a person should know about the file.
    """

    film_id: str
    counted: bool
    stamps: NDArray[np.int64]
    tick_s: float
    anchors: NDArray[np.int64]
    anchor_stamps: NDArray[np.int64]
    anchor_keys: NDArray[np.int64]
    lost: NDArray[np.int64]
    keyed_by_dts: bool = True
    has_times: bool = True
    warnings: tuple[str, ...] = ()

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.stamps)

    def without_start(self, n: int) -> FrameIndex:
        """Return the index of the film that begins at frame `n` of this one."""
        kept = self.anchors >= n
        return replace(
            self,
            stamps=self.stamps[n:],
            anchors=self.anchors[kept] - n,
            anchor_stamps=self.anchor_stamps[kept],
            anchor_keys=self.anchor_keys[kept],
            lost=self.lost[self.lost >= n] - n,
        )

    def frame_of_stamp(self, stamp: int | None) -> int | None:
        """Return the frame whose stamp equals `stamp`, or None where there is none."""
        if stamp is None:
            return None
        i = int(np.searchsorted(self.stamps, stamp))
        return i if i < len(self.stamps) and self.stamps[i] == stamp else None


@dataclass
class _Packets:
    """What the pass over the packets found, in coding order."""

    pts: list[int] = field(default_factory=list)
    dts: list[int] = field(default_factory=list)
    is_key: list[bool] = field(default_factory=list)
    is_closed: list[bool] = field(default_factory=list)
    is_damaged: list[bool] = field(default_factory=list)
    place: list[int | None] = field(default_factory=list)
    film_id: str = ""
    n_in_file: int = 0
    broke_off: bool = False


def build_index(path: Path) -> FrameIndex:
    """Read all packets of the film `path` once and return its index.

    Raises
    ------
    MazetrackError
        The file is no film, or holds no frame.
    """
    with open_container(path) as container:
        stream = open_video_stream(container, path)
        packets = _read_packets(container, stream)
        if not packets.pts:
            raise MazetrackError(f"{path.name} holds no frame. Copy it again from the recorder, or record it again.")
        find = _counted if _is_counted(packets, container, stream) else _stamped
        index = find(packets, container, stream)
        return replace(index, warnings=index.warnings + _stream_warnings(container, stream))


def _read_packets(container: InputContainer, stream: VideoStream) -> _Packets:
    context = stream.codec_context
    found = _Packets()
    digest = hashlib.blake2b(f"{context.name} {context.width}x{context.height}".encode(), digest_size=_DIGEST_BYTES)
    n = 0
    try:
        for packet in container.demux(stream):
            found.n_in_file += packet.size > 0 or packet.dts is not None
            if packet.size == 0:  # the end, or an empty place where a recorder dropped a frame
                continue
            digest.update(struct.pack("<qq", NO_STAMP if packet.pts is None else packet.pts, packet.size))
            if n < _HASHED_FIRST or n % _HASHED_EVERY == 0:
                digest.update(packet)
            n += 1
            if not packet.is_discard and _is_shown(packet, context.name):
                _note(found, packet, stream)
    except av.error.FFmpegError:
        found.broke_off = True
    found.film_id = digest.hexdigest()
    return found


def _note(found: _Packets, packet: Packet[VideoStream], stream: VideoStream) -> None:
    found.pts.append(NO_STAMP if packet.pts is None else packet.pts)
    found.dts.append(NO_STAMP if packet.dts is None else packet.dts)
    found.is_key.append(packet.is_keyframe)
    found.is_damaged.append(packet.is_corrupt)
    found.place.append(packet.pos)
    found.is_closed.append(packet.is_keyframe and _is_closed(packet, stream.codec_context))
    if stream.codec_context.name == "mpeg4":
        is_b, holds_b = holds_b_pictures(bytes(packet))
        found.is_closed[-1] = packet.is_keyframe and not holds_b
        if is_b and len(found.is_closed) > 1:
            found.is_closed[-2] = False


def _is_closed(packet: Packet[VideoStream], context: VideoCodecContext) -> bool:
    if context.name in _CODECS_WITH_IDR:
        return starts_closed_group(bytes(packet), context.name, context.extradata)
    return context.name in _INTRA_CODECS


def _is_shown(packet: Packet[VideoStream], codec: str) -> bool:
    """Tell whether the packet holds a picture to show; VP8 codes reference pictures that are not (RFC 6386 §9.1)."""
    return codec != "vp8" or bool(memoryview(packet)[0] >> 4 & 1)


def _is_counted(packets: _Packets, container: InputContainer, stream: VideoStream) -> bool:
    pts = np.array(packets.pts, np.int64)
    if (pts == NO_STAMP).any() or len(np.unique(pts)) < len(pts):
        return True
    # Pictures that are coded in the order in which they are shown need no reordering. A codec that does reorder,
    # with stamps that do not, has stamps that the container made up.
    in_order = bool((np.diff(pts) > 0).all())
    reorders = "avi" in container.format.name or stream.codec_context.has_b_frames
    return in_order and bool(reorders) and stream.codec_context.name in _REORDERING_CODECS


def _stamped(packets: _Packets, container: InputContainer, stream: VideoStream) -> FrameIndex:
    pts = np.array(packets.pts, np.int64)
    is_damaged = np.array(packets.is_damaged)
    cut_off = _stamps_cut_off(stream, packets)
    stamps = np.unique(np.concatenate([pts, cut_off]))
    key_pts = np.sort(pts[np.array(packets.is_key) & ~is_damaged & _can_be_sought(container, stream, packets)])
    lost = np.searchsorted(stamps, np.unique(np.concatenate([pts[is_damaged], cut_off])))
    lost = np.union1d(lost, _doubtful_at_the_end(len(stamps), container, packets))
    return FrameIndex(
        film_id=packets.film_id,
        counted=False,
        stamps=stamps,
        tick_s=_tick_s(stream),
        anchors=np.searchsorted(stamps, key_pts),
        anchor_stamps=key_pts,
        anchor_keys=np.full(len(key_pts), NO_STAMP),
        lost=lost.astype(np.int64),
        warnings=_loss_warnings(len(stamps), lost, container, packets),
    )


def _counted(packets: _Packets, container: InputContainer, stream: VideoStream) -> FrameIndex:
    first = packets.is_key.index(True) if any(packets.is_key) else 0  # nothing before it can be decoded
    pts, dts = np.array(packets.pts[first:], np.int64), np.array(packets.dts[first:], np.int64)
    lost = _doubtful_at_the_end(len(pts), container, packets)
    warnings = list(_loss_warnings(len(pts), lost, container, packets))
    # Decoding stamps are believed first: where presentation stamps are made up, they are made up from these.
    keys = next((stamps for stamps in (dts, pts) if _tells_packets_apart(stamps)), None)
    has_times = container.format.name not in UNTIMED_FORMATS
    tick_s = _tick_s(stream)
    if keys is not None:
        stamps = keys
    elif (pts != NO_STAMP).all():
        stamps = np.sort(pts)
    else:
        stamps, tick_s = np.arange(len(pts)), 1.0 / float(stream.average_rate or stream.guessed_rate or 25)
        if has_times:
            warnings.append("The film holds no usable time stamps: its frame rate was used. Check it, or give --times.")
    # Without distinct stamps an anchor cannot be recognised after a seek: then all reading starts at frame 0.
    can_begin = np.array(packets.is_closed) & _can_be_sought(container, stream, packets)
    anchors = np.flatnonzero(can_begin[first:]) if keys is not None else np.array([], np.int64)
    return FrameIndex(
        film_id=packets.film_id,
        counted=True,
        stamps=stamps.astype(np.int64),
        tick_s=tick_s,
        anchors=anchors.astype(np.int64),
        anchor_stamps=np.where(pts == NO_STAMP, dts, pts)[anchors],
        anchor_keys=stamps[anchors].astype(np.int64),
        keyed_by_dts=keys is dts,
        lost=lost,
        has_times=has_times,
        warnings=tuple(warnings),
    )


def _tells_packets_apart(stamps: NDArray[np.int64]) -> bool:
    return bool((stamps != NO_STAMP).all() and (np.diff(stamps) > 0).all())


def _tick_s(stream: VideoStream) -> float:
    return float(stream.time_base) if stream.time_base else 1.0


def _stamps_cut_off(stream: VideoStream, packets: _Packets) -> NDArray[np.int64]:
    """Return stamps of the frames that an MP4's table names but the file has lost, int64 [L].

    The table gives decoding stamps. Both kinds of stamps are the same set but for an offset, so what the decoding
    stamps have and the read presentation stamps lack is what was lost.
    """
    if "mov" not in stream.container.format.name or len(stream.index_entries) <= packets.n_in_file:
        return np.array([], np.int64)
    entries = np.sort(np.array([e.timestamp for e in stream.index_entries if not e.is_discard], np.int64))
    n_lost = len(entries) - len(packets.pts)
    candidates = np.setdiff1d(entries + (min(packets.pts) - entries[0]), np.array(packets.pts, np.int64))
    return candidates[-n_lost:] if n_lost > 0 else candidates[:0]


def _can_be_sought(container: InputContainer, stream: VideoStream, packets: _Packets) -> NDArray[np.bool_]:
    """Tell which packets a seek finds, bool [N].

    Packets of AVI carry no time: they are counted as they are read, but found by the file's table. Where damage has
    hidden a packet, those behind it count one less than their place in the table.
    """
    if "avi" not in container.format.name:
        return np.ones(len(packets.dts), bool)
    place_in_table = {entry.timestamp: entry.pos for entry in stream.index_entries}
    ahead = [
        0 if place is None or dts not in place_in_table else place - place_in_table[dts]
        for dts, place in zip(packets.dts, packets.place, strict=True)
    ]
    is_found: NDArray[np.bool_] = np.array(ahead) == ahead[0]
    return is_found


def _doubtful_at_the_end(n: int, container: InputContainer, packets: _Packets) -> NDArray[np.int64]:
    """Return the last frames of an AVI film that is cut off, int64 [L].

    Its frames are told by their order alone: where they do not stand in the order in which they are shown, what is
    missing may belong before the last ones that are there. A frame that was cut in two is as good as missing.
    """
    n_doubtful = 0
    if "avi" in container.format.name:
        is_torn = packets.is_damaged[-1]
        if container.streams.video[0].codec_context.has_b_frames and (
            is_torn or packets.broke_off or _ends_early(container, packets)
        ):
            n_doubtful = _MAX_REORDERED
        elif is_torn:
            n_doubtful = 1
    return np.arange(max(n - n_doubtful, 0), n)


def _loss_warnings(n: int, lost: NDArray[np.int64], container: InputContainer, packets: _Packets) -> tuple[str, ...]:
    if len(lost):
        return (
            f"The film is cut off: at least {len(lost)} of its {n} frames, from frame {lost[0]} on, cannot be read. "
            "What can be read is used, the rest is missing.",
        )
    if packets.broke_off or _ends_early(container, packets):
        return (
            f"The film is cut off or damaged after frame {n - 1}: its header promises more. What can be read is used.",
        )
    return ()


def _stream_warnings(container: InputContainer, stream: VideoStream) -> tuple[str, ...]:
    warnings = []
    aspect = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        warnings.append(
            f"The film's pixels are {float(aspect):.3f} times as wide as high: its pictures are used as "
            "they are stored. Outline the pool as the ellipse that it looks like, or scale the film first."
        )
    if len(container.streams.video) > 1:
        warnings.append(f"The file holds {len(container.streams.video)} video streams: the first film is used.")
    return tuple(warnings)


def _ends_early(container: InputContainer, packets: _Packets) -> bool:
    """Tell whether the header of an AVI or MKV file promises more than there is."""
    if "avi" in container.format.name:  # it counts the places of dropped frames too
        return container.streams.video[0].frames > max(packets.dts) + 1
    if "matroska" in container.format.name and container.duration and len(container.streams) == 1:
        end_s = max(packets.pts) * _tick_s(container.streams.video[0])
        return container.duration * _CONTAINER_TICK_S - end_s > _SLACK_S
    return False
