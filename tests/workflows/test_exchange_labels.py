"""Labels go out to other programs and come back the same; what cannot be taken in is told and changes nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import LabelOrigin, LabelRecord, Project
from napari_mazetrack.video import open_film
from napari_mazetrack.workflows.exchange_labels import export_labels, find_conflicts, import_labels, read_labels

POINTS = np.array([[30.25, 20.5], [24.0, 20.125], [18.0, 20.0]])


def animal(shift: float = 0.0, *, hidden: int | None = None) -> LabelledInstance:
    points, visibility = POINTS + shift, np.full(3, 2, np.uint8)
    if hidden is not None:
        points[hidden], visibility[hidden] = np.nan, 1
    return LabelledInstance(points, visibility)


@pytest.fixture
def films(write_blob_film: Callable, tmp_path: Path) -> list[Path]:
    """Two films of one name in two folders."""
    for folder in ("day1", "day2"):
        (tmp_path / folder).mkdir()
    first = write_blob_film(tmp_path / "day1" / "pool.mp4", n_frames=12)
    return [first, write_blob_film(tmp_path / "day2" / "pool.mp4", n_frames=9, hw=(80, 96))]


@pytest.fixture
def project(films: list[Path], tmp_path: Path) -> Path:
    """Labels of both: whole, with a hidden tail, and an empty frame."""
    path = tmp_path / "labels.mazetrack"
    with Project.create(path) as made:
        for film_path in films:
            with open_film(film_path) as film:
                made.add_film(film)
            made.labels.put(LabelRecord(film.film_id, 3, (animal(),)))
            made.labels.put(LabelRecord(film.film_id, 5, (animal(2.0, hidden=2),)))
            made.labels.put(LabelRecord(film.film_id, 8, ()))
    return path


def points_of(path: Path) -> list[np.ndarray]:
    """All labelled points [n, 2] of a project, in an order that does not depend on names."""
    with Project.open(path, read_only=True) as project:
        points = [
            np.concatenate([i.keypoints_xy for i in label.instances] or [np.zeros((0, 2))]) for label in project.labels
        ]
    return sorted(points, key=lambda p: (len(p), np.isnan(p).sum(), p.tolist()))


def assert_same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_a_point_without_a_place_is_no_point_to_other_programs(project: Path, tmp_path: Path) -> None:
    """COCO's flag 1 needs a place: without one it would be read as a point at 0, 0."""
    with Project.open(project, read_only=False) as ours:
        film_id = next(iter(ours.films)).film_id
        unseen = LabelledInstance(np.full((3, 2), np.nan), np.ones(3, np.uint8))
        ours.labels.put(LabelRecord(film_id, 7, (unseen,)))
        ours.labels.put(LabelRecord(film_id, 8, (unseen, animal())))
    out = tmp_path / "labels.json"
    assert run_to_end(export_labels(project, out)).n_frames == 6  # not frame 7: it is not empty either
    found = [annotation["keypoints"] for annotation in json.loads(out.read_text())["annotations"]]
    assert len(found) == 5
    assert sorted(keypoints[8] for keypoints in found) == [0, 0, 2, 2, 2]
    assert all(keypoints[6:] == [0, 0, 0] for keypoints in found if keypoints[8] == 0)


@pytest.mark.parametrize("ending", ["csv", "json", "slp"])
def test_labels_come_back_as_they_went_out(project: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / "out" / f"labels.{ending}"
    assert run_to_end(export_labels(project, out)).n_frames == 6
    again = tmp_path / "again.mazetrack"
    n_empty_lost = 2 if ending == "slp" else 0  # a frame without instances is not a user's frame there
    outcome = run_to_end(import_labels(out, again))
    assert (outcome.n_added, outcome.n_films) == (6 - n_empty_lost, 2 if ending == "slp" else 6)
    assert_same(points_of(project)[n_empty_lost:], points_of(again))
    with Project.open(again, read_only=True) as imported:
        assert {label.origin for label in imported.labels} == {LabelOrigin.IMPORTED}


@pytest.mark.parametrize("ending", ["csv", "json", "slp"])
def test_a_second_import_changes_nothing(project: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"labels.{ending}"
    again = tmp_path / "again.mazetrack"
    run_to_end(export_labels(project, out))
    run_to_end(import_labels(out, again))
    with Project.open(again, read_only=True) as imported:
        n_labels = len(imported.labels)
    outcome = run_to_end(import_labels(out, again))
    assert (outcome.n_added, outcome.n_replaced, outcome.n_same) == (0, 0, n_labels)


def test_one_undo_takes_the_labels_back_and_keeps_the_films(project: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "labels.json", tmp_path / "again.mazetrack"
    run_to_end(export_labels(project, out))
    run_to_end(import_labels(out, again))
    with Project.open(again) as imported:
        imported.undo(keep_films=True)
        assert (len(imported.labels), len(imported.films)) == (0, 6)


def test_labels_that_say_something_else_are_replaced_only_when_asked(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels.slp"
    run_to_end(export_labels(project, out))
    with Project.open(project) as ours:
        label = next(iter(ours.labels))
        ours.labels.put(LabelRecord(label.film_id, label.frame_index, (animal(7.0),)))
    before = points_of(project)
    with pytest.raises(MazetrackError, match=r"1 frames of labels\.slp are labelled otherwise.*--force"):
        run_to_end(import_labels(out, project))
    assert_same(before, points_of(project))
    assert run_to_end(import_labels(out, project, replace_existing=True)).n_replaced == 1
    with Project.open(project) as ours:
        ours.undo()
    assert_same(before, points_of(project))


def test_several_animals_and_drawn_boxes_go_through_coco(films: list[Path], tmp_path: Path) -> None:
    path, box = tmp_path / "two.mazetrack", np.array([10.0, 12.0, 40.0, 30.0])
    with Project.create(path) as made, open_film(films[0]) as film:
        made.add_film(film)
        boxed = LabelledInstance(POINTS, np.array([2, 1, 2], np.uint8), box)
        made.labels.put(LabelRecord(film.film_id, 1, (boxed, animal(20.0))))
    with pytest.raises(MazetrackError, match="one animal a frame"):
        run_to_end(export_labels(path, tmp_path / "two.csv"))
    run_to_end(export_labels(path, tmp_path / "two.json"))
    run_to_end(import_labels(tmp_path / "two.json", tmp_path / "back.mazetrack"))
    with Project.open(tmp_path / "back.mazetrack", read_only=True) as back:
        first, second = next(iter(back.labels)).instances
    np.testing.assert_allclose(first.box_xyxy, box)
    assert first.visibility.tolist() == [2, 1, 2]
    assert second.box_xyxy is None


def test_keypoints_of_other_names_are_mapped(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels.json"
    run_to_end(export_labels(project, out))
    out.write_text(out.read_text().replace('"head"', '"snout"'))
    again = tmp_path / "again.mazetrack"
    with pytest.raises(MazetrackError, match=r"its keypoints are body, snout, tail.*--map"):
        run_to_end(import_labels(out, again))
    assert not again.exists()
    assert run_to_end(import_labels(out, again, {"snout": "head"})).n_added == 6


def test_an_h5_table_is_read_through_the_csv_beside_it(project: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "labels.csv", tmp_path / "again.mazetrack"
    run_to_end(export_labels(project, out))
    (tmp_path / "labels.h5").write_bytes(b"never opened")
    assert run_to_end(import_labels(tmp_path / "labels.h5", again)).n_added == 6
    (tmp_path / "alone.h5").write_bytes(b"never opened")
    with pytest.raises(MazetrackError, match="not there"):
        run_to_end(import_labels(tmp_path / "alone.h5", again))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.json", None, "does not exist"),
        ("labels.txt", "", "is none of them"),
        ("labels.json", "{", "cannot be read as JSON"),
        ("labels.json", "[1]", "no COCO keypoint file"),
        ("labels.json", '{"images": 3, "annotations": [], "categories": []}', "No category"),
        ("labels.slp", "no hdf5", "cannot be read as a SLEAP file"),
        ("labels.csv", "a,b\n", "no DeepLabCut table"),
    ],
)
def test_what_cannot_be_read_is_told_and_makes_no_project(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(MazetrackError, match=message):
        run_to_end(import_labels(tmp_path / name, tmp_path / "new.mazetrack"))
    assert not (tmp_path / "new.mazetrack").exists()


def coco(file_name: str, keypoints: list[float]) -> str:
    category = {"id": 1, "name": "mouse", "keypoints": ["head", "body", "tail"]}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": keypoints}
    image = {"id": 1, "file_name": file_name, "width": 96, "height": 64}
    return json.dumps({"images": [image], "annotations": [annotation], "categories": [category]})


@pytest.mark.parametrize(
    ("file_name", "keypoints", "message"),
    [
        ("../../etc/passwd", [1, 1, 2] * 3, "no picture's name inside"),
        ("gone.png", [1, 1, 2] * 3, "is not there"),
        ("a.png", [500, 1, 2] * 3, "lies outside"),
        ("a.png", [1, 1], "no COCO keypoint file that can be read"),
        ("a.png", [float("nan"), 1, 2] * 3, "no COCO keypoint file that can be read"),
    ],
)
def test_a_strangers_coco_file_is_refused(tmp_path: Path, file_name: str, keypoints: list[float], message: str) -> None:
    from PIL import Image

    Image.new("L", (96, 64)).save(tmp_path / "a.png")
    (tmp_path / "labels.json").write_text(coco(file_name, keypoints))
    with pytest.raises(MazetrackError, match=message):
        run_to_end(import_labels(tmp_path / "labels.json", tmp_path / "new.mazetrack"))


def test_a_picture_that_is_labelled_twice_is_told(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("a.png", "b.png"):
        Image.new("L", (96, 64)).save(tmp_path / name)
    content = json.loads(coco("a.png", [1, 1, 2] * 3))
    content["images"].append({**content["images"][0], "id": 2, "file_name": "b.png"})
    content["annotations"].append({**content["annotations"][0], "id": 2, "image_id": 2, "keypoints": [9, 9, 2] * 3})
    (tmp_path / "labels.json").write_text(json.dumps(content))
    with pytest.raises(MazetrackError, match="twice, and differently"):
        run_to_end(import_labels(tmp_path / "labels.json", tmp_path / "new.mazetrack"))
    assert not (tmp_path / "new.mazetrack").exists()


UNFINISHED = {
    "points not set yet": {"keypoints": [0] * 9, "num_keypoints": 0, "bbox": [5, 5, 40, 20]},
    "no points": {"bbox": [5, 5, 40, 20]},
    "another category": {"category_id": 2, "keypoints": [10, 10, 2, 20, 10, 2]},
    "a crowd": {"iscrowd": 1, "bbox": [5, 5, 40, 20], "segmentation": {}},
}


def write_coco(folder: Path, annotations: list[dict], n_pictures: int, name: str = "labels.json") -> Path:
    """A file of pictures 1, 2, …, and of annotations, whose category is 1 where they do not say."""
    from PIL import Image

    for i in range(1, n_pictures + 1):
        Image.new("L", (96, 64), 20 * i).save(folder / f"p{i}.png")
    categories = [
        {"id": 1, "name": "mouse", "keypoints": ["head", "body", "tail"]},
        {"id": 2, "name": "rat", "keypoints": ["head", "body"]},
    ]
    images = [{"id": i, "file_name": f"p{i}.png", "width": 96, "height": 64} for i in range(1, n_pictures + 1)]
    annotations = [{"id": i, "category_id": 1, **one} for i, one in enumerate(annotations)]
    (folder / name).write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return folder / name


def n_animals_of(path: Path) -> dict[str, int]:
    with Project.open(path, read_only=True) as project:
        return {frame.source.name: len(frame.instances) for frame in project.labelled_frames()}


@pytest.mark.parametrize("which", UNFINISHED)
def test_an_unfinished_annotation_is_no_empty_picture(tmp_path: Path, which: str) -> None:
    """Picture 1 is labelled, 2 is unfinished, 3 has no annotation."""
    whole = {"image_id": 1, "keypoints": [10, 10, 2, 20, 10, 2, 30, 10, 2]}
    source = write_coco(tmp_path, [whole, {"image_id": 2, **UNFINISHED[which]}], 3)
    outcome = run_to_end(import_labels(source, tmp_path / "new.mazetrack"))
    assert n_animals_of(tmp_path / "new.mazetrack") == {"p1.png": 1, "p3.png": 0}
    assert outcome.notes[0] == "Frames taken as showing no animal: 1."
    assert any(note.startswith("Pictures are left out (1): they have annotations") for note in outcome.notes)
    assert len(outcome.notes) == 4  # what kind of annotation it was is told too


def test_an_unfinished_annotation_beside_a_whole_one_leaves_the_picture(tmp_path: Path) -> None:
    whole = {"image_id": 1, "keypoints": [10, 10, 2, 20, 10, 2, 30, 10, 2]}
    source = write_coco(tmp_path, [whole, {"image_id": 1, "keypoints": [0] * 9}], 1)
    outcome = run_to_end(import_labels(source, tmp_path / "new.mazetrack"))
    assert n_animals_of(tmp_path / "new.mazetrack") == {"p1.png": 1}
    assert outcome.notes[:2] == ("Frames taken as showing no animal: 0.", "Boxes without keypoints are left out (1).")


def test_a_file_of_unfinished_annotations_makes_no_project(tmp_path: Path) -> None:
    source = write_coco(tmp_path, [{"image_id": 1, "keypoints": [0] * 9}], 1)
    with pytest.raises(MazetrackError, match="no annotation with points to take in any picture"):
        run_to_end(import_labels(source, tmp_path / "new.mazetrack"))
    assert not (tmp_path / "new.mazetrack").exists()


def test_an_animal_of_sleap_without_points_is_no_empty_frame(films: list[Path], tmp_path: Path) -> None:
    sleap = pytest.importorskip("sleap_io")
    nodes, video = sleap.Skeleton(["head", "body", "tail"]), sleap.Video(str(films[0]), open_backend=False)
    frames = [
        sleap.LabeledFrame(
            video=video, frame_idx=i, instances=[sleap.Instance.from_numpy(points, skeleton=nodes) for points in one]
        )
        for i, one in enumerate([[POINTS], [np.full((3, 2), np.nan)]])
    ]
    for name, some in (("both", frames), ("bare", frames[1:])):
        sleap.Labels(some, videos=[video], skeletons=[nodes]).save(str(tmp_path / f"{name}.slp"), verbose=False)
    outcome = run_to_end(import_labels(tmp_path / "both.slp", tmp_path / "new.mazetrack"))
    with Project.open(tmp_path / "new.mazetrack", read_only=True) as project:
        assert [(label.frame_index, len(label.instances)) for label in project.labels] == [(0, 1)]
    assert outcome.notes[:2] == (
        "Frames taken as showing no animal: 0.",
        "Frames are left out (1): their animals have no points to take, so they are not empty.",
    )
    with pytest.raises(MazetrackError, match="Nobody set a point"):
        run_to_end(import_labels(tmp_path / "bare.slp", tmp_path / "none.mazetrack"))


@pytest.mark.parametrize(
    "change",
    [{"keypoints": [10, 10, 2, 20, 10, 2, 30, 10, 1]}, {"bbox": [1, 1, 60, 40]}],
    ids=["a hidden point", "a drawn box"],
)
def test_a_hidden_point_and_a_drawn_box_make_another_label(tmp_path: Path, change: dict) -> None:
    plain = {"image_id": 1, "keypoints": [10, 10, 2, 20, 10, 2, 30, 10, 2]}
    before, after = (write_coco(tmp_path, [one], 1, f"{i}.json") for i, one in enumerate((plain, {**plain, **change})))
    path = tmp_path / "new.mazetrack"
    run_to_end(import_labels(before, path))
    with pytest.raises(MazetrackError, match="labelled otherwise"):
        run_to_end(import_labels(after, path))
    assert run_to_end(import_labels(after, path, replace_existing=True)).n_replaced == 1
    assert run_to_end(import_labels(after, path)).n_same == 1
    with Project.open(path, read_only=True) as project:
        (animal_now,) = next(iter(project.labels)).instances
    assert animal_now.visibility.tolist() == ([2, 2, 1] if "keypoints" in change else [2, 2, 2])
    assert (animal_now.box_xyxy is not None) == ("bbox" in change)


@pytest.mark.parametrize("ending", ["csv", "json", "slp"])
def test_what_a_format_cannot_say_is_no_other_label(tmp_path: Path, ending: str) -> None:
    """A hidden point with a place and one without, and a drawn box, go out and come back into the same project."""
    picture, path = write_coco(tmp_path, [], 1).with_name("p1.png"), tmp_path / "own.mazetrack"
    points = np.where([[True], [True], [False]], POINTS, np.nan)
    boxed = LabelledInstance(points, np.array([2, 1, 1], np.uint8), np.array([10.0, 12.0, 40.0, 30.0]))
    with Project.create(path) as made, open_film(picture) as film:
        made.add_film(film)
        made.labels.put(LabelRecord(film.film_id, 0, (boxed,)))
    run_to_end(export_labels(path, tmp_path / f"out.{ending}"))
    with Project.open(path) as ours, open_film(picture) as film:
        labels = run_to_end(read_labels(tmp_path / f"out.{ending}", ours.skeleton, None))
        (frame,) = labels.frames.values()
        # the export wrote the picture anew, so it is another film
        assert find_conflicts(ours, replace(labels, frames={(film.film_id, 0): frame})) == ()


def test_existing_files_and_lost_films_are_told(project: Path, films: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "labels.json"
    run_to_end(export_labels(project, out))
    with pytest.raises(MazetrackError, match="exists already"):
        run_to_end(export_labels(project, out))
    assert run_to_end(export_labels(project, out, force=True)).n_frames == 6
    films[0].unlink()
    with pytest.raises(MazetrackError, match="relink"):
        run_to_end(export_labels(project, tmp_path / "other.json"))
    assert not list(tmp_path.glob("other*"))


def test_a_cancelled_export_leaves_nothing(project: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    job = export_labels(project, tmp_path / "labels.json")
    next(job)
    next(job)
    job.close()
    assert set(tmp_path.iterdir()) == before


def test_a_sleap_file_does_not_have_another_file_read(project: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "labels.slp", tmp_path / "other.slp"
    run_to_end(export_labels(project, out))
    shutil.copy(out, other)
    with h5py.File(out, "a") as file:
        del file["points"]
        file["points"] = h5py.ExternalLink(str(other), "/points")
    with pytest.raises(MazetrackError, match="points lies elsewhere"):
        run_to_end(import_labels(out, tmp_path / "again.mazetrack"))
