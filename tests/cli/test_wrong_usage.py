"""Numbers that no option takes are wrong usage (2), in every command; and numbers of things in sentences."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from napari_mazetrack.cli import main as program
from napari_mazetrack.cli.counted import counted

NONSENSE = [
    "track f.mp4 --animals 0",
    "track f.mp4 --animals 50",
    "track f.mp4 --batch-size 0",
    "track f.mp4 --batch-size 1000",
    "track f.mp4 --fps 0",
    "track f.mp4 --fps nan",
    "track f.mp4 --duration-s -1",
    "track f.mp4 --from -1",
    "track f.mp4 --from 3 --to 2",
    "bench f.mp4 --frames 1",
    "bench f.mp4 --batch-size -3",
    "export fast --animals 0 --out m.onnx",
    "find-arena f.mp4 --diameter-cm 1 --out a.json",
    "find-arena f.mp4 --diameter-cm nan --out a.json",
    "find-arena f.mp4 --camera-height-cm -200 --out a.json",
    "find-arena f.mp4 --rim-above-water-cm 300 --camera-height-cm 200 --out a.json",
    "find-arena f.mp4 --fps -1 --out a.json",
    "measure t.csv --arena a.json --kind probe --limit-s nan --out m.csv",
    "measure t.csv --arena a.json --kind probe --fps inf --out m.csv",
    "measure t.csv --arena a.json --kind probe --intervals -1 --out m.csv",
    "measure t.csv --arena a.json --kind probe --window 30:10 --out m.csv",
    "measure t.csv --arena a.json --kind probe --processes 0 --out m.csv",
    "pick f.mp4 --frames 0",
    "plan m.csv --outcome latency_s --difference inf",
    "plan m.csv --outcome latency_s --difference 5 --power nan",
    "plan m.csv --outcome latency_s --difference 5 --dropout 1",
    "rescore m.csv --out s.csv --percent nan",
    "rescore m.csv --out s.csv --seed -1",
    "simulate --out d --trials 0",
    "train l.csv --out d --minutes nan",
    "train l.csv --out d --epochs 0",
    "project info p.mazetrack --newest -1",
    "analyse e --out d --permutations 3",
]


@pytest.mark.parametrize("command", NONSENSE)
def test_a_number_that_makes_no_sense_is_wrong_usage(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mazetrack", *command.split()])
    with pytest.raises(SystemExit) as ended:
        program.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("n", "words", "said"),
    [
        (1, ("row",), "1 row"),
        (0, ("row",), "0 rows"),
        (2, ("row",), "2 rows"),
        (1, ("new film or picture", "new films or pictures"), "1 new film or picture"),
        (3, ("new film or picture", "new films or pictures"), "3 new films or pictures"),
    ],
)
def test_one_thing_is_no_plural(n: int, words: tuple[str, ...], said: str) -> None:
    assert counted(n, *words) == said
