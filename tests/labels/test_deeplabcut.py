"""DeepLabCut tables: what is read, what is refused and in which words."""

import csv

import numpy as np
import pytest
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.deeplabcut import load_deeplabcut_csv, load_deeplabcut_labels, save_deeplabcut_csv

HEADER = ["scorer,me,me,me,me,me,me", "bodyparts,head,head,body,body,tail,tail", "coords,x,y,x,y,x,y"]


def make_picture(path, size=(64, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, 128).save(path)


def make_table(folder, *rows, header=HEADER, name="CollectedData_me.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([*header, *rows]) + "\n")
    return path


def test_reads_points_gaps_and_empty_frames(tmp_path):
    make_picture(tmp_path / "a.png")
    make_picture(tmp_path / "b.png")
    table = make_table(tmp_path, "a.png,1,2,3.5,4.5,,", "b.png,,,,,,")
    first, second = load_deeplabcut_csv(table)
    np.testing.assert_array_equal(first.instances[0].keypoints_xy, [[1, 2], [3.5, 4.5], [np.nan, np.nan]])
    assert first.instances[0].visibility.tolist() == [2, 2, 0]
    assert first.source == tmp_path / "a.png"
    assert first.frame_index is None
    assert second.instances == ()


def test_a_row_that_only_has_other_points_is_not_empty(tmp_path):
    for name in "ab":
        make_picture(tmp_path / f"{name}.png")
    header = [
        f"{line},{more},{more2}"
        for line, more, more2 in zip(HEADER, ("me", "ear", "x"), ("me", "ear", "y"), strict=True)
    ]
    loaded = load_deeplabcut_labels(make_table(tmp_path, "a.png,1,2,3,4,5,6,,", "b.png,,,,,,,7,8", header=header))
    assert [frame.source.name for frame in loaded.frames] == ["a.png"]
    assert loaded.left_out == (
        "Rows are left out (1): they only have points that the project has not, so they are not empty.",
    )
    with pytest.raises(MazetrackError, match="none of our points in any row"):
        load_deeplabcut_csv(make_table(tmp_path, "b.png,,,,,,,7,8", header=header))


@pytest.mark.parametrize(
    ("table_folder", "picture", "cell"),
    [
        (".", "a.png", "a.png"),
        (".", "film/a.png", "film/a.png"),
        (".", "a.png", "film/a.png"),  # the frames were put beside the table
        ("labeled-data/film", "labeled-data/film/a.png", "labeled-data/film/a.png"),
        ("labeled-data/film", "labeled-data/film/a.png", "labeled-data\\film\\a.png"),
        ("tables", "film/a.png", "film/a.png"),
    ],
)
def test_finds_pictures(tmp_path, table_folder, picture, cell):
    make_picture(tmp_path / picture)
    table = make_table(tmp_path / table_folder, f"{cell},1,2,3,4,5,6")
    assert load_deeplabcut_csv(table)[0].source == tmp_path / picture


def test_reads_names_over_three_columns(tmp_path):
    make_picture(tmp_path / "labeled-data" / "film" / "a.png")
    header = [line.replace(",", ",,,", 1) for line in HEADER]
    table = make_table(tmp_path / "labeled-data" / "film", "labeled-data,film,a.png,1,2,3,4,5,6", header=header)
    (frame,) = load_deeplabcut_csv(table)
    np.testing.assert_array_equal(frame.instances[0].keypoints_xy, [[1, 2], [3, 4], [5, 6]])


def test_renames_body_parts_and_leaves_others_out(tmp_path):
    make_picture(tmp_path / "a.png")
    header = [
        "scorer," + "me," * 7 + "me",
        "bodyparts,ear,ear,snout,snout,body,body,tailbase,tailbase",
        "coords,x,y,x,y,x,y,x,y",
    ]
    table = make_table(tmp_path, "a.png,9,9,1,2,3,4,5,6", header=header)
    (frame,) = load_deeplabcut_csv(table, rename={"snout": "head", "tailbase": "tail"})
    np.testing.assert_array_equal(frame.instances[0].keypoints_xy, [[1, 2], [3, 4], [5, 6]])
    with pytest.raises(
        MazetrackError, match=r"has no head, tail: its body parts are body, ear, snout, tailbase.*--map"
    ):
        load_deeplabcut_csv(table)
    with pytest.raises(MazetrackError, match="has no body part nose"):
        load_deeplabcut_csv(table, rename={"nose": "head"})


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["a.png,1,2,3,4,5,6"], ["time,x,y", "0,1,2", "1,1,2"], "no DeepLabCut table: its first three rows"),
        (["a.png,1,2"], [HEADER[0], "individuals,m,m", *HEADER[1:]], "multi-animal"),
        ([], HEADER, "names no picture"),
        (["nowhere.png,1,2,3,4,5,6"], HEADER, r"row 4: the picture nowhere.png is not there"),
        (["a.png,1,2,x,4,5,6"], HEADER, "row 4: 'x' is no coordinate"),
        (["a.png,1,2,inf,4,5,6"], HEADER, "infinite"),
        (["a.png,1,2,3,4,5,6", "a.png,1,2,3,4,90,6"], HEADER, r"row 5: the point \(90, 6\) lies outside of a.png"),
        (["a.png,1,-9,3,4,5,6"], HEADER, "lies outside"),
        (["../secret.png,1,2,3,4,5,6"], HEADER, "no picture's name"),
        (["text.png,1,2,3,4,5,6"], HEADER, "is no picture that can be read"),
    ],
)
def test_refuses_in_words(tmp_path, rows, header, message):
    make_picture(tmp_path / "a.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(MazetrackError, match=message):
        load_deeplabcut_csv(make_table(tmp_path, *rows, header=header))


def test_a_missing_table_and_a_picture_as_table(tmp_path):
    with pytest.raises(MazetrackError, match="does not exist"):
        load_deeplabcut_csv(tmp_path / "none.csv")
    make_picture(tmp_path / "a.png")
    with pytest.raises(MazetrackError, match=r"cannot be read as a CSV table|no DeepLabCut table"):
        load_deeplabcut_csv(tmp_path / "a.png")


def test_saved_tables_are_read_back(tmp_path):
    for name in ("a.png", "film/b.png", "=c.png"):
        make_picture(tmp_path / name)
    rows = ["a.png,1,2,3.25,4,,", "film/b.png,,,,,,", "./=c.png,1,2,3,4,5,6"]
    frames = load_deeplabcut_csv(make_table(tmp_path, *rows))
    save_deeplabcut_csv(frames, tmp_path / "out.csv")
    again = load_deeplabcut_csv(tmp_path / "out.csv")
    assert [f.source for f in again] == [f.source for f in frames]
    for a, b in zip(frames, again, strict=True):
        assert len(a.instances) == len(b.instances)
        for i, j in zip(a.instances, b.instances, strict=True):
            np.testing.assert_array_equal(i.keypoints_xy, j.keypoints_xy)
    with (tmp_path / "out.csv").open(newline="") as handle:
        assert not any(row[0].startswith("=") for row in csv.reader(handle))
    with pytest.raises(MazetrackError, match="exists already"):
        save_deeplabcut_csv(frames, tmp_path / "out.csv")


def test_reads_the_real_table(shared_data):
    folder = shared_data / "openfield_frames"
    frames = load_deeplabcut_csv(folder / "CollectedData_head_body_tail.csv")
    assert len(frames) == 93
    assert all(len(f.instances) == 1 and (f.instances[0].visibility == 2).all() for f in frames)
    np.testing.assert_allclose(frames[0].instances[0].keypoints_xy[0], [21.521, 265.428])
