"""Reading just enough of H.264 and HEVC packets to know where counting may start."""

from __future__ import annotations

from collections.abc import Iterator

_H264_IDR = 5
_H264_LAST_PICTURE_TYPE = 5
_HEVC_IDR_N_LP = 20
_HEVC_LAST_PICTURE_TYPE = 31


def starts_closed_group(packet: bytes, codec: str, extradata: bytes | None) -> bool:
    """Tell whether every picture that is coded before this one is also shown before it, and none after.

    That holds for an IDR picture (H.264, ITU-T H.264 §7.4.1.2.4; HEVC's ``IDR_N_LP``, ITU-T H.265 table 7-1),
    and not for the open groups' I pictures, which earlier pictures in the display order follow.

    Parameters
    ----------
    packet : bytes
        One coded picture, with start codes (AVI, MPEG-TS) or with lengths (MP4, MKV).
    codec : {"h264", "hevc"}
        FFmpeg's name of the codec.
    extradata : bytes or None
        The codec's set-up record, which says whether there are lengths.
    """
    for header in _unit_headers(packet, codec, extradata):
        if codec == "h264":
            kind = header & 0x1F
            if 1 <= kind <= _H264_LAST_PICTURE_TYPE:
                return kind == _H264_IDR
        else:
            kind = header >> 1 & 0x3F
            if kind <= _HEVC_LAST_PICTURE_TYPE:
                return kind == _HEVC_IDR_N_LP
    return False


def _unit_headers(packet: bytes, codec: str, extradata: bytes | None) -> Iterator[int]:
    """Yield the first byte of each unit (NAL) of the packet."""
    length_at = 4 if codec == "h264" else 21
    if extradata and extradata[0] == 1 and len(extradata) > length_at:
        n = (extradata[length_at] & 3) + 1
        at = 0
        while at + n < len(packet):
            yield packet[at + n]
            at += n + int.from_bytes(packet[at : at + n], "big")
        return
    at = packet.find(b"\0\0\1")
    while 0 <= at < len(packet) - 3:
        yield packet[at + 3]
        at = packet.find(b"\0\0\1", at + 3)
