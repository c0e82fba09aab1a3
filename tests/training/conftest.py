"""A small world: pictures of a dark arrow-shaped animal on a light floor, with its labels."""

import csv

import numpy as np
import pytest
from PIL import Image, ImageDraw

HEADER = ("head", "body", "tail")


def draw_animal(seed, size=(128, 96), length=44):
    """Return a picture and head, body, tail of an animal at a random place and heading."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0.35, 0.65, 2) * size
    angle = rng.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    head, tail = centre + along * length / 2, centre - along * length / 2
    image = Image.new("L", size, int(rng.integers(170, 220)))
    corners = [head, tail + across * length * 0.25, tail - across * length * 0.25]
    ImageDraw.Draw(image).polygon([tuple(c) for c in corners], fill=30)
    return image, np.array([head, centre, tail])


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """A DeepLabCut table of 12 such pictures."""
    folder = tmp_path_factory.mktemp("labels")
    path = folder / "CollectedData_me.csv"
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["scorer", *["me"] * 6])
        writer.writerow(["bodyparts", *[name for name in HEADER for _ in "xy"]])
        writer.writerow(["coords", *["x", "y"] * 3])
        for i in range(12):
            image, points = draw_animal(i)
            image.save(folder / f"{i}.png")
            writer.writerow([f"{i}.png", *points.ravel().round(2)])
    return path


@pytest.fixture(scope="session")
def pictures():
    """Six such pictures in memory."""
    from napari_mazetrack.training.pictures import TrainingPicture

    drawn = [draw_animal(i) for i in range(6)]
    return [TrainingPicture(np.array(image), points[None], str(i)) for i, (image, points) in enumerate(drawn)]
