"""Key and log beside the sheet: written and read back, and refused in one sentence where they are anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import BlindKey
from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.experiment.unblinding import FixedChoices, Unblinding
from napari_mazetrack.workflows.blind_files import (
    MAX_BYTES,
    BlindState,
    blind_state,
    blinded_line,
    find_key,
    key_path,
    key_text,
    load_key,
    load_log,
    log_path,
    save_text,
    true_paths,
    unblinded_line,
)

KEY = BlindKey({"Läsion\u2028": "group B", "sham": "group A"}, films={"a.mp4": "film 1"}, paths={"../tracks": "path 1"})
FIXED = FixedChoices("probe.x.probe", ExclusionLimits(floating_days=3), {"t\u2028": ("sheet",)}, {"t\u2028": "Läsion"})
ENTRY = Unblinding("2026-03-01T12:00:00+01:00", "Ann", "1.0", FIXED)
BEGUN = blinded_line("2026-02-01T12:00:00+01:00", "Ben", "1.0")


def test_key_and_log_come_back_as_they_were(tmp_path: Path) -> None:
    sheet = tmp_path / "trials.csv"
    assert blind_state(sheet) is BlindState.NEVER_BLINDED
    save_text(key_text(KEY), key_path(sheet))
    assert load_key(key_path(sheet)) == KEY
    assert blind_state(sheet) is BlindState.BLINDED
    save_text(BEGUN, log_path(sheet))
    key_path(sheet).unlink()
    assert blind_state(sheet) is BlindState.BLINDED
    save_text(BEGUN + unblinded_line(ENTRY), log_path(sheet))
    assert load_log(log_path(sheet)).unblinding == ENTRY
    assert blind_state(sheet) is BlindState.UNBLINDED
    assert {path.name for path in tmp_path.iterdir()} == {"trials.blinding.jsonl"}


def test_a_record_finds_its_own_key_in_a_folder_above(tmp_path: Path) -> None:
    """Another experiment's key lies nearer."""
    near = tmp_path / "near"
    save_text(key_text(BlindKey({"sham": "group B", "drug": "group A"})), key_path(near / "trials.csv"))
    own = key_path(tmp_path / "mine.csv")
    save_text(key_text(KEY), own)
    record = near / "analysis" / "analysis.json"
    assert find_key(record, {"0", KEY.digest}) == own
    assert true_paths(own) == {"path 1": tmp_path.parent / "tracks"}
    with pytest.raises(MazetrackError, match=r"none of the folders above it\. Say with --trials"):
        find_key(record, {"0"})


def changed(text: str, **entries: object) -> str:
    return json.dumps(json.loads(text) | entries)


DEEP = "[" * 100_000 + "]" * 100_000
BAD_KEYS = {
    "no JSON": "{",
    "a list": "[]",
    "deep": DEEP,
    "another entry": changed(key_text(KEY), more=1),
    "another schema": changed(key_text(KEY), schema=2),
    "markup for a code": changed(key_text(KEY), groups={"sham": "<script>"}),
    "a true name for a code": changed(key_text(KEY), groups={"sham": "sham"}),
    "a code twice": changed(key_text(KEY), groups={"sham": "group A", "drug": "group A"}),
    "a number for a code": changed(key_text(KEY), groups={"sham": 1}),
    "a list of groups": changed(key_text(KEY), groups=["group A"]),
    "half a letter": key_text(KEY).replace("sham", "\\ud800"),
    "too large": " " * MAX_BYTES + key_text(KEY),
    "bytes": b"\xff\xfe\x00\xd8",
}
LINE = unblinded_line(ENTRY)
BAD_LOGS = {
    "empty": "",
    "half a line": BEGUN + LINE[:-1],
    "not JSON": BEGUN + "pickle\n",
    "deep": DEEP + "\n",
    "another event": changed(BEGUN, event="started") + "\n",
    "another entry": changed(LINE, more=1) + "\n",
    "no date": changed(LINE, date="yesterday") + "\n",
    "NaN": LINE.replace("0.05", "NaN"),
    "a limit out of range": changed(LINE, limits=json.loads(LINE)["limits"] | {"max_missing_fraction": 7}) + "\n",
    "a rule that is none": changed(LINE, left_out={"t1": ["whim"]}) + "\n",
    "a number for a group": changed(LINE, groups={"t1": 1}) + "\n",
    "edited by hand": changed(LINE, primary="hidden.latency_s.mean") + "\n",
    "too many lines": BEGUN * 1001,
}


def put(content: str | bytes, path: Path) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("content", BAD_KEYS.values(), ids=BAD_KEYS)
def test_what_is_no_key_is_refused(content: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=r"k\.json"):
        load_key(put(content, tmp_path / "k.json"))


@pytest.mark.parametrize("content", BAD_LOGS.values(), ids=BAD_LOGS)
def test_what_is_no_log_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=r"l\.jsonl"):
        load_log(put(content, tmp_path / "l.jsonl"))


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match="Shorten"):
        save_text(" " * (MAX_BYTES + 1), tmp_path / "k.json")
    assert list(tmp_path.iterdir()) == []
