"""CSV tables from and for people: read strictly, written so that no spreadsheet runs a cell."""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path

#: First characters that make a spreadsheet run a cell as a formula.
RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: The most bytes of a table that is typed by people.
MAX_TABLE_BYTES = 64 * 2**20
_DELIMITERS = (",", ";", "\t")


def safe_cell(value: object) -> str:
    """Return the text of a cell: empty for None and NaN, and a leading ``'`` where a spreadsheet would run text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(round(float(value), 6))  # NumPy's floats too
    text = str(value)
    is_number = isinstance(value, int)
    return "'" + text if text.startswith(RISKY_STARTS) and not is_number else text


def plain_cell(text: str) -> str:
    """Undo `safe_cell` for text: take away the ``'`` that stands before a risky start."""
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY_STARTS) else text


def read_table(path: Path, what: str) -> tuple[list[str], list[dict[str, str]]]:
    """Read a small CSV file (comma, semicolon or tab) with a header.

    Parameters
    ----------
    path : Path
        The file; UTF-8, with or without a byte-order mark.
    what : str
        What it is, for the sentences ("trials file").

    Returns
    -------
    columns : list of str
        Names in the header, stripped.
    rows : list of dict
        One dictionary of texts per row; row i stands on line i + 2 of the file. Empty lines are kept as empty rows.

    Raises
    ------
    MazetrackError
        The file is missing, too large, not text, has no header, or a column's name twice.
    """
    text = read_text(path, what)
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise MazetrackError(f"The {what} {path} is empty. It needs a first line with the names of its columns.")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    try:
        table = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise MazetrackError(f"The {what} {path} is not a proper CSV table ({error}). Save it again.") from error
    columns = [plain_cell(name) for name in table[0]]
    twice = sorted({name for name in columns if columns.count(name) > 1 and name})
    if twice:
        raise MazetrackError(f"The {what} {path} has the column {twice[0]} twice. Keep one of them.")
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            raise MazetrackError(
                f"Row {number} of the {what} {path} has {len(cells)} cells, the header {len(columns)}. "
                "Put cells that hold a comma between double quotes."
            )
        padded = [plain_cell(cell) for cell in cells] + [""] * (len(columns) - len(cells))
        rows.append(dict(zip(columns, padded, strict=False)))
    return columns, rows


def read_text(path: Path, what: str, code_page: str = "", max_bytes: int = MAX_TABLE_BYTES) -> str:
    """Return the text of a file that people hand us: UTF-8, or UTF-16 that says so in its first bytes.

    Parameters
    ----------
    path, what
        The file, and what it is, for the sentences ("trials file").
    code_page : str
        How text is read that is neither, for files whose numbers matter and letters do not; empty: not at all.
    max_bytes : int
        A larger file is refused.

    Raises
    ------
    MazetrackError
        It is missing, huge or no text.
    """
    try:
        if not path.is_file():
            problem = "is a folder" if path.is_dir() else "does not exist"
            raise MazetrackError(f"The {what} {path} {problem}. Check the name.")
        if path.stat().st_size > max_bytes:
            raise MazetrackError(f"The {what} {path} is larger than {max_bytes // 2**20} MiB. Is it the right file?")
        content = path.read_bytes()
    except OSError as error:
        raise MazetrackError(f"The {what} {path} cannot be read: {error.strerror}. Check the file.") from error
    try:
        is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if code_page and not is_utf16 and b"\0" not in content:
            return content.decode(code_page)
        raise MazetrackError(f"The {what} {path} is not UTF-8 text. Save it again as UTF-8.") from error


def write_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], path: Path, *, overwrite: bool = False
) -> None:
    """Write rows as a CSV file, whole or not at all; missing values are empty cells."""
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([safe_cell(row.get(name)) for name in columns])
