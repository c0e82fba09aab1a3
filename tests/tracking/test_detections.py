from __future__ import annotations

import filecmp
import json
import os
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.tracking import detections
from napari_mazetrack.tracking.detections import (
    MAGIC,
    PartHeader,
    PartWriter,
    RawDetections,
    read_part,
)
from napari_mazetrack.tracking.part_header import record_dtype

HEADER = PartHeader(
    film_id="abc",
    model_hash="123",
    n_frames=12,
    n_slots=3,
    settings={"precision": "fp32", "threshold": 0.4, "size": (256, 320)},
    versions={"numpy": "2"},
)


@pytest.fixture
def frames(instances_at):
    """Twelve frames: one or two animals, an empty one, an unreadable one, one with too many."""
    made: list[Instances | None] = [instances_at([(10.0 * i, 50, 0.1 * i)]) for i in range(12)]
    made[3] = Instances.empty(3)
    made[5] = None
    made[7] = instances_at([(70, 50, 0), (200, 90, 1)], score=[0.6, 0.8])
    made[9] = instances_at([(40 * i, 50, 0) for i in range(5)], score=[0.9, 0.8, 0.7, 0.6, 0.5])
    return made


def write(path: Path, frames, header=HEADER, stop=None, **options) -> None:
    with PartWriter(path, header, **options) as writer:
        for i in range(writer.next_frame_index, len(frames) if stop is None else stop):
            writer.append(i, frames[i])


def assert_same(a: RawDetections, b: RawDetections) -> None:
    assert a.n_recorded == b.n_recorded
    np.testing.assert_array_equal(a.count, b.count)
    for name in ("score", "box_xyxy", "keypoints_xy", "sigma_px"):
        mine, others = getattr(a.instances, name), getattr(b.instances, name)
        np.testing.assert_array_equal(mine, others, err_msg=name)
        assert mine.dtype == others.dtype


def test_what_was_written_is_read(tmp_path, frames):
    path = tmp_path / "film.tracks.part"
    write(path, frames)
    raw = read_part(path)
    assert raw.is_complete
    assert raw.count.tolist() == [1, 1, 1, 0, 1, -1, 1, 2, 1, 3, 1, 1]
    for name in ("score", "box_xyxy", "keypoints_xy", "sigma_px"):
        by_slot = raw.by_slot(getattr(raw.instances, name))
        assert (by_slot.shape[:2], by_slot.dtype) == ((12, 3), np.float32)
        np.testing.assert_array_equal(by_slot[7:8][0, :2], getattr(frames[7], name))
        np.testing.assert_array_equal(by_slot[:][9], getattr(frames[9], name)[:3])
        for part in (slice(3, 4), slice(5, 6)):
            assert np.isnan(by_slot[part]).all()
        np.testing.assert_array_equal(np.concatenate([by_slot[:5], by_slot[5:9], by_slot[9:]]), by_slot[:])
    assert_same(raw, RawDetections.from_instances(HEADER, frames))


def test_a_part_of_the_film_leaves_the_rest_unreadable(tmp_path, frames):
    path = tmp_path / "film.tracks.part"
    write(path, frames, stop=4)
    raw = read_part(path)
    assert not raw.is_complete
    assert (raw.n_recorded, raw.n_frames, raw.count[4]) == (4, 12, -1)


@pytest.mark.parametrize("cut", [1, 3, 4, 20, 10_000_000])
def test_a_torn_end_is_cut_and_resumed_to_the_same_bytes(tmp_path, frames, cut):
    whole, torn = tmp_path / "a.part", tmp_path / "b.part"
    write(whole, frames)
    write(torn, frames, stop=8)
    size = torn.stat().st_size
    start = size - 8 * record_dtype(HEADER).itemsize
    os.truncate(torn, max(size - cut, start))
    write(torn, frames, resume=True)
    assert filecmp.cmp(torn, whole, shallow=False)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), garbage=st.binary(max_size=400), flip=st.integers(0, 2000))
def test_any_damage_behind_the_header_is_survived(tmp_path, frames, cut, garbage, flip):
    whole, hurt = tmp_path / "a.part", tmp_path / "b.part"
    write(whole, frames, overwrite=True)
    write(hurt, frames, overwrite=True)
    content = bytearray(hurt.read_bytes())
    start = len(content) - 12 * record_dtype(HEADER).itemsize
    del content[max(len(content) - cut, start) :]
    content += garbage
    if flip:
        place = start + flip % max(len(content) - start, 1)
        if place < len(content):
            content[place] ^= 0x10
    hurt.write_bytes(content)
    raw = read_part(hurt)
    kept = RawDetections.from_instances(HEADER, frames[: raw.n_recorded])
    assert_same(raw, kept)
    write(hurt, frames, resume=True)
    assert filecmp.cmp(hurt, whole, shallow=False)


def test_a_damaged_record_in_the_middle_ends_the_valid_part(tmp_path, frames):
    path = tmp_path / "a.part"
    write(path, frames)
    content = bytearray(path.read_bytes())
    size = record_dtype(HEADER).itemsize
    content[-6 * size + 30] ^= 1
    path.write_bytes(content)
    assert read_part(path).n_recorded == 6


def test_a_range_of_frames_has_its_records_and_goes_on_in_it(tmp_path, frames):
    path, whole = tmp_path / "a.part", tmp_path / "whole.part"
    header = replace(HEADER, frames=(3, 9))
    for target, stops in ((path, (6, 9)), (whole, (9,))):
        for stop in stops:
            with PartWriter(target, header, resume=True) as part:
                for i in range(part.next_frame_index, stop):
                    part.append(i, frames[i])
        raw = read_part(target)
        assert raw.header.frames == (3, 9)
        assert (raw.is_complete, raw.n_recorded, raw.n_frames) == (True, 6, 12)
        np.testing.assert_array_equal(raw.count < 0, [not 3 <= i < 9 or frames[i] is None for i in range(12)])
    assert filecmp.cmp(path, whole, shallow=False)
    with PartWriter(path, header, resume=True) as part, pytest.raises(ValueError, match="expected frame 9 of 9"):
        part.append(9, frames[9])


@pytest.mark.parametrize(
    ("mine", "other", "words"),
    [((3, 9), None, "frames: 3 to 8, now all"), (None, (0, 5), "frames: all, now 0 to 4"), ((3, 9), (3, 9), "")],
)
def test_another_range_is_said_in_words(mine, other, words):
    assert "; ".join(replace(HEADER, frames=mine).differences(replace(HEADER, frames=other))) == words


def test_a_header_without_a_range_is_as_it_was_before_there_were_any():
    assert "frames" not in json.loads(HEADER.to_json())


@pytest.mark.parametrize("frames", [(-1, 5), (5, 3), (0, 13), [1], "ab", 7, [None, 2]])
def test_a_damaged_range_is_no_header(frames):
    damaged = {**json.loads(HEADER.to_json()), "frames": frames}
    with pytest.raises((ValueError, TypeError)):
        PartHeader.from_json(json.dumps(damaged))


def test_a_record_out_of_order_is_not_taken(tmp_path, frames):
    path = tmp_path / "a.part"
    write(path, frames, stop=5)
    size = record_dtype(HEADER).itemsize
    content = path.read_bytes()
    path.write_bytes(content + content[-2 * size : -size])  # whole and with its checksum, but frame 3 again
    assert read_part(path).n_recorded == 5


def test_a_record_of_another_run_is_not_taken(tmp_path, frames):
    mine, other = tmp_path / "a.part", tmp_path / "b.part"
    write(mine, frames, stop=5)
    write(other, frames, header=replace(HEADER, model_hash="456"), stop=6)
    size = record_dtype(HEADER).itemsize
    mine.write_bytes(mine.read_bytes() + other.read_bytes()[-size:])
    assert read_part(mine).n_recorded == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"film_id": "xyz"}, "film_id: abc, now xyz"),
        ({"model_hash": "9"}, "model_hash: 123, now 9"),
        ({"settings": HEADER.settings | {"precision": "bf16"}}, "precision: fp32, now bf16"),
        ({"settings": {}}, "threshold: 0.4, now not given"),
        ({"versions": {"numpy": "3"}}, "numpy: 2, now 3"),
        ({"n_slots": 4}, "n_slots: 3, now 4"),
    ],
)
def test_resuming_something_else_is_refused_and_says_what_differs(tmp_path, frames, change, said):
    path = tmp_path / "a.part"
    write(path, frames, stop=5)
    before = path.read_bytes()
    with pytest.raises(MazetrackError, match=said), PartWriter(path, replace(HEADER, **change), resume=True):
        pass
    assert path.read_bytes() == before


def test_resuming_where_there_is_nothing_begins(tmp_path, frames):
    path = tmp_path / "new" / "a.part"
    write(path, frames, resume=True)
    assert read_part(path).is_complete


def test_an_existing_file_is_kept_unless_told(tmp_path, frames):
    path = tmp_path / "a.part"
    write(path, frames)
    with pytest.raises(MazetrackError, match="--resume"), PartWriter(path, HEADER):
        pass
    assert read_part(path).n_recorded == 12
    write(path, frames, overwrite=True, stop=2)
    assert read_part(path).n_recorded == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", MAGIC, MAGIC + struct.pack("<I", 2**32 - 1) + b"{}", MAGIC + struct.pack("<I", 2) + b"{}1234"],
    ids=["empty", "foreign", "magic only", "huge header", "wrong checksum"],
)
@pytest.mark.parametrize("open_it", [read_part, lambda path: PartWriter(path, HEADER, resume=True).__enter__()])
def test_a_foreign_file_is_refused(tmp_path, content, open_it):
    path = tmp_path / "a.part"
    path.write_bytes(content)
    with pytest.raises(MazetrackError, match="not an unfinished tracking"):
        open_it(path)
    assert path.read_bytes() == content


def header_file(path: Path, text: str) -> None:
    body = struct.pack("<I", len(text)) + text.encode()
    path.write_bytes(MAGIC + body + struct.pack("<I", zlib.crc32(body)))


@pytest.mark.parametrize("text", ["[]", "{}", "nonsense", "[" * 100_000, HEADER.to_json().replace("head", "he ad")])
def test_a_header_that_is_no_header_is_refused(tmp_path, text):
    header_file(tmp_path / "a.part", text)
    with pytest.raises(MazetrackError, match="not an unfinished tracking"):
        read_part(tmp_path / "a.part")


@pytest.mark.parametrize(
    ("old", "new"), [('"n_frames": 12', '"n_frames": 9000000000'), ('"n_slots": 3', '"n_slots": 900')]
)
def test_claims_beyond_the_caps_are_refused_before_anything_is_allocated(tmp_path, old, new):
    text = HEADER.to_json()
    assert old in text
    header_file(tmp_path / "a.part", text.replace(old, new))
    with pytest.raises(MazetrackError):
        read_part(tmp_path / "a.part")


def test_a_link_is_not_written_through(tmp_path, frames):
    precious = tmp_path / "precious"
    write(precious, frames)
    before = precious.read_bytes()
    link = tmp_path / "a.part"
    link.symlink_to(precious)
    for options in ({"resume": True}, {}):
        with pytest.raises(MazetrackError), PartWriter(link, HEADER, **options):
            pass
    write(link, frames, overwrite=True, stop=1)
    assert precious.read_bytes() == before
    assert not link.is_symlink()


def test_a_folder_or_nothing_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(MazetrackError):
            read_part(path)


@pytest.mark.parametrize("options", [{"resume": True}, {"overwrite": True}])
def test_a_second_writer_is_refused(tmp_path, frames, options):
    path = tmp_path / "a.part"
    with PartWriter(path, HEADER) as writer:
        writer.append(0, frames[0])
        with pytest.raises(MazetrackError, match="another tracking"), PartWriter(path, HEADER, **options):
            pass
        writer.append(1, frames[1])
    assert read_part(path).n_recorded == 2


def test_frames_come_in_order(tmp_path, frames):
    with PartWriter(tmp_path / "a.part", HEADER) as writer:
        writer.append(0, frames[0])
        with pytest.raises(ValueError, match="expected frame 1"):
            writer.append(2, frames[2])


def test_records_are_kept_when_the_run_fails(tmp_path, frames):
    path = tmp_path / "a.part"

    def run() -> None:
        with PartWriter(path, HEADER) as writer:
            writer.append(0, frames[0])
            raise RuntimeError("the detector broke")

    with pytest.raises(RuntimeError, match="detector"):
        run()
    assert read_part(path).n_recorded == 1


def test_records_reach_the_disk_while_running(tmp_path, frames, monkeypatch):
    monkeypatch.setattr(detections, "SYNC_FRAMES", 3)
    path = tmp_path / "a.part"
    with PartWriter(path, HEADER) as writer:
        for i in range(4):
            writer.append(i, frames[i])
        assert read_part(path).n_recorded == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_with_the_frame(tmp_path, frames):
    writer = PartWriter(tmp_path / "a.part", HEADER)
    with writer:
        writer.append(0, frames[0])
        writer._handle.close()
        writer._handle = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
        with pytest.raises(MazetrackError, match=r"a\.part at frame 1 of the film.*Free some space"):
            writer.append(1, frames[1])
        writer._handle.close()
        writer._handle = None
