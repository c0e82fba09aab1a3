"""Write docs/reference/keys.md: every key of every panel, from the lists that bind them.

python scripts/make_keys_reference.py
"""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.widgets.window.keys import KEYS_BY_PLACE

OUT = Path(__file__).resolve().parents[1] / "docs" / "reference" / "keys.md"
INTRODUCTION = """# Keys

What the keys do while the picture, and no text field, has the keyboard; the panels show them too. This page is made by
`scripts/make_keys_reference.py`; do not edit it.
"""
MOUSE = """## Mouse

| where | does |
|---|---|
| Label panel: click | sets the point that is asked for |
| Label panel: drag a point | moves it, or takes proposed points, this one moved |
| Label panel: rest on a point | names it |
| Track panel, while it corrects: drag a point | moves it |
| Track panel, *Put it here*: draw | puts the animal there, from its tail to its head; a click puts its body there |
| Track panel, *Move*: drag a handle | moves pool or platform |

One of them has mouse and keys at a time: while the Track panel corrects or moves the arena, and while its own tab is
covered by another one, the Label panel stands aside.
"""


def describe() -> str:
    """Return the whole page."""
    tables = [
        f"## {place}\n\n| key | does |\n|---|---|\n" + "\n".join(f"| `{key.key}` | {key.text} |" for key in keys)
        for place, keys in KEYS_BY_PLACE.items()
    ]
    return "\n\n".join(part.strip() for part in (INTRODUCTION, *tables, MOUSE)) + "\n"


def main() -> None:
    """Write the page."""
    OUT.write_text(describe(), encoding="utf-8")


if __name__ == "__main__":
    main()
