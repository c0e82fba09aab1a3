"""The speeds of `mazetrack bench` as a picture: each way as a bar, the machine's limits beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.workflows.bench import EAGER, LIMITS, BenchOutcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
#: Blue and grey that differ in lightness too.
WAY, LIMIT = "#2166ac", "#bdbdbd"


def refuse_plot(path: Path, *, overwrite: bool) -> None:
    """Raise a `MazetrackError` where a picture cannot be written to `path`, before minutes are spent."""
    if path.suffix.lower() not in ENDINGS:
        raise MazetrackError(f"A picture ends in {', '.join(ENDINGS)}; {path.name} does not. Change --plot.")
    if path.exists() and not overwrite:
        raise MazetrackError(f"{path} exists already. Use --force to replace it, or choose another --plot.")


def save_plot(outcome: BenchOutcome, film_name: str, path: Path, *, overwrite: bool = False) -> None:
    """Write the picture.

    Raises
    ------
    MazetrackError
        The file exists and may not be overwritten, or cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    figure = draw_speed(outcome, film_name)
    with atomic_path(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, dpi=150)


def draw_speed(outcome: BenchOutcome, film_name: str) -> Figure:
    """Draw frames a second of each way, medians with the range over the rounds, and the limits below them."""
    from matplotlib.figure import Figure

    names = list(outcome.frames_per_s)
    values = [outcome.frames_per_s[name] for name in names]
    below = [value - min(outcome.rounds[name]) for name, value in outcome.frames_per_s.items()]
    above = [max(outcome.rounds[name]) - value for name, value in outcome.frames_per_s.items()]
    figure = Figure(figsize=(7.5, 1.3 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    colours = [LIMIT if name in LIMITS else WAY for name in names]
    axes.barh(names, values, xerr=[below, above], color=colours, ecolor="0.3", error_kw={"linewidth": 1})
    for row, (name, value) in enumerate(outcome.frames_per_s.items()):
        axes.annotate(_label(outcome, name), (value + above[row], row), (5, 0), textcoords="offset points", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.35 * max(value + more for value, more in zip(values, above, strict=True)))
    axes.set_xlabel(f"frames a second (medians and ranges of {len(next(iter(outcome.rounds.values())))} rounds)")
    axes.spines[["top", "right"]].set_visible(False)
    info = outcome.info
    axes.set_title(f"{film_name}: {info.backend}, {info.precision}, {info.device}", fontsize=9, loc="left")
    return figure


def _label(outcome: BenchOutcome, name: str) -> str:
    """Return the number beside a bar, and how many times PyTorch that is."""
    value = outcome.frames_per_s[name]
    text = f"{value:.{0 if value >= 100 else 1}f}"
    eager = outcome.frames_per_s.get(EAGER)
    return text if name in (EAGER, *LIMITS) or not eager else f"{text} ({value / eager:.1f}×)"
