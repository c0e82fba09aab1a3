"""Reading just enough of H.264, HEVC and MPEG-4 packets to know where counting may start."""

from __future__ import annotations

from collections.abc import Iterator

_H264_IDR = 5
_H264_LAST_PICTURE_TYPE = 5
_HEVC_IDR_N_LP = 20
_HEVC_LAST_PICTURE_TYPE = 31
_MPEG4_PICTURE, _MPEG4_B = b"\0\0\1\xb6", 2


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


def holds_b_pictures(packet: bytes) -> tuple[bool, bool]:
    """Tell whether an MPEG-4 packet begins with a B picture, and whether it holds any (ISO/IEC 14496-2 §6.2.5).

    Pictures are coded after the two that they lie between: B pictures right after an I picture are shown before it.
    """
    kinds = []
    at = packet.find(_MPEG4_PICTURE)
    while 0 <= at < len(packet) - 4:
        kinds.append(packet[at + 4] >> 6)
        at = packet.find(_MPEG4_PICTURE, at + 4)
    return kinds[:1] == [_MPEG4_B], _MPEG4_B in kinds


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
