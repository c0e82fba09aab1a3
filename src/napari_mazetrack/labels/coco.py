"""COCO keypoint files (``.json``) as labelled frames, and back (https://cocodataset.org/#format-data).

A keypoint is x, y and a flag: 0 not labelled, 1 hidden, 2 visible; pixels as they are. A picture without any annotation
is a frame without an animal; one whose annotations have no points to take is left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path
from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.labels.file_contents import FileContents, LoadedLabels
from napari_mazetrack.labels.labelled import LabelledFrame, LabelledInstance
from napari_mazetrack.labels.table_pictures import find_picture, picture_name, refuse_points_outside
from napari_mazetrack.skeleton import MOUSE, Skeleton

MAX_BYTES = 256 * 2**20
#: A box this near to the one that the points give was not drawn, pixels.
SAME_BOX_PX = 0.5


def look_into_coco(path: Path) -> FileContents:
    """Return the keypoints of a COCO file and what of it is not taken; `MazetrackError` where it is none."""
    content = _read(path)
    try:
        names = [str(name) for category in content["categories"] for name in category.get("keypoints", [])]
        annotations = content["annotations"]
        n_crowds = sum(bool(annotation.get("iscrowd")) for annotation in annotations)
        n_bare = sum(_is_bare(annotation) and not annotation.get("iscrowd") for annotation in annotations)
        n_outlines = sum(bool(annotation.get("segmentation")) for annotation in annotations)
    except (TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error
    left_out = (
        f"Crowds are left out ({n_crowds}): they have no keypoints of their own." if n_crowds else "",
        f"Boxes without keypoints are left out ({n_bare})." if n_bare else "",
        f"Outlines are left out ({n_outlines}): a label is points and a box." if n_outlines else "",
    )
    return FileContents(tuple(dict.fromkeys(names)), left_out=tuple(filter(None, left_out)))


def load_coco_keypoints(
    path: Path, skeleton: Skeleton = MOUSE, rename: Mapping[str, str] | None = None
) -> LoadedLabels:
    """Load labelled pictures from a COCO keypoint file.

    Parameters
    ----------
    path : Path
        The file; its pictures lie beside it or where their names say, inside its folders.
    skeleton : Skeleton
        The keypoints wanted; other keypoints of the file are left out.
    rename : mapping of str to str, optional
        Keypoint of the file to keypoint.

    Returns
    -------
    LoadedLabels
        The ``group`` of a frame is the folder of the picture.

    Raises
    ------
    MazetrackError
        The file cannot be read or is no such file, a keypoint or a picture is missing, a point lies outside,
        or no picture has points to take.
    """
    content = _read(path)
    try:
        columns = _columns(path, content["categories"], skeleton, rename or {})
        by_picture: dict[object, list[dict[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            by_picture[annotation["image_id"]].append(annotation)
        read = [_frame(path, image, by_picture[image["id"]], columns) for image in content["images"]]
        n_others = sum(_is_of_others(annotation, columns) for annotation in content["annotations"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise _unreadable(path, error) from error
    frames = [frame for frame in read if frame is not None]
    n_unfinished = len(read) - len(frames)
    if not frames:
        why = "has no annotation with points to take in any picture" if n_unfinished else "names no picture"
        raise MazetrackError(f"{path} {why}. Label some frames first.")
    left_out = (
        f"Annotations of other categories are left out ({n_others}): those lack points of the project."
        if n_others
        else "",
        f"Pictures are left out ({n_unfinished}): they have annotations, but no points to take, so they are not empty."
        if n_unfinished
        else "",
    )
    return LoadedLabels(frames, tuple(filter(None, left_out)))


def save_coco_keypoints(
    frames: Sequence[LabelledFrame], path: Path, *, skeleton: Skeleton = MOUSE, overwrite: bool = False
) -> None:
    """Save labelled pictures as a COCO keypoint file.

    Raises
    ------
    MazetrackError
        `path` exists or cannot be written.
    ValueError
        A frame belongs to a film; COCO knows pictures only.
    """
    if any(frame.frame_index is not None for frame in frames):
        raise ValueError("COCO knows pictures only: write the frames as pictures first")
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, frame in enumerate(frames, start=1):
        with Image.open(frame.source) as image:
            width, height = image.size
        name = picture_name(frame.source, path.parent)
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for instance in frame.instances:
            annotations.append({"id": len(annotations) + 1, "image_id": number, **_annotation(instance)})
    category = {"id": 1, "name": "animal", "keypoints": list(skeleton.keypoints), "skeleton": []}
    content = {"images": images, "annotations": annotations, "categories": [category]}
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MazetrackError(f"{path} is larger than {MAX_BYTES >> 20} MiB, too large for a table of labels.")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise MazetrackError(f"The label file {path} does not exist.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise MazetrackError(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
        raise MazetrackError(f"{path} is no COCO keypoint file: it needs images, annotations and categories.")
    return content


def _unreadable(path: Path, error: Exception) -> MazetrackError:
    return MazetrackError(f"{path} is no COCO keypoint file that can be read ({error!r}). Export it again.")


def _columns(
    path: Path, categories: list[dict[str, Any]], skeleton: Skeleton, rename: Mapping[str, str]
) -> dict[object, list[int]]:
    """Return, for each category that has all keypoints, where they stand."""
    found: dict[object, list[int]] = {}
    seen: set[str] = set()
    for category in categories:
        names = [rename.get(name, name) for name in category.get("keypoints", [])]
        seen |= set(category.get("keypoints", []))
        if all(name in names for name in skeleton.keypoints):
            found[category["id"]] = [names.index(name) for name in skeleton.keypoints]
    if not found:
        raise MazetrackError(
            f"No category of {path} has all of {', '.join(skeleton.keypoints)}; its keypoints are "
            f"{', '.join(sorted(seen)) or 'none'}. Name what corresponds with --map, such as --map snout=head."
        )
    return found


def _is_bare(annotation: dict[str, Any]) -> bool:
    """Tell whether no point of an annotation is labelled yet; one that cannot be read is not meant."""
    keypoints = annotation.get("keypoints") or []
    return len(keypoints) % 3 == 0 and not any(keypoints[2::3])


def _is_of_others(annotation: dict[str, Any], columns: dict[object, list[int]]) -> bool:
    """Tell whether an annotation has points, but those of a category that is not taken."""
    is_ours = annotation["category_id"] in columns
    return not (is_ours or annotation.get("iscrowd") or _is_bare(annotation))


def _frame(
    path: Path, image: dict[str, Any], annotations: list[dict[str, Any]], columns: dict[object, list[int]]
) -> LabelledFrame | None:
    """Return a picture's labels; None where it has annotations, but none with points to take."""
    where = f"{path}, picture {image['id']}"
    picture = find_picture(path, [str(image["file_name"])], where)
    instances = [
        _instance(annotation, columns[annotation["category_id"]])
        for annotation in annotations
        if annotation["category_id"] in columns and not annotation.get("iscrowd") and not _is_bare(annotation)
    ]
    for instance in instances:
        refuse_points_outside(instance.keypoints_xy, picture, where)
    kept = tuple(i for i in instances if i.visibility.any())
    if annotations and not kept:
        return None
    return LabelledFrame(picture, None, kept, group=str(picture.parent))


def _instance(annotation: dict[str, Any], columns: list[int]) -> LabelledInstance:
    values = np.array(annotation["keypoints"], np.float64).reshape(-1, 3)[columns]
    visibility = values[:, 2].clip(0, 2).astype(np.uint8)
    points = np.where(visibility[:, None] > 0, values[:, :2], np.nan)
    if not np.isfinite(points[visibility > 0]).all():
        raise ValueError("a labelled point is not finite")
    return LabelledInstance(points, visibility, _drawn_box(annotation.get("bbox"), points))


def _drawn_box(bbox: list[float] | None, points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    if bbox is None:
        return None
    x, y, width, height = map(float, bbox)
    box = np.array([x, y, x + width, y + height])
    derived = box_from_keypoints(points)
    is_derived = derived is not None and bool(np.allclose(box, derived, atol=SAME_BOX_PX))
    return None if is_derived or not np.isfinite(box).all() or width <= 0 or height <= 0 else box


def _annotation(instance: LabelledInstance) -> dict[str, Any]:
    box = instance.box_xyxy if instance.box_xyxy is not None else box_from_keypoints(instance.keypoints_xy)
    points = np.nan_to_num(instance.keypoints_xy)
    flags = np.where(np.isfinite(instance.keypoints_xy).all(axis=1), instance.visibility, 0)
    annotation: dict[str, Any] = {
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": int((flags > 0).sum()),
        "keypoints": [v for (x, y), f in zip(points.tolist(), flags.tolist(), strict=True) for v in (x, y, f)],
    }
    if box is not None:
        x0, y0, x1, y1 = box.tolist()
        annotation |= {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)}
    return annotation
