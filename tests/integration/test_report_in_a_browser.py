"""The report in a real browser: it complains about nothing, its tables sort, and names full of markup stay names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from browser import Browser, find_browser

from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.maze.trials import load_trials, save_trials
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment
from napari_mazetrack.workflows.analyse import analyse_experiment
from napari_mazetrack.workflows.analysis_request import AnalysisRequest

pytestmark = pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed")
EVIL = "<script>document.title = 'run'; alert(1)</script><img src=x onerror=alert(2)>"
SETTINGS = AnalysisSettings(primary="hidden.latency_s.mean", n_bootstrap=99, n_permutations=999)
DESIGN = ExperimentDesign(n_animals=2, n_days=2, n_trials=1, limit_s=35.0)
TESTS, GROUPS, EXPLORATION = "table.sortable:not([id])", "#groups", "#exploration"
#: A table, a column that is sorted, and whether its cells are numbers.
COLUMNS = {
    "p of the tests": (TESTS, 6, True),
    "corrected p, missing in some": (TESTS, 7, True),
    "outcomes": (TESTS, 1, False),
    "animals of the groups": (GROUPS, 4, True),
    "means": (GROUPS, 5, True),
    "exploration on the second day": (EXPLORATION, 3, True),
    "flagged trials": ("#flags", 1, False),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """An experiment whose animals, groups and trials have evil names, its report open in a browser."""
    folder = tmp_path_factory.mktemp("evil")
    list(write_experiment(folder, DESIGN))
    first, *trials = load_trials(folder / "trials.csv")
    renamed = [
        replace(t, animal=f"=cmd('{t.animal}')", group=t.group + EVIL, trial=f"{t.trial}{EVIL}")
        for t in (replace(first, exclude=True, exclude_reason=EVIL), *trials)
    ]
    save_trials(renamed, folder / "trials.csv", overwrite=True)
    run_to_end(analyse_experiment(AnalysisRequest(folder / "trials.csv", folder / "out", settings=SETTINGS)))
    with Browser(folder / "profile") as browser:
        browser.resize(1366, 768)
        browser.open(folder / "out" / "report.html")
        yield browser


def cells(page: Browser, table: str, column: int) -> list[str]:
    """Return what a column is sorted by, row by row."""
    rows = f"Array.from(document.querySelector('{table}').tBodies[0].rows)"
    found: list[str] = page.value(f"{rows}.map(row => row.cells[{column}])"
                                  ".map(cell => cell.dataset.value ?? cell.textContent.trim())")  # fmt: skip
    return found


def known(texts: list[str]) -> list[str]:
    return [text for text in texts if text not in ("", "–", "nan")]


@pytest.mark.parametrize(("table", "column", "is_number"), COLUMNS.values(), ids=COLUMNS)
def test_a_click_on_a_heading_sorts(page: Browser, table: str, column: int, is_number: bool) -> None:
    before = cells(page, table, column)
    heading = f"document.querySelector('{table}').tHead.rows[0].cells[{column}]"
    for direction in ("ascending", "descending"):
        page.click(f"{heading}.querySelector('button')")
        assert page.value(f"{heading}.getAttribute('aria-sort')") == direction
        after = cells(page, table, column)
        assert sorted(after) == sorted(before)
        shown = known(after)
        assert after[: len(shown)] == shown  # what is missing stands last
        if is_number:
            assert [float(text) for text in shown] == sorted(map(float, shown), reverse=direction == "descending")
        else:
            ends = (shown[0], shown[-1]) if direction == "ascending" else (shown[-1], shown[0])
            assert ends[0].lower() <= ends[1].lower()


def test_every_figure_is_shown(page: Browser) -> None:
    assert page.value("document.images.length") >= 7
    assert page.value("Array.from(document.images).every(image => image.complete && image.naturalWidth > 100)")


@pytest.mark.parametrize(("width", "height", "is_phone"), [(1366, 768, False), (390, 844, True)], ids=["desk", "phone"])
def test_the_page_fits_the_screen(page: Browser, width: int, height: int, is_phone: bool) -> None:
    page.resize(width, height, is_phone=is_phone)
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value("Array.from(document.querySelectorAll('h1, h2, p, figure, .scroll'))"
                      f".every(part => part.getBoundingClientRect().right <= {width})")  # fmt: skip
    page.resize(1366, 768)


def test_it_prints(page: Browser) -> None:
    paper = page.pdf()
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") >= 3


def test_nothing_complains_runs_or_asks_the_network(page: Browser) -> None:
    assert page.value("document.body.textContent").count("<script>document.title = 'run'") > 5
    assert page.value("document.title") == "Water maze: report of an experiment"
    assert page.value("document.scripts.length") == 1
    assert page.complaints() == []
    assert {address.split(":")[0] for address in page.requests()} == {"file", "data"}
