"""How a model's scores on the real water maze change when the film looks otherwise: other light, size, grain, heading.

    python benchmarks/robustness.py [--model MODEL] [--data ../shared/data] [--json FILE]

There is one real pool film with labels, and a model that does well on it may owe that to chance. Each row shows the
same film changed by one thing that changes neither what an animal is nor where it lies. A model that knows animals
keeps its scores; one that gets along with this film's cues and light by luck does not. First detections frame by frame;
"false" are frames with anything else in the pool above the score threshold. Then the same of the track, which is
computed without an arena: it has to keep out of the room by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from accuracy import Places, compare_watermaze, detect, parse_options, summarise
from scipy.ndimage import gaussian_filter
from skimage.transform import rescale

from napari_mazetrack.progress import run_to_end
from napari_mazetrack.video import open_film
from napari_mazetrack.workflows.track import TrackRequest, track_film

COLUMNS = {
    "found": "found, %",
    "body": "body within 10 px, %",
    "right": "right way round, %",
    "false": "false animals, %",
    "head": "head median, px",
    "tail": "tail median, px",
}
TRACKED = {"body": "body within 10 px, %", "right": "right way round, %", "head": "head median, px"}
#: Of the film.
FPS = 5
Picture = np.ndarray


@dataclass(frozen=True)
class Change:
    """What happens to a picture [H, W] of 0–255, and how the places in it turn into those of the film."""

    look: Callable[[Picture], Picture]
    to_label: Places = lambda xy: xy


def sized(scale: float) -> Change:
    """Make the film larger or smaller."""

    def look(picture: Picture) -> Picture:
        return rescale(picture, scale, order=1, anti_aliasing=scale < 1, preserve_range=True)

    return Change(look, lambda xy: (xy + 0.5) / scale - 0.5)


def changes(pictures: Picture) -> dict[str, Change]:
    """Return what is tried on the pictures [T, H, W] of a square film."""
    rng = np.random.default_rng(0)
    last = pictures.shape[2] - 1
    empty, level = np.median(pictures, axis=0), float(np.median(pictures))
    return {
        "as it is": Change(lambda p: p),
        "mirrored": Change(lambda p: p[:, ::-1], lambda xy: xy * (-1, 1) + (last, 0)),
        "turned by 90°": Change(np.rot90, lambda xy: xy[..., ::-1] * (-1, 1) + (last, 0)),
        "half the size": sized(0.5),
        "twice the size": sized(2.0),
        "wide picture": Change(lambda p: np.pad(p, ((0, 0), (280, 280)), constant_values=60), lambda xy: xy - (280, 0)),
        "white animal": Change(lambda p: 255 - p),
        "dark": Change(lambda p: 0.35 * p),
        "overexposed": Change(lambda p: 1.5 * p + 20),
        "low contrast": Change(lambda p: 110 + 0.35 * (p - level)),
        "white animal, low contrast": Change(lambda p: 110 - 0.35 * (p - level)),
        "grey animal": Change(lambda p: empty + 0.3 * (p - empty)),
        "light-grey animal on dark": Change(lambda p: 255 - empty - 0.3 * (p - empty)),
        "steep gamma": Change(lambda p: 255 * (p / 255) ** 2.2),
        "blurred, σ 2 px": Change(lambda p: gaussian_filter(p, 2.0)),
        "blurred, σ 4 px": Change(lambda p: gaussian_filter(p, 4.0)),
        "noise, σ 12 levels": Change(lambda p: p + rng.normal(0, 12, p.shape)),
    }


def write_changed(pictures: Picture, change: Change, path: Path) -> None:
    """Write the changed film, without loss."""
    changed = [np.rint(np.clip(change.look(picture), 0, 255)).astype(np.uint8) for picture in pictures]
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=FPS)
        stream.pix_fmt = "gray"
        stream.height, stream.width = changed[0].shape
        for picture in changed:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray")))
        film.mux(stream.encode(None))


def track(film: Path, model: Path) -> list[np.ndarray]:
    """Return the keypoints [n, 3, 2] of the track in each frame, n being 1, or 0 where it is missing."""
    points = run_to_end(track_film(TrackRequest(film, model))).track.keypoints_xy[:, 0]
    return [one[None] if np.isfinite(one).all() else one[None][:0] for one in points]


def main() -> None:
    options = parse_options(__doc__)
    folder, model = options.data / "watermaze_video", options.model
    with open_film(folder / "watermaze.mp4") as original:
        pictures = np.stack([luma for _, luma in original.iter_luma()]).astype(np.float32)
    print(f"{'':<28}", *(f"{name:>7}" for name in COLUMNS), *(f"{name:>7}" for name in TRACKED), " (tracked)")
    results = {}
    for name, change in changes(pictures).items():
        with TemporaryDirectory() as scratch:
            film = Path(scratch) / "changed.mkv"
            write_changed(pictures, change, film)
            detected = summarise(compare_watermaze(folder, detect(film, model), change.to_label))
            tracked = summarise(compare_watermaze(folder, track(film, model), change.to_label))
        results[name] = {"detected": detected, "tracked": tracked}
        numbers = [detected[c] for c in COLUMNS.values()] + [tracked[c] for c in TRACKED.values()]
        print(f"{name:<28}", *(f"{number:7.1f}" for number in numbers), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
