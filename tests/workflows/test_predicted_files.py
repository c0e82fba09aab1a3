"""One swim in the files of other programs' models: 5 frames, two points, the third frame lost."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.workflows.pickled_names import read_pickled_names
from napari_mazetrack.workflows.recordings import load_recordings

NAN = float("nan")
FPS = 5.0
BODY = np.array([[100.0, 40.0], [110.0, 41.0], [NAN, NAN], [130.0, 43.0], [140.0, 44.0]])
HEAD = BODY + 5.0
COLUMNS = [("net", point, coord) for point in ("Center", "head") for coord in ("x", "y", "likelihood")]
#: The lost frame has positions there, but an unlikely one.
TABLE = np.concatenate([np.c_[np.nan_to_num(xy, nan=9.0), [1, 1, 0.1, 1, 1]] for xy in (BODY, HEAD)], axis=1)


def write_fixed(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        group.attrs.update(pandas_type=np.bytes_("frame"), nblocks=1, axis0_nlevels=3)
        for level, names in enumerate(zip(*COLUMNS, strict=True)):
            words = sorted(set(names))
            group[f"axis0_level{level}"] = np.array(words, "S")
            group[f"axis0_label{level}"] = np.array([words.index(name) for name in names], np.int8)
        group["axis1"] = np.arange(5)
        group["block0_values"] = TABLE


def write_table(path: Path, protocol: int = 0, names: object = None) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        pickled = pickle.dumps([(1, COLUMNS)] if names is None else names, protocol)
        group.attrs.update(pandas_type=np.bytes_("frame_table"), non_index_axes=np.void(pickled))
        table = np.zeros(5, [("index", np.int64), ("values_block_0", np.float64, (6,))])
        table["index"], table["values_block_0"] = np.arange(5), TABLE
        group["table"] = table


def write_table_as_text(path: Path) -> None:
    write_table(path)
    with h5py.File(path, "a") as file:
        file["df_with_missing"].attrs["non_index_axes"] = np.bytes_(pickle.dumps([(1, COLUMNS)], 0))


def write_analysis(path: Path, *, python_order: bool = False) -> None:
    xy = np.stack([BODY, HEAD], axis=1)[:, None]  # frames, tracks, nodes, xy
    with h5py.File(path, "w") as file:
        file["tracks"] = xy if python_order else xy.transpose(1, 3, 2, 0)
        file["node_names"] = np.array(["Center", "head"], "S")
        file["track_names"] = np.array(["track_0"], "S")
        file["video_path"] = "C:\\films\\swim.mp4"


def write_slp(path: Path) -> None:
    sleap = pytest.importorskip("sleap_io")
    nodes, video = sleap.Skeleton(["Center", "head"]), sleap.Video("films/swim.mp4", open_backend=False)
    frames = []
    for i in (0, 1, 3, 4):
        points = np.stack([BODY[i], HEAD[i]])
        # In frame 1 a person put right what was predicted.
        predicted = sleap.PredictedInstance.from_numpy(points + 7.0 * (i == 1), skeleton=nodes, score=1.0)
        own = [sleap.Instance.from_numpy(points, skeleton=nodes, from_predicted=predicted)] if i == 1 else []
        frames.append(sleap.LabeledFrame(video=video, frame_idx=i, instances=[predicted, *own]))
    sleap.Labels(frames, videos=[video], skeletons=[nodes]).save(str(path), verbose=False)


WRITERS = {
    "swimDLC_net.h5": write_fixed,
    "swimDLC_table.h5": write_table,
    "swimDLC_text.h5": write_table_as_text,
    "swimDLC_new.h5": lambda path: write_table(path, protocol=4),
    "a.analysis.h5": write_analysis,
    "b.analysis.h5": lambda path: write_analysis(path, python_order=True),
    "c.slp": write_slp,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_is_the_same_swim(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    (recording,) = load_recordings(tmp_path / name, fps=FPS)
    assert (recording.stem, recording.animal, recording.units) == ("swim", "", "px")
    np.testing.assert_allclose(recording.time_s, np.arange(5) / FPS)
    np.testing.assert_allclose(recording.xy, BODY, atol=1e-6)
    assert recording.head_xy is not None
    np.testing.assert_allclose(recording.head_xy, HEAD, atol=1e-6)
    (head,) = load_recordings(tmp_path / name, fps=FPS, point="head")
    np.testing.assert_allclose(head.xy, HEAD, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "film"), [("swimDLC_net.h5", "swim"), ("DLC_m1DLC_net.h5", "DLC_m1"), ("swim.h5", "swim")]
)
def test_a_film_may_be_called_as_a_scorer_is(tmp_path: Path, name: str, film: str) -> None:
    write_fixed(tmp_path / name)
    assert load_recordings(tmp_path / name, fps=FPS)[0].stem == film


def test_animals_with_tracks_are_told_apart(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "two.analysis.h5", "w") as file:
        file["tracks"] = np.stack([BODY, BODY + 50]).transpose(0, 2, 1)[:, :, None]
        file["node_names"], file["track_names"] = np.array(["body"], "S"), np.array(["a", "b"], "S")
    recordings = load_recordings(tmp_path / "two.analysis.h5", fps=FPS)
    assert [r.animal for r in recordings] == ["a", "b"]
    assert recordings[0].stem == "two"
    np.testing.assert_allclose(recordings[1].xy - recordings[0].xy, np.where(np.isnan(BODY), NAN, 50.0))


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self):
        return Path.touch, (self.made,)


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "made"
    write_table(tmp_path / "badDLC.h5", names=Malicious(made))
    with pytest.raises(MazetrackError, match="not plain names"):
        load_recordings(tmp_path / "badDLC.h5", fps=FPS)
    assert not made.exists()


@pytest.mark.parametrize("value", [5, [], [(1, 5)], [(1, [(1, 2)])], "text"])
def test_pickled_columns_are_names(value: object) -> None:
    with pytest.raises(ValueError, match=r"columns|unpack"):
        read_pickled_names(pickle.dumps(value))


def link_elsewhere(path: Path) -> None:
    write_fixed(path.with_name("other.h5"))
    with h5py.File(path, "w") as file:
        file["df"] = h5py.ExternalLink("other.h5", "/df")


def shapes_that_do_not_fit(path: Path) -> None:
    write_analysis(path)
    with h5py.File(path, "a") as file:
        del file["node_names"]
        file["node_names"] = np.array(["a", "b", "c"], "S")


def no_names_for_columns(path: Path) -> None:
    write_fixed(path)
    with h5py.File(path, "a") as file:
        file["df/axis0_label1"][0] = 7


def huge_frame_number(path: Path) -> None:
    write_slp(path)
    with h5py.File(path, "a") as file:
        frames = file["frames"][()]
        frames["frame_idx"][-1] = 10**12
        file["frames"][...] = frames


BAD = {
    "nothing.h5": (lambda _: None, "does not exist"),
    "text.h5": (lambda path: path.write_text("no hdf5"), "no DeepLabCut table or SLEAP analysis file"),
    "text.slp": (lambda path: path.write_text("no hdf5"), "cannot be read as a SLEAP file"),
    "empty.h5": (lambda path: h5py.File(path, "w").close(), "neither a pandas table nor SLEAP's tracks"),
    "link.h5": (link_elsewhere, "lies elsewhere"),
    "link.slp": (link_elsewhere, "lies elsewhere"),
    "shapes.h5": (shapes_that_do_not_fit, "does not fit its names"),
    "names.h5": (no_names_for_columns, "columns have no names"),
    "huge.slp": (huge_frame_number, "says that its film has"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_one_sentence_and_exit_1(tmp_path: Path, name: str) -> None:
    write, words = BAD[name]
    write(tmp_path / name)
    with pytest.raises(MazetrackError, match=words):
        load_recordings(tmp_path / name, fps=FPS)


def test_the_rate_and_the_point_are_asked_for(tmp_path: Path) -> None:
    write_analysis(tmp_path / "a.h5")
    with pytest.raises(MazetrackError, match="--fps"):
        load_recordings(tmp_path / "a.h5")
    with pytest.raises(MazetrackError, match=r"Center, head.*--point"):
        load_recordings(tmp_path / "a.h5", fps=FPS, point="nose")


def test_the_command_measures_them(tmp_path: Path) -> None:
    write_fixed(tmp_path / "swimDLC_net.h5")
    save_arena(
        Arena(Ellipse(120, 60, 60, 60), "px", 120.0, platforms={"p": Platform("circle", 150, 90, 5)}),
        tmp_path / "arena.json",
    )
    arguments = [tmp_path / "swimDLC_net.h5", "--arena", tmp_path / "arena.json", "--kind", "hidden", "--fps", FPS]
    done = CliRunner().invoke(app, ["measure", *map(str, arguments), "--out", str(tmp_path / "m.csv")])
    assert done.exit_code == 0, done.output
    assert "path 40 cm" in done.output


def test_real_files(shared_data: Path) -> None:
    folder = shared_data / "interop"
    if not folder.is_dir():
        pytest.skip("no interop files")
    (table,) = load_recordings(folder / "testDLC_h5_table.h5", fps=25, point="Nose")
    np.testing.assert_allclose(table.xy[0], [321.786407, 279.994415], atol=1e-5)
    assert len(table.xy) == 100
    (analysis,) = load_recordings(folder / "testDLC_sleap.analysis.h5", fps=25)
    assert np.isfinite(analysis.xy).all(axis=1).sum() == 101
    pytest.importorskip("sleap_io")
    (slp,) = load_recordings(folder / "testDLC_sleap.slp", fps=25)
    assert slp.stem == analysis.stem == "test2DLC_video_circular_arena"
    np.testing.assert_allclose(slp.xy, analysis.xy, atol=0.51)  # SLEAP before 1.3 counted pixels from their corner
