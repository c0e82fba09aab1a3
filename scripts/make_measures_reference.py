"""Write docs/reference/measures.md: every measure, every variant and every number they go by, from the code.

python scripts/make_measures_reference.py
"""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.maze.limits import limits_of
from napari_mazetrack.maze.measures.chosen_settings import SETTINGS
from napari_mazetrack.maze.measures.registry import FORMER_MEASURES, REGISTRY
from napari_mazetrack.maze.measures.variants import VARIANTS

OUT = Path(__file__).resolve().parents[1] / "docs" / "reference" / "measures.md"
INTRODUCTION = """# Measures

Every column that `mazetrack measure` writes, with its unit, its formula, when it is missing, and where it comes from.
`measures.json` beside a table holds the formulas and numbers that made that table. This page is made by
`scripts/make_measures_reference.py`; do not edit it.

Times are seconds from the release. Lengths are centimetres in the plane of the water. A step that crosses the border
of a zone is cut exactly there. Samples without a position, and those that a recording leaves out, are the
`missing_fraction`. Of a window that begins when the trial is over nothing is said but `reached_platform`, `latency_s`
and a `trial_duration_s` of 0.
"""
INTERVALS = """## Intervals

`--intervals N` measures each swim again on N likely paths and gives a 95 % interval: `<measure>_low` and
`<measure>_high` in the last columns of the table, and in `<table>.intervals.csv`, a row for each measure, also the
probability that the platform was reached and the number of paths. On 63 simulated swims (errors of
1–3 px, gaps of up to 0.8 s, 1 % outliers) 94.9 % of 4494 intervals covered the truth (93.4–96.1 %, swims drawn again);
how the intervals are made was chosen on these swims, and on 63 others 93.7 % covered it (91.8–95.4 %). By measure,
53–63 swims each, that leaves about ± 6 %:

- `max_speed_cm_s`: 94 and 94 %. What is left of the detector's errors makes the fastest moments faster: the number
  itself is somewhat too high, and its interval lies mostly below it. An interval round the number covered 78 and 73 %.
- `path_length_cm`, `mean_speed_cm_s`, `swim_speed_cm_s`: 100 %, somewhat too wide.
- `spatial_entropy`: 86 and 87 %, somewhat too narrow.
- others down to 87 % in one of the two sets of swims, which so few swims do not tell from 95 %.

Few counts have an interval with a width, too few to judge them.
`benchmarks/interval_coverage.py --trials 63 --draws 80`, and with `--seed 1`, makes these numbers."""

ETHOVISION = """### What holds against EthoVision

On 444 trials of real rats (5 samples a second, `tests/integration/test_ethovision.py`): distance moved within 0.1 % in
362 of the 364 trials where EthoVision gives it; mean distance to the platform's edge with a median difference of
0.05 cm (`ethovision`) and 0.22 cm (`edge`, over the trial alone). EthoVision measured with a zone that someone drew,
whose edge lies 7.1 to 8.2 cm from the centre of the nominal circle of 7.5 cm. With that zone the first sample on the
platform is EthoVision's own in all 324 trials that have one, and `first_contact` lies within 0.21 s of it in 98.5 %: in
the other 5 the path crosses the zone between two samples, which EthoVision cannot see. With the nominal circle
`first_contact` agrees in 97.5 %."""


def describe() -> str:
    """Return the whole page."""
    rows = [
        f"| `{m.name}` | {m.unit or '–'} | {_cell(m.formula)} | {_cell(m.missing)} | {_cell(m.source)} |"
        for m in REGISTRY.values()
    ]
    former = ", ".join(f"`{m.name}`" for m in FORMER_MEASURES)
    parts = [
        INTRODUCTION,
        "| measure | unit | formula | missing | source |\n|---|---|---|---|---|\n" + "\n".join(rows),
        f"For a reversal the goal measures come for the old platform too: {former}.",
        INTERVALS,
        "## Variants",
        "`--variant NAME` computes these measures as another program does; the others keep the formulas above.",
        *(_variant(name) for name in VARIANTS if VARIANTS[name].formulas),
        ETHOVISION,
        "## Numbers",
        "The settings that the formulas name, and their values unless a person says otherwise: "
        "`--set NAME=VALUE`, once for each. What was changed stands in `measures.json` (`changed_settings`).",
        "| setting | value | from | to |\n|---|---|---|---|\n" + "\n".join(_settings()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _variant(name: str) -> str:
    variant = VARIANTS[name]
    rows = "\n".join(f"| `{measure}` | {_cell(formula)} |" for measure, formula in variant.formulas.items())
    return f"### {name}\n\n{variant.about}\n\n| measure | formula |\n|---|---|\n{rows}"


def _settings() -> list[str]:
    rows = []
    for name, setting in SETTINGS.items():
        low, high = limits_of(setting)
        rows.append(f"| `{name}` | {setting.default:g} | {low:g} | {high:g} |")
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or "–"


def main() -> None:
    """Write the page."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(describe(), encoding="utf-8")


if __name__ == "__main__":
    main()
