"""Decoding exact frames: from a keyframe onwards, each picture told by its index in the film."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, dropwhile, islice
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from napari_mazetrack.video.container import open_container, open_video_stream
from napari_mazetrack.video.index import FrameIndex

#: How many keyframes a read steps back where decoding from the nearest one does not give the frame.
_MAX_STEPS_BACK = 2
#: Frames ahead that are decoded through rather than sought.
_NEAR = 8


class Decoder:
    """The decoded frames of one open file, in the order in which they are shown.

    Not thread-safe: its owner holds a lock, or uses it from one thread only.

    Parameters
    ----------
    path : Path
        The film.
    index : FrameIndex
        Its index.
    threads : {"AUTO", "SLICE"}
        AUTO decodes several frames at once, for reading in sequence; SLICE answers at once, for single frames.
    """

    def __init__(self, path: Path, index: FrameIndex, threads: Literal["AUTO", "SLICE"]) -> None:
        self._path = path
        self._index = index
        self._threads = threads
        self._container: InputContainer
        self._stream: VideoStream
        self._codec: VideoCodecContext
        self._open()
        self._frames: Iterator[tuple[int, VideoFrame]] = iter(())
        self._next_index = -1  # none has been decoded yet

    def _open(self) -> None:
        self._container = open_container(self._path)
        self._stream = open_video_stream(self._container, self._path)
        self._codec = self._stream.codec_context
        self._codec.thread_type = self._threads
        if self._index.counted:
            self._codec.copy_opaque = True
        self._knows_encoder = False

    def close(self) -> None:
        """Release the file."""
        self._frames = iter(())
        self._container.close()

    def frames_to(self, frame_index: int) -> Iterator[tuple[int, VideoFrame | None]]:
        """Yield the frames on the way to `frame_index`, and it as the last: None where it cannot be decoded."""
        for n_back in range(-1 if self._is_ahead(frame_index) else 0, _MAX_STEPS_BACK + 1):
            if n_back >= 0:
                self._frames = self.frames_from(frame_index, n_back)
            for i, frame in self._frames:
                self._next_index = i + 1
                if i > frame_index:
                    break
                yield i, frame
                if i == frame_index:
                    return
        self._next_index = -1
        yield frame_index, None

    def _is_ahead(self, frame_index: int) -> bool:
        """Tell whether decoding on is the shortest way to the frame."""
        if not 0 <= self._next_index <= frame_index:
            return False
        is_near = frame_index < self._next_index + _NEAR
        return is_near or self._anchor_before(frame_index) == self._anchor_before(self._next_index)

    def _anchor_before(self, frame_index: int) -> int:
        """Return the place of the last anchor at or before the frame; -1 where there is none."""
        return int(np.searchsorted(self._index.anchors, frame_index, side="right")) - 1

    def frames_from(self, frame_index: int, n_back: int = 0) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (index, frame) from a keyframe at or before `frame_index` to the film's end.

        Indices increase; frames that cannot be decoded are left out.
        """
        packets, first = self._packets_from(frame_index, n_back)
        numbered = self._count(packets, first) if self._index.counted else self._match(packets)
        last, lost = -1, set(self._index.lost.tolist())
        for i, frame in numbered:
            if i > last and not frame.is_corrupt and i not in lost:
                last = i
                yield i, frame

    def frames_at(self, frame_index: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames from `frame_index` on; where decoding from its keyframe does not give it, from one before.

        A film without whole keyframes, whose pictures are refreshed bit by bit, is only whole some frames later.
        """
        for n_back in range(_MAX_STEPS_BACK + 1):
            frames = dropwhile(lambda found: found[0] < frame_index, self.frames_from(frame_index, n_back))
            first = next(frames, None)
            if first is not None and first[0] == frame_index:
                break
        if first is not None:
            yield from chain([first], frames)

    def _match(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames of a stamped film numbered by their pts."""
        for frame in self._decode(packets):
            i = self._index.frame_of_stamp(frame.pts)
            if i is not None:
                yield i, frame

    def _count(self, packets: Iterator[Packet[VideoStream]], first: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames of a counted film numbered from `first` on; every anchor sets the count right."""
        i = first
        for frame in self._decode(self._marked(packets)):
            i = frame.opaque if isinstance(frame.opaque, int) else i
            if i < self._index.n_frames:
                yield i, frame
            i += 1

    def _marked(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
        """Write its frame's index on each anchor's packet; the decoder hands it on to the frame."""
        for packet in packets:
            anchor = self._anchor_of(packet)
            if anchor is not None:
                packet.opaque = anchor
            yield packet

    def _anchor_of(self, packet: Packet[VideoStream]) -> int | None:
        """Return the frame of the anchor that this packet is, or None."""
        key = packet.dts if self._index.keyed_by_dts else packet.pts
        if not packet.is_keyframe or key is None:
            return None
        at = int(np.searchsorted(self._index.anchor_keys, key))
        if at == len(self._index.anchor_keys) or self._index.anchor_keys[at] != key:
            return None
        return int(self._index.anchors[at])

    def _packets_from(self, frame_index: int, n_back: int) -> tuple[Iterator[Packet[VideoStream]], int]:
        """Return the packets from an anchor at or before the frame, and the anchor's own frame.

        Where the container's seek lands behind the wanted keyframe, one further back is tried, at last the start.
        """
        place, step = self._anchor_before(frame_index) - n_back, 1
        while place >= 0:
            landed = self._seek(place, frame_index)
            if landed is not None:
                return landed
            place -= step
            step *= 2
        self._container.close()
        self._open()
        return self._container.demux(self._stream), 0

    def _seek(self, place: int, frame_index: int) -> tuple[Iterator[Packet[VideoStream]], int] | None:
        """Seek to the anchor at `place`; None where that does not lead to one at or before `frame_index`."""
        packets: Iterator[Packet[VideoStream]]
        try:
            self._meet_encoder()
            self._container.seek(int(self._index.anchor_stamps[place]), stream=self._stream, backward=True)
            packets = self._container.demux(self._stream)
            for packet in packets:
                frame = self._anchor_of(packet) if self._index.counted else self._frame_at_or_after(packet)
                if frame is not None:
                    is_right = frame <= frame_index and self._is_as_indexed(packet)
                    return (chain([packet], packets), frame) if is_right else None
        except av.error.FFmpegError:  # some files cannot be sought: then the next way back is tried
            return None
        return None

    def _meet_encoder(self) -> None:
        """Decode the first packet, where an encoder says which one it is: FFmpeg allows for the faults of some.

        A film of x264 before build 151 in 4:4:4 comes out wrong without.
        """
        if not self._knows_encoder:
            self._knows_encoder = True
            next(self._decode(islice(self._container.demux(self._stream), 1)), None)

    def _frame_at_or_after(self, packet: Packet[VideoStream]) -> int | None:
        """Return the frame that a stamped film's keyframe is, or the first one after it; None for other packets."""
        if not packet.is_keyframe or packet.pts is None:
            return None
        return int(np.searchsorted(self._index.stamps, packet.pts))

    def _is_as_indexed(self, packet: Packet[VideoStream]) -> bool:
        """Tell whether a stamped film's keyframe is one by the index, too: frames that it leaves out are not looked up.

        Behind a seek into the middle of a keyframe MPEG program streams call the rest of it by the next frame's stamp.
        """
        frame = self._index.frame_of_stamp(packet.pts)
        return self._index.counted or frame is None or frame in self._index.anchors

    def _decode(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
        """Decode packets to the end of what can be read; damaged ones are passed over."""
        at_end = False
        while not at_end:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:  # the file breaks off here
                packet = None
            at_end = packet is None or (packet.size == 0 and packet.dts is None)
            if packet is not None and packet.size == 0 and not at_end:  # the empty place of a dropped frame
                continue
            try:
                yield from self._codec.decode(None if at_end else packet)
            except av.error.FFmpegError:
                continue
