"""Sizes, colours and files of figures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of one and of two columns of a journal, and the height of its page.
ONE_COLUMN_MM, TWO_COLUMNS_MM, PAGE_MM = 89.0, 183.0, 240.0
ENDINGS = (".svg", ".pdf", ".png")
#: Okabe and Ito's colours, told apart by colour-blind people; yellow, which is too light on white, is left out.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: The same colours for categories, dark beside light, with grey as the last.
_CATEGORIES = ("#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#CC79A7", "#009E73", "#000000", "#BBBBBB")
_HATCHES = ("", "////")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_RC: dict[Any, Any] = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "legend.fontsize": 6.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,  # a name with a dollar sign is a name, no formula
    "svg.hashsalt": "mazetrack",  # the same figure gives the same bytes
}
#: No dates: the same figure gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}


def group_colour(groups: Sequence[str], group: str) -> str:
    """Return the colour of a group."""
    return _COLOURS[list(groups).index(group) % len(_COLOURS)]


def group_marker(groups: Sequence[str], group: str) -> str:
    """Return the marker of a group: colours are never the only difference."""
    return _MARKERS[list(groups).index(group) % len(_MARKERS)]


def category_look(number: int) -> dict[str, Any]:
    """Return colour and hatching of a category that is no group: neighbours in a stack differ in lightness too."""
    return {"facecolor": _CATEGORIES[number % len(_CATEGORIES)], "hatch": _HATCHES[number // len(_CATEGORIES) % 2]}


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of a size on paper."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


@contextmanager
def style() -> Iterator[None]:
    """Make and save every figure within this context."""
    with matplotlib.rc_context(_RC):
        yield


def figure_files(figure: Figure) -> dict[str, bytes]:
    """Return the files of a figure by ending; the same figure always gives the same bytes."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once, not again for each file
    files = {}
    for ending in ENDINGS:
        stream = io.BytesIO()
        figure.savefig(stream, format=ending[1:], dpi=200, metadata=_METADATA[ending])
        files[ending] = stream.getvalue()
    return files


def legend_above(figure: Figure, axes: Axes, n_columns: int) -> None:
    """Put the legend of some axes above the whole figure, where it hides no point."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=min(n_columns, 6))
