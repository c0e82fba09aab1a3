"""Where counting may start in coded streams."""

from __future__ import annotations

import pytest

from napari_mazetrack.video.nal import holds_b_pictures, starts_closed_group

START = b"\0\0\0\1"
AVCC = bytes([1, 100, 0, 30, 0xFF])  # lengths of four bytes
HVCC = bytes([1, *[0] * 20, 3])
SEI, IDR, I_SLICE = b"\x06ab", b"\x65abc", b"\x41abc"


def with_lengths(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


CASES = {
    "h264 idr, start codes": (START + SEI + START + IDR, "h264", None, True),
    "h264 open group, start codes": (START + SEI + START + I_SLICE, "h264", None, False),
    "h264 idr, lengths": (with_lengths(SEI, IDR), "h264", AVCC, True),
    "h264 open group, lengths": (with_lengths(SEI, I_SLICE), "h264", AVCC, False),
    "h264 nothing": (b"", "h264", None, False),
    "h264 cut length": (b"\0\0\0\xff\x06", "h264", AVCC, False),
    "hevc idr_n_lp": (START + bytes([32 << 1, 1]) + START + bytes([20 << 1, 1, 9]), "hevc", None, True),
    "hevc idr_w_radl": (with_lengths(bytes([19 << 1, 1, 9])), "hevc", HVCC, False),
    "hevc cra": (with_lengths(bytes([21 << 1, 1, 9])), "hevc", HVCC, False),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_groups(name):
    packet, codec, extradata, expected = CASES[name]
    assert starts_closed_group(packet, codec, extradata) is expected


def picture(kind: int) -> bytes:
    return b"\0\0\1\xb6" + bytes([kind << 6, 0x55, 0x55])


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (picture(0), (False, False)),
        (b"\0\0\1\xb2DivX" + picture(1) + picture(2), (False, True)),
        (picture(2), (True, True)),
        (b"\0\0\1\xb6", (False, False)),
        (b"", (False, False)),
    ],
)
def test_mpeg4_b_pictures(packet, expected):
    assert holds_b_pictures(packet) == expected
