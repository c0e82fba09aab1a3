"""One swim in the layouts of several programs: 1 s at 5 samples a second along x, lost in the third sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
from napari_mazetrack.workflows.recordings import load_recordings

NAN = float("nan")
TIME_S = np.array([0.0, 0.2, 0.4, 0.6, 0.8])
XY_CM = np.array([[-12.5, 40.0], [-8.25, 40.0], [NAN, NAN], [0.25, 40.5], [4.5, 41.0]])
HEAD_CM = XY_CM + np.array([3.0, 0.5])


def rows(delimiter: str, *columns: np.ndarray, comma: bool = False, missing: str = "-") -> str:
    """Write columns as lines of a table."""
    lines = []
    for values in zip(*columns, strict=True):
        cells = [
            missing if isinstance(v, float) and np.isnan(v) else v if isinstance(v, str) else f"{v:g}" for v in values
        ]
        lines.append(delimiter.join(cell.replace(".", ",") if comma else cell for cell in cells))
    return "\n".join(lines) + "\n"


def ethovision(delimiter: str = ";", *, comma: bool = False, units: str = "cm", scale: float = 1.0) -> str:
    """Write an export as EthoVision XT lays it out: facts, names, units, samples, a delimiter at each end."""
    facts = [
        ("Experiment", "Pool 3, spring"), ("System Independent Variable",), ("Trial name", "Trial     12"),
        ("Start time", "02/03/2024 10:04:10"), ("Recording duration", "00:00:01"), ("Subject not found", "20.0 %"),
        ("User-defined Independent Variable",), ("Day", "6"), ("",),
    ]  # fmt: skip
    names = (
        "Trial time",
        "Recording time",
        "X center",
        "Y center",
        "X nose",
        "Y nose",
        "Area",
        "In zone(Platform / X)",
    )
    header = [("Number of header lines:", str(len(facts) + 3)), *facts, names]
    header.append(("s", "s", units, units, units, units, f"{units}²", ""))
    lines = [delimiter.join(f'"{cell}"' for cell in cells) + delimiter for cells in header]
    xy, head = XY_CM / scale, HEAD_CM / scale
    samples = rows(delimiter, TIME_S, TIME_S, *xy.T, *head.T, np.full(5, 20.5), np.zeros(5), comma=comma)
    return "\n".join(lines) + "\n" + samples.replace("\n", delimiter + "\n")


OLD_ETHOVISION = (
    "Track file,C:\\data\\track_00012.trk\nObject,0\nSamples,5\nName,9,\nSample no.,Time,X,Y,Area,Distance moved\n"
    + rows(",", np.arange(1.0, 6.0), TIME_S, *XY_CM.T, np.full(5, 133.0), np.full(5, NAN))
)
CLOCK = np.array([f"0:00:0{seconds:.3f}" for seconds in TIME_S])
ANY_MAZE = "Time,Centre position X,Centre position Y,In Platform\n" + rows(
    ",", CLOCK, *XY_CM.T, np.zeros(5), missing=""
)
ANY_MAZE_HEAD = (
    '"Time";"Center position X (mm)";"Center position Y (mm)";"Head position X (mm)";"Head position Y (mm)"\n'
    + rows(";", TIME_S, *(10 * XY_CM).T, *(10 * HEAD_CM).T, comma=True, missing="#N/A")
)
#: By name: the file's text, its encoding, its units, and whether it has the head.
LAYOUTS = {
    "ethovision": (ethovision(), "latin-1", "cm", True),
    "ethovision, unicode": (ethovision(), "utf-16", "cm", True),
    "ethovision, utf-8 and tabs": (ethovision("\t"), "utf-8-sig", "cm", True),
    "ethovision, commas between": (ethovision(","), "utf-8", "cm", True),
    "ethovision, decimal commas": (ethovision(comma=True), "utf-16", "cm", True),
    "ethovision in mm": (ethovision(units="mm", scale=0.1), "latin-1", "cm", True),
    "ethovision in pixels": (ethovision(units="px"), "latin-1", "px", True),
    "ethovision 3": (OLD_ETHOVISION, "utf-8", "", False),
    "any-maze, clock": (ANY_MAZE, "utf-8", "", False),
    "any-maze, seconds, decimal commas, head": (ANY_MAZE_HEAD, "utf-16", "cm", True),
    "ours": ("time_s,x_cm,y_cm\n" + rows(",", TIME_S, *XY_CM.T, missing=""), "utf-8", "cm", False),
    "windows line ends": (ANY_MAZE.replace("\n", "\r\n"), "utf-8", "", False),
}


@pytest.mark.parametrize(("text", "encoding", "units", "has_head"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_swim(tmp_path: Path, text: str, encoding: str, units: str, has_head: bool) -> None:
    path = tmp_path / "Raw data-Pool 3-Trial    12.txt"
    path.write_bytes(text.encode(encoding))
    (recording,) = load_recordings(path)
    np.testing.assert_allclose(recording.time_s, TIME_S, rtol=0, atol=1e-12)
    np.testing.assert_allclose(recording.xy, XY_CM, rtol=1e-12)
    assert recording.units == units
    assert (recording.stem, recording.animal) == ("Raw data-Pool 3-Trial    12", "")
    assert (recording.head_xy is not None) == has_head
    if recording.head_xy is not None:
        np.testing.assert_allclose(recording.head_xy, HEAD_CM, rtol=1e-12)


@pytest.mark.parametrize(
    ("clock", "seconds"), [("1:02:03.5", 3723.5), ("02:03.5", 123.5), ("0:00:07.250", 7.25), ("123.5", 123.5)]
)
def test_clock_times_are_seconds(tmp_path: Path, clock: str, seconds: float) -> None:
    for text in (f"Time,X,Y\n{clock},1,2\n", f"Time;X;Y\n{clock.replace('.', ',')};1;2\n"):
        (tmp_path / "a.csv").write_text(text)
        assert load_recordings(tmp_path / "a.csv")[0].time_s == [seconds]


def test_positions_without_times_need_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "hvs.txt"
    path.write_text("x\ty\n" + rows("\t", *XY_CM.T))
    with pytest.raises(MazetrackError, match="--fps"):
        load_recordings(path)
    (recording,) = load_recordings(path, fps=5.0)
    np.testing.assert_allclose(recording.time_s, TIME_S)


def test_a_table_that_counts_frames_keeps_the_time_of_those_that_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "frames.csv"
    path.write_text("frame,x,y\n10,1,2\n12,1,3\n13,2,3\n")
    with pytest.raises(MazetrackError, match="--fps"):
        load_recordings(path)
    (recording,) = load_recordings(path, fps=10.0)
    np.testing.assert_allclose(recording.time_s, [1.0, 1.2, 1.3])


def test_an_export_measures_as_our_own_table_does(tmp_path: Path) -> None:
    pool, platform = Ellipse(0.0, 35.0, 60.0, 60.0), Platform("circle", 4.5, 41.0, 2.0)
    save_arena(Arena(pool, units="cm", y_axis="up", platforms={"p": platform}), tmp_path / "arena.json")
    names = {"export.txt": ethovision(comma=True), "own.csv": "time_s,x_cm,y_cm\n" + rows(",", TIME_S, *XY_CM.T)}
    for name, text in names.items():
        (tmp_path / name).write_text(text, encoding="utf-16" if "export" in name else "utf-8")
    kind = {"kind": TrialKind.HIDDEN, "arena": tmp_path / "arena.json"}
    request = MeasureRequest(tuple(tmp_path / name for name in names), tmp_path / "out.csv", **kind)
    exported, own = (dict(row) for row in run_to_end(measure_tracks(request)).rows)
    assert (own["end_reason"], own["reached_platform"]) == ("escaped", True)
    assert exported.pop("head_turn_deg") == pytest.approx(0.0, abs=1e-9)
    differing = {name for name, value in own.items() if value == value and exported[name] != value}
    assert differing == {"trial", "film"}


BAD = {
    "workbook.xlsx": (b"PK\x03\x04", "Excel workbook"),
    "pool.hvs": (b"\x00\x01", "text with columns x and y"),
    "binary.csv": (b"\xff\x00\x81\x00", "not UTF-8"),
    "cut short.txt": ("time_s,x,y\n".encode("utf-16")[:-1], "not UTF-8"),
    "side by side.csv": (b"X,Y,T,X,Y,T\n1,2,0,3,4,0\n", "more than once"),
    "inches.txt": (ethovision(units="inch").encode(), "'inch'"),
    "mixed units.csv": (b"time_s,x_cm,y (mm)\n0,1,2\n", "all in pixels or in centimetres"),
    "minutes.txt": (ethovision().replace('"s";"s"', '"min";"min"').encode(), "seconds"),
    "no clock.csv": (ANY_MAZE.replace("0:00:00.400", "0:soon").encode(), "Line 4"),
    "two clocks.csv": (ANY_MAZE.replace("0:00:00.400", "0:00:00:400").encode(), "Line 4"),
    "names alone.txt": ("\n".join(ethovision().splitlines()[:8]).encode(), "time_s, x and y"),
}


@pytest.mark.parametrize(("name", "content", "words"), [(name, *case) for name, case in BAD.items()], ids=BAD)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MazetrackError, match=words):
        load_recordings(tmp_path / name)
