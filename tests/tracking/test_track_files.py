from __future__ import annotations

import filecmp
import json
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.skeleton import Skeleton
from napari_mazetrack.tracking import track_csv, track_nc
from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.tracking.pipeline import TrackSettings, compute_track
from napari_mazetrack.tracking.track_files import load_detections_nc, load_track, save_track_csv, save_track_nc

COLUMNS = (
    "frame_index,time_s,animal,score,box_x0,box_y0,box_x1,box_y1,head_x,head_y,head_sigma_px,"
    "body_x,body_y,body_sigma_px,tail_x,tail_y,tail_sigma_px,source"
)
ARRAYS = ("score", "box_xyxy", "keypoints_xy", "sigma_px", "source", "raw_keypoints_xy", "raw_sigma_px")


@pytest.fixture
def track(instances_at, raw_from):
    """Two animals over forty frames: with a gap, a longer one, an unreadable frame and a corrected point."""
    frames = [instances_at([(100 + i, 100, 0), (300, 100 + i, 1)]) for i in range(40)]
    frames[0] = None
    frames[9] = frames[10] = instances_at([(110, 100, 0)])
    for i in range(20, 35):
        frames[i] = instances_at([(300, 100 + i, 1)])
    return compute_track(
        raw_from(frames),
        np.arange(40) / 30,
        TrackSettings(n_animals=2, max_gap_s=0.2),
        [SetKeypoint(15, 0, "head", 130.0, 101.0)],
        {"film_name": "pool.mp4", "film_width": 640, "warnings": ["cut off"], "fast": True, "note": "", "speed": 1.5},
    )


def assert_same(a, b, names=ARRAYS, atol=0.0):
    assert a.animals == b.animals
    assert a.skeleton.keypoints == b.skeleton.keypoints
    np.testing.assert_allclose(a.time_s, b.time_s, atol=1e-6 if atol else 0, rtol=0)
    for name in names:
        mine, other = getattr(a, name), getattr(b, name)
        assert mine.dtype == other.dtype, name
        np.testing.assert_allclose(mine, other, atol=atol, rtol=0, err_msg=name)


def test_netcdf_comes_back_exactly(track, tmp_path):
    path = tmp_path / "pool.tracks.nc"
    save_track_nc(track, path)
    back = load_track(path)
    assert_same(track, back)
    assert back.attributes == track.attributes
    assert back.skeleton == track.skeleton


def test_csv_comes_back_to_its_last_digit(track, tmp_path):
    path = tmp_path / "pool.tracks.csv"
    save_track_csv(track, path)
    back = load_track(path)
    assert_same(track, back, ("score", "box_xyxy", "keypoints_xy", "sigma_px", "source"), atol=6e-4)
    again = tmp_path / "again.csv"
    save_track_csv(back, again)
    assert filecmp.cmp(again, path, shallow=False)


def test_csv_stands_as_promised(track, tmp_path):
    path = tmp_path / "a.csv"
    save_track_csv(track, path)
    lines = path.read_text().splitlines()
    assert lines[0] == COLUMNS
    assert lines[1] == "0,0.000000,animal_1" + "," * 15 + "missing"
    rows = [line.split(",") for line in lines[1:]]
    assert [(int(r[0]), r[2]) for r in rows] == [(i, f"animal_{a}") for i in range(40) for a in (1, 2)]
    corrected = [r for r in rows if r[-1] == "corrected"]
    assert [r[0] for r in corrected] == ["15"]
    assert abs(float(corrected[0][8]) - 130) < 1
    assert {r[-1] for r in rows} == {"missing", "detected", "interpolated", "corrected"}
    assert all(set(r[3:-1]) == {""} for r in rows if r[-1] == "missing")


@pytest.mark.parametrize(("save", "name"), [(save_track_csv, "a.csv"), (save_track_nc, "a.nc")])
def test_the_same_track_gives_the_same_bytes_and_nothing_is_overwritten(track, tmp_path, save, name):
    path = tmp_path / name
    save(track, path)
    before = path.read_bytes()
    with pytest.raises(MazetrackError, match="exists already"):
        save(track, path)
    assert path.read_bytes() == before
    save(track, path, overwrite=True)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_netcdf_is_a_movement_poses_data_set(track, tmp_path):
    path = tmp_path / "a.nc"
    save_track_nc(track, path)
    with xr.open_dataset(path) as dataset:
        assert dataset.position.dims == ("time", "space", "keypoints", "individuals")
        assert dataset.confidence.dims == ("time", "keypoints", "individuals")
        assert list(dataset.space.values) == ["x", "y"]
        assert list(dataset.keypoints.values) == ["head", "body", "tail"]
        assert list(dataset.individuals.values) == ["animal_1", "animal_2"]
        assert dataset.attrs["ds_type"] == "poses"
        assert dataset.attrs["time_unit"] == "seconds"
        assert dataset.attrs["source_software"] == "napari-mazetrack"
        assert dataset.attrs["fps"] == pytest.approx(30)
        assert dataset.attrs["film_id"] == "f" * 32
        np.testing.assert_array_equal(
            dataset.position.sel(keypoints="head", individuals="animal_2", space="y"), track.keypoints_xy[:, 1, 0, 1]
        )
        assert {"sigma", "raw_position", "raw_sigma", "box", "source"} <= set(dataset.data_vars)


def test_a_track_is_written_without_xarray_and_pandas(track, tmp_path):
    """Loading these takes as much memory as tracking a film."""
    save_track_csv(track, tmp_path / "a.csv")
    script = (
        "import sys; from pathlib import Path\n"
        "from napari_mazetrack.tracking.track_files import load_track, save_track_nc\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "save_track_nc(load_track(folder / 'a.csv'), folder / 'a.nc')\n"
        "sys.exit(', '.join({'xarray', 'pandas'} & set(sys.modules)) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert load_track(tmp_path / "a.nc").n_frames == track.n_frames


@pytest.mark.parametrize(("save", "name"), [(save_track_csv, "a.csv"), (save_track_nc, "a.nc")])
def test_another_skeleton_is_kept(track, tmp_path, save, name):
    skeleton = Skeleton(("nose", "neck", "rump"), ((0, 1), (1, 2)), 0, 1, 2)
    save(replace(track, skeleton=skeleton), tmp_path / name)
    assert load_track(tmp_path / name).skeleton == skeleton


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.integers(0, 79), column=st.integers(0, 17), cell=st.text(max_size=12))
def test_any_damaged_cell_is_read_as_it_is_or_refused(track, tmp_path, line, column, cell):
    path = tmp_path / "a.csv"
    save_track_csv(track, path, overwrite=True)
    rows = [row.split(",") for row in path.read_text().splitlines()]
    rows[line + 1][column] = cell
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8", errors="surrogatepass")
    try:
        back = load_track(path)
    except MazetrackError:
        return
    assert back.n_frames == 40
    assert np.isfinite(back.time_s).all()
    assert (np.diff(back.time_s) >= 0).all()


def with_cell(column, value, row=5):
    def damage(lines):
        cells = lines[row].split(",")
        return [*lines[:row], ",".join([*cells[:column], value, *cells[column + 1 :]]), *lines[row + 1 :]]

    return damage


DAMAGES = {
    "empty": lambda lines: [],
    "other columns": lambda lines: ["time_s,x,y", "0,1,2"],
    "column renamed": lambda lines: [lines[0].replace("head_x", "snout"), *lines[1:]],
    "only the header": lambda lines: lines[:1],
    "a row twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "a row missing": lambda lines: [*lines[:4], *lines[5:]],
    "last row missing": lambda lines: lines[:-1],
    "time backward": lambda lines: with_cell(1, "9", 5)(with_cell(1, "9", 6)(lines)),
    "two times for a frame": with_cell(1, "0.07"),
    "time missing": with_cell(1, ""),
    "no number": with_cell(9, "left"),
    "infinite": with_cell(9, "inf"),
    "python's own digits": with_cell(9, "1_0"),
    "unknown source": with_cell(17, "guessed"),
    "short row": lambda lines: [*lines[:5], "1,2,3"],
    "a formula as a name": lambda lines: [line.replace("animal_1", "=cmd()") for line in lines],
    "unclosed quote": lambda lines: [*lines[:5], '"' + lines[5], *lines[6:]],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_table_is_refused(track, tmp_path, damage):
    path = tmp_path / "a.csv"
    save_track_csv(track, path)
    path.write_text("\n".join(damage(path.read_text().splitlines())))
    with pytest.raises(MazetrackError):
        load_track(path)


def test_what_is_no_text_or_no_track_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x01" * 50)
    (tmp_path / "b.csv").write_bytes(b"\x00" * 500)
    (tmp_path / "c.nc").write_bytes(b"CDF\x01 not ours")
    (tmp_path / "d.nc").write_bytes(b"")
    (tmp_path / "e.txt").write_text("hello")
    (tmp_path / "f.nc").mkdir()
    for name in ("a.csv", "b.csv", "c.nc", "d.nc", "e.txt", "f.nc", "nothing.csv"):
        with pytest.raises(MazetrackError):
            load_track(tmp_path / name)


def test_animals_named_like_formulas_are_not_written(track, tmp_path):
    for name in ("=1+1", "@x", "a,b", "", "two\nlines"):
        with pytest.raises(MazetrackError, match="name"):
            save_track_csv(replace(track, animals=("a", name)), tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def change(name, edit):
    def apply(file):
        values = file[name][()]
        del file[name]
        file[name] = edit(values)

    return apply


def attribute(name, value):
    def apply(file):
        file.attrs[name] = value

    return apply


def external_link(file):
    del file["position"]
    file["position"] = h5py.ExternalLink("/etc/hostname", "/x")


def soft_link(file):
    del file["sigma"]
    file["sigma"] = h5py.SoftLink("/raw_sigma")


def external_storage(file):
    shape = file["position"].shape
    del file["position"]
    file.create_dataset("position", shape, "f8", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])


def virtual_storage(file):
    shape = file["position"].shape
    del file["position"]
    layout = h5py.VirtualLayout(shape, "f8")
    layout[:] = h5py.VirtualSource("/elsewhere.nc", "position", shape)
    file.create_virtual_dataset("position", layout)


def bomb(file):
    del file["time"]
    file.create_dataset("time", (1 << 40,), "f8", chunks=(1 << 16,), compression="gzip")


@pytest.mark.parametrize(
    "damage",
    [
        attribute("ds_type", "bboxes"),
        attribute("source_software", "SLEAP"),
        attribute("ds_type", 3),
        attribute("skeleton", "{}"),
        attribute("skeleton", "nonsense"),
        attribute("attributes_json", "[1]"),
        lambda file: file.attrs.__delitem__("skeleton"),
        lambda file: file.__delitem__("position"),
        change("time", lambda t: t[::-1]),
        change("time", lambda t: t * np.nan),
        change("time", lambda t: t[:-1]),
        change("source", lambda s: s + 9),
        change("source", lambda s: s.astype("i8")),
        change("position", lambda p: p[..., 0]),
        change("position", lambda p: p.astype("f4")),
        change("individuals", lambda _: np.array([b"a"])),
        change("keypoints", lambda _: np.array([b"a", b"b", b"c"])),
        external_link,
        soft_link,
        external_storage,
        virtual_storage,
        bomb,
    ],
)
def test_a_foreign_or_damaged_netcdf_is_refused(track, tmp_path, damage):
    path = tmp_path / "a.nc"
    save_track_nc(track, path)
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(MazetrackError):
        load_track(path)


def test_a_file_beyond_the_caps_is_refused(track, tmp_path, monkeypatch):
    save_track_nc(track, tmp_path / "a.nc")
    save_track_csv(track, tmp_path / "a.csv")
    monkeypatch.setattr(track_nc, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr(track_csv, "MAX_BYTES", 100)
    for name in ("a.nc", "a.csv"):
        with pytest.raises(MazetrackError, match="larger"):
            load_track(tmp_path / name)


def test_too_many_rows_are_refused(track, tmp_path, monkeypatch):
    save_track_csv(track, tmp_path / "a.csv")
    monkeypatch.setattr(track_csv, "MAX_ROWS", 10)
    with pytest.raises(MazetrackError, match="more than 10 rows"):
        load_track(tmp_path / "a.csv")


def test_an_attribute_that_does_not_fit_is_told(track, tmp_path):
    long = replace(track, attributes={"warnings": ["x" * 70_000]})
    with pytest.raises(MazetrackError, match="too long"):
        save_track_nc(long, tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_a_track_of_no_frames_is_saved_as_netcdf(track, tmp_path):
    empty = replace(track, time_s=track.time_s[:0], **{name: getattr(track, name)[:0] for name in ARRAYS})
    save_track_nc(empty, tmp_path / "a.nc")
    assert load_track(tmp_path / "a.nc").n_frames == 0
    assert json.loads(track.attributes["settings"])["n_animals"] == 2


@pytest.fixture
def raw(instances_at, raw_from):
    """Detections of twelve frames: none, one or two animals, and a frame that could not be read."""
    frames = [instances_at([(100 + i, 100, 0), (300, 100 + i, 1)][: i % 3]) for i in range(12)]
    frames[7] = None
    return raw_from(frames)


def test_detections_come_back_exactly(raw, tmp_path):
    time_s = np.arange(12) / 25
    track = compute_track(raw, time_s, TrackSettings())
    save_track_nc(track, tmp_path / "a.nc", detections=raw)
    back = load_detections_nc(tmp_path / "a.nc")
    assert back.header == raw.header
    assert back.is_complete
    np.testing.assert_array_equal(back.count, raw.count)
    for name in ("score", "box_xyxy", "keypoints_xy", "sigma_px"):
        mine = getattr(raw.instances, name)
        assert getattr(back.instances, name).dtype == mine.dtype
        np.testing.assert_array_equal(getattr(back.instances, name), mine)
    assert_same(load_track(tmp_path / "a.nc"), track)
    assert_same(compute_track(back, time_s, TrackSettings()), track)


def test_a_track_without_its_detections_says_so(track, tmp_path):
    save_track_nc(track, tmp_path / "a.nc")
    with pytest.raises(MazetrackError, match="lacks its detections"):
        load_detections_nc(tmp_path / "a.nc")


@pytest.mark.parametrize("harm", ["count", "shape", "header"])
def test_damaged_detections_are_refused(raw, tmp_path, harm):
    save_track_nc(compute_track(raw, np.arange(12) / 25, TrackSettings()), tmp_path / "a.nc", detections=raw)
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        if harm == "count":
            file["detected_count"][3] = 99
        elif harm == "shape":
            del file["detected_sigma"]
            file["detected_sigma"] = np.zeros((12, 2, 1), np.float32)
        else:
            file.attrs["detections_header"] = "{}"
    with pytest.raises(MazetrackError, match="damaged"):
        load_detections_nc(tmp_path / "a.nc")


def test_a_folder_is_no_track(tmp_path):
    with pytest.raises(MazetrackError, match="Name the tracks in it"):
        load_track(tmp_path)
