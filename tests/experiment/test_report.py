"""The report: everything is in it, nothing in it runs but its own script."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from napari_mazetrack.experiment import report
from napari_mazetrack.experiment.exclusions import Flag
from napari_mazetrack.experiment.figures.all_figures import FIGURES, DrawnFigure
from napari_mazetrack.experiment.report import ReportContent, format_chance, format_number, format_p, report_html
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.statistics import compute_statistics
from napari_mazetrack.experiment.summaries import summarise

EVIL = "<script>alert('x')</script>\"'&"
SETTINGS = AnalysisSettings(primary="hidden.latency_s.mean", n_permutations=999, n_bootstrap=99)


class Cells(HTMLParser):
    """Collects elements, attributes and texts as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def html(table) -> str:
    frame = table(n=6, days=2, groups=("control", EVIL))
    statistics = compute_statistics(frame, SETTINGS, "after exclusions")
    flags = [Flag("sheet", EVIL, "m1", EVIL, EVIL)]
    counts = {f"{what}_{stage}": 6 for what in ("animals", "trials") for stage in ("sheet", "usable", "analysed")}
    flow = [{"group": "control"} | counts, {"group": EVIL} | counts]
    figures = [DrawnFigure(FIGURES[0], {".svg": b"<svg/>", ".png": b"png"})]
    versions = {"napari-mazetrack": "9.9", "numpy": "1.2"}
    summary = summarise(frame, SETTINGS)
    return report_html(ReportContent(frame, summary, statistics, flags, flow, figures, SETTINGS, versions))


def test_names_are_words_and_never_elements(html):
    page = Cells(html)
    assert page.elements.count("script") == 1
    assert any(EVIL in text for text in page.texts)
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_only_its_own_script_may_run_and_nothing_is_fetched(html):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    links = [value for name, value in Cells(html).attributes if name in ("src", "href")]
    assert links
    assert all(str(link).startswith("data:") for link in links)
    assert "http" not in re.sub(r"http-equiv", "", html)


def test_it_holds_what_a_paper_needs(html):
    text = " ".join(Cells(html).texts)
    for words in (
        "The primary outcome was hidden.latency_s.mean", "napari-mazetrack 9.9, numpy 1.2", "all 924 relabellings",
        "marked in the trials sheet, 1 trials", "at least 2 s", "Hedges", "6 + 6", "Holm",
    ):  # fmt: skip
        assert words in text, words
    assert '<tr class="primary">' in html


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1234"), (12.345, "12.3"), (0.00012345, "0.000123"), (float("nan"), "–"), (None, "–"), (3, "3")],
)
def test_numbers_are_short(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("chance", "text"), [(None, ""), (0.36, " (chance 0.36)"), ([0.0312, 0.05], " (chance 0.031–0.05)")]
)
def test_chance_is_told_where_it_is_known(chance, text):
    assert format_chance(chance) == text


def test_a_tiny_p_is_a_bound_and_never_zero():
    assert (format_p(1e-9), format_p(0.03), format_p(float("nan"))) == ("< 0.0001", "0.0300", "–")


def test_days_of_groups_are_in_the_order_of_their_numbers() -> None:
    days = [10.0, 2.0, 1.0, float("nan")]
    summary = pd.DataFrame(
        [
            {"level": "group", "kind": "hidden", "measure": "latency_s", "window": "whole", "day": d, "group": "a"}
            for d in days
        ]
    )
    rows = report._group_rows(summary, "whole", {})
    assert [row["day"] for row in rows][:3] == [1.0, 2.0, 10.0]
    assert pd.isna(rows[-1]["day"])
