"""What other programs' label files carry: DeepLabCut's own table to the last byte, the rest with words for the loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_mazetrack.labels.file_contents import guess_renames
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.labels.sleap import look_into_sleap
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import LabelOrigin, LabelRecord, Project
from napari_mazetrack.skeleton import MOUSE, Skeleton
from napari_mazetrack.video import open_film
from napari_mazetrack.workflows.exchange_labels import export_labels, import_labels, take_labels
from napari_mazetrack.workflows.exchange_labels import read_labels as read

#: As pandas writes numbers for DeepLabCut: whole ones with .0, the others with every digit that they need.
TABLE = """scorer,Ada,Ada,Ada,Ada,Ada,Ada
bodyparts,head,head,body,body,tail,tail
coords,x,y,x,y,x,y
mice/img0001.png,10.0,20.5,16.056,20.05599999999998,22.0,0.1
mice/img0002.png,11.0,21.5,,,22.125,30.30000000000001
mice/img0010.png,,,,,,
"""


def round_trip(table: Path, project: Path, out: Path) -> str:
    """Import a table, export it, and return the new one's text with pictures named as in the old one."""
    run_to_end(import_labels(table, project))
    run_to_end(export_labels(project, out))
    return out.read_text().replace(f"{out.stem}_csv_pictures/", "")


def test_deeplabcuts_own_table_comes_out_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "mice").mkdir()
    for i in (1, 2, 10):
        Image.new("L", (64, 48), 20 * i).save(tmp_path / "mice" / f"img{i:04d}.png")
    table = tmp_path / "CollectedData_Ada.csv"
    table.write_text(TABLE)
    assert round_trip(table, tmp_path / "mice.mazetrack", tmp_path / "out" / "again.csv") == TABLE


def test_a_real_table_of_deeplabcut_comes_out_byte_for_byte(shared_data: Path, tmp_path: Path) -> None:
    table, project = shared_data / "openfield_frames" / "CollectedData_Pranav.csv", tmp_path / "mice.mazetrack"
    points = Skeleton(("snout", "leftear", "rightear", "tailbase"), ((0, 3),), front=0, centre=1, back=3)
    Project.create(project, skeleton=points).close()
    assert round_trip(table, project, tmp_path / "again.csv") == table.read_text()


@pytest.fixture
def project(write_blob_film: Callable[..., Path], tmp_path: Path) -> Path:
    """Labels of two people, one taken from a model, with a box, a hidden point, an empty frame and a second pass."""
    points = np.array([[30.25, 20.5], [24.0, 20.125], [18.0, 20.0]])
    plain = LabelledInstance(points, np.full(3, 2, np.uint8))
    boxed = LabelledInstance(points, np.array([2, 1, 2], np.uint8), np.array([10.0, 12.0, 40.0, 30.0]))
    path = tmp_path / "labels.mazetrack"
    with Project.create(path) as made, open_film(write_blob_film(tmp_path / "pool.mp4", n_frames=12)) as film:
        made.add_film(film)
        made.labels.put(LabelRecord(film.film_id, 1, (plain,), "Ada"))
        made.labels.put(LabelRecord(film.film_id, 2, (boxed,), "Bo", LabelOrigin.PROPOSED))
        made.labels.put(LabelRecord(film.film_id, 3, (), "Ada"))
        made.second_labels("Cleo").put(LabelRecord(film.film_id, 1, (plain,), "Cleo"))
    return path


WHO, ORIGIN = (
    "Who labelled which frame is not in it (Ada, Bo).",
    "How a label came to be is not in it (drawn, proposed).",
)
SECOND = "The second pass of Cleo is not in it (frames: 1)."
HIDDEN = "Hidden points are written like visible ones (1)."


@pytest.mark.parametrize(
    ("ending", "losses"),
    [
        ("csv", (WHO, ORIGIN, "Drawn boxes are not in it (1): DeepLabCut has points only.", HIDDEN, SECOND)),
        ("json", (WHO, ORIGIN, SECOND)),
        (
            "slp",
            (
                WHO,
                ORIGIN,
                "Drawn boxes are not in it (1): SLEAP has points only.",
                HIDDEN,
                "Frames without an animal are written (1), but SLEAP takes them for unlabelled.",
                SECOND,
            ),
        ),
    ],
)
def test_an_export_says_what_is_lost(project: Path, tmp_path: Path, ending: str, losses: tuple[str, ...]) -> None:
    assert run_to_end(export_labels(project, tmp_path / f"out.{ending}")).losses == losses


def test_an_import_says_what_did_not_come_over(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    run_to_end(export_labels(project, out))
    content = json.loads(out.read_text())
    content["categories"][0]["keypoints"].append("tip")
    for annotation in content["annotations"]:
        annotation["keypoints"] += [1, 1, 2]
        annotation["segmentation"] = [[1, 2, 3, 4]]
    content["annotations"].append({**content["annotations"][0], "iscrowd": 1, "segmentation": []})
    content["annotations"].append({**content["annotations"][0], "category_id": 9, "keypoints": [], "segmentation": []})
    out.write_text(json.dumps(content))
    with Project.create(tmp_path / "again.mazetrack") as again:
        again.author = "Dora"
        outcome = take_labels(again, run_to_end(read(out, MOUSE)))
    assert outcome.n_added == 3
    assert outcome.notes == (
        "Frames taken as showing no animal: 1.",
        "Left out, since the project has no such points: tip.",
        "Crowds are left out (1): they have no keypoints of their own.",
        "Boxes without keypoints are left out (1).",
        "Outlines are left out (2): a label is points and a box.",
        "The labels are noted as those of Dora, since COCO's file does not say who made them; "
        "how each came to be it does not say.",
    )


def test_the_scorer_of_a_table_is_who_labelled(project: Path, tmp_path: Path) -> None:
    run_to_end(export_labels(project, tmp_path / "out.csv"))
    text = (tmp_path / "out.csv").read_text()
    (tmp_path / "out.csv").write_text(text.replace("mazetrack,", "Dora,").replace(",mazetrack", ",Dora"))
    outcome = run_to_end(import_labels(tmp_path / "out.csv", tmp_path / "again.mazetrack"))
    assert outcome.notes[1].startswith("The labels are noted as those of Dora, whom the table names")
    with Project.open(tmp_path / "again.mazetrack", read_only=True) as again:
        assert {label.annotator for label in again.labels} == {"Dora"}


def test_labels_that_contradict_can_be_kept(project: Path, tmp_path: Path) -> None:
    run_to_end(export_labels(project, tmp_path / "out.slp"))
    with Project.open(project) as ours:
        film_id = ours.films.names()[0]
        moved = LabelledInstance(np.full((3, 2), 33.0), np.full(3, 2, np.uint8))
        ours.labels.put(LabelRecord(film_id, 1, (moved,), "Ada"))
        ours.labels.delete(film_id, 2)
        outcome = take_labels(ours, run_to_end(read(tmp_path / "out.slp", MOUSE)), ())
        assert (outcome.n_added, outcome.n_kept, outcome.n_replaced) == (1, 1, 0)
        assert ours.labels.get(film_id, 1).instances[0].keypoints_xy[0].tolist() == [33.0, 33.0]
        assert ours.labels.get(film_id, 2).origin is LabelOrigin.IMPORTED


@pytest.mark.parametrize(
    ("theirs", "renames"),
    [
        (("head", "body", "tail"), {"head": "head", "body": "body", "tail": "tail"}),
        (("snout", "leftear", "tailbase"), {"snout": "head", "tailbase": "tail"}),
        (
            ("Nose", "Body_Center", "Tail_Base", "tail_tip"),
            {"Nose": "head", "Body_Center": "body", "Tail_Base": "tail"},
        ),
        (("nose", "head", "x"), {"head": "head"}),
        (("", "a"), {}),
    ],
)
def test_points_are_told_by_their_names(theirs: tuple[str, ...], renames: dict[str, str]) -> None:
    assert guess_renames(theirs, MOUSE.keypoints) == renames


def test_what_a_real_sleap_file_holds_is_told(shared_data: Path) -> None:
    contents = look_into_sleap(shared_data / "interop" / "testDLC_sleap.slp")
    assert contents.left_out[0] == "What a model predicted is left out (animals: 101)."
    assert guess_renames(contents.keypoints, MOUSE.keypoints) == {"Nose": "head", "Center": "body", "Tail_base": "tail"}
