"""A whole experiment from tracks to a report, and every way in which its inputs can be wrong."""

from __future__ import annotations

import csv
import filecmp
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.maze.arena_files import load_arena, save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, load_trials, save_trials
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment
from napari_mazetrack.workflows.analyse import AnalysisOutcome, _primary_in_words, analyse_experiment
from napari_mazetrack.workflows.analysis_request import AnalysisRequest

SETTINGS = AnalysisSettings(n_bootstrap=99, n_permutations=999)
DESIGN = ExperimentDesign(n_animals=2, n_days=2, n_trials=1, limit_s=35.0)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups of two animals, two days and a probe."""
    folder = tmp_path_factory.mktemp("experiment")
    list(write_experiment(folder, DESIGN))
    return folder


@pytest.fixture
def folder(simulated: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(simulated, tmp_path / "experiment"))


quick = pytest.mark.usefixtures("without_figures")


def analyse(folder: Path, **changes: object) -> AnalysisOutcome:
    request = AnalysisRequest(folder / "trials.csv", folder / "out", settings=SETTINGS)
    return run_to_end(analyse_experiment(replace(request, **changes)))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def spoil(folder: Path, **changes: object) -> str:
    """Change the sheet's first row; returns its trial."""
    first, *others = load_trials(folder / "trials.csv")
    save_trials([replace(first, **changes), *others], folder / "trials.csv", overwrite=True)
    return first.trial


@quick
def test_two_films_of_one_name_are_not_measured_from_one_track(folder: Path) -> None:
    first, second, *others = load_trials(folder / "trials.csv")
    (folder / "tracks").mkdir()
    shutil.copy(folder / first.film, folder / "tracks/swim.tracks.csv")
    films = [replace(first, film="day1/swim.mp4"), replace(second, film="day2/swim.mp4")]
    save_trials([*films, *others], folder / "trials.csv", overwrite=True)
    with pytest.raises(MazetrackError, match=r"day1/swim.mp4 and .*day2/swim.mp4 would both be measured"):
        analyse(folder, tracks=folder / "tracks")
    assert not (folder / "out").exists()


def test_an_experiment_becomes_tables_figures_and_a_report(simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    outcome = analyse(simulated, out=out)
    assert sorted(path.name for path in out.iterdir()) == [
        "analysis.json", "figures", "measures.csv", "measures.json", "report.html", "statistics.csv", "summary.csv",
    ]  # fmt: skip
    assert outcome.flags == ()
    assert len({row["trial"] for row in rows(out / "measures.csv")}) == outcome.n_trials == 12
    groups = {(r["group"], r["n_animals"]) for r in rows(out / "summary.csv") if r["level"] == "group"}
    assert ("control", "2") in groups
    stems = {path.stem for path in (out / "figures").iterdir()}
    assert {"learning_curves", "contact_sheet", "occupancy", "probe_trajectories", "survival"} <= stems
    assert len(list((out / "figures").iterdir())) == 3 * len(stems)
    assert list(tmp_path.rglob(".*")) == []


def test_the_record_makes_the_same_files_again_byte_for_byte(simulated: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, primary="hidden.path_length_cm.mean", seed=5)
    analyse(simulated, out=tmp_path / "a", settings=settings)
    analyse(simulated, experiment=tmp_path / "a" / "analysis.json", out=tmp_path / "deep" / "b")
    names = [str(path.relative_to(tmp_path / "a")) for path in (tmp_path / "a").rglob("*") if path.is_file()]
    same, different, wrong = filecmp.cmpfiles(tmp_path / "a", tmp_path / "deep" / "b", names, shallow=False)
    assert (different, wrong) == ([], [])
    assert len(same) > 20


@quick
def test_a_changed_input_is_not_taken_for_the_recorded_one(folder: Path) -> None:
    analyse(folder)
    track = folder / "C1_day1_1.csv"
    track.write_text(track.read_text() + "99,0,0\n")
    with pytest.raises(MazetrackError, match=r"C1_day1_1\.csv has changed"):
        analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    assert not (folder / "again").exists()


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '{"schema": 9}'])
def test_what_is_no_record_is_refused(folder: Path, text: str) -> None:
    (folder / "record.json").write_text(text)
    with pytest.raises(MazetrackError):
        analyse(folder, experiment=folder / "record.json")


def test_results_are_replaced_only_where_that_is_asked_for(folder: Path) -> None:
    (folder / "out" / "figures").mkdir(parents=True)
    (folder / "out" / "notes.txt").write_text("mine")
    old = folder / "out" / "figures" / "survival.svg"
    old.write_text("old")
    with pytest.raises(MazetrackError, match="--force"):
        analyse(folder)
    assert old.read_text() == "old"
    analyse(folder, force=True)
    assert "old" not in old.read_text()[:10]
    assert (folder / "out" / "notes.txt").read_text() == "mine"


def test_a_cancelled_analysis_leaves_nothing(folder: Path) -> None:
    job = analyse_experiment(AnalysisRequest(folder / "trials.csv", folder / "out", settings=SETTINGS))
    while next(job).stage != "Drawing":
        pass
    job.close()
    assert not (folder / "out").exists()
    assert list(folder.glob(".out*")) == []


@quick
def test_a_failure_while_writing_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_mazetrack.workflows.analysis_files.report_html", fail)
    with pytest.raises(KeyboardInterrupt):
        analyse(folder)
    assert not (folder / "out").exists()
    assert list(folder.glob(".out*")) == []


def write_track(path: Path, *lines: str, header: str = "time_s,x_cm,y_cm") -> None:
    path.write_text("\n".join([header, *lines]) + "\n")


SWIM = [f"{i / 5},{-40 + i},{10}" for i in range(40)]
BAD_TRACKS = {
    "no samples": (lambda path: write_track(path), "not_measured", "no samples"),
    "one sample": (lambda path: write_track(path, "3.0,1,1"), "one_sample", "no two positions"),
    "NaN everywhere": (lambda path: write_track(path, "0,,", "1,,", "3,,"), "not_measured", "no sample with a"),
    "time twice": (lambda path: write_track(path, *SWIM, SWIM[-1]), "not_measured", "has two samples at"),
    "backward times": (lambda path: write_track(path, *reversed(SWIM)), "not_measured", "goes back in time"),
    "pixels in a cm arena": (
        lambda path: write_track(path, *SWIM, header="time_s,x_px,y_px"), "not_measured", "is in px",
    ),
    "unsaid pixels": (
        lambda path: write_track(path, *(f"{i / 5},{300 + i},200" for i in range(40)), header="time_s,x,y"),
        "not_measured", "outside the pool",
    ),
    "not there": (lambda path: path.unlink(), "not_measured", "there is no track"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe\x00"), "not_measured", "not UTF-8"),
    "gaps": (
        lambda path: write_track(path, *(s if i % 4 else f"{i / 5},," for i, s in enumerate(SWIM))),
        "missing_samples", "limit 5.0%",
    ),
}  # fmt: skip


@quick
@pytest.mark.parametrize(("make", "rule", "words"), BAD_TRACKS.values(), ids=BAD_TRACKS)
def test_a_bad_track_is_a_stated_and_counted_exclusion(folder: Path, make, rule: str, words: str) -> None:
    trial = spoil(folder, release_s=2.0, end_s=None)
    make(folder / f"{trial}.csv")
    outcome = analyse(folder)
    (flag,) = outcome.flags
    assert (flag.rule, flag.trial) == (rule, trial)
    assert words in flag.why
    measured = {row["trial"]: row for row in rows(folder / "out" / "measures.csv")}
    assert (measured[trial]["excluded"], measured[trial]["exclusion_rules"]) == ("true", rule)
    assert sum(row["excluded"] == "true" for row in measured.values()) == 1
    record = json.loads((folder / "out" / "analysis.json").read_text())
    assert record["flags"] == {rule: 1}
    assert (record["flow"][0]["trials_sheet"], record["flow"][0]["trials_analysed"]) == (6, 5)
    report = (folder / "out" / "report.html").read_text()
    assert words in report
    (summed,) = [
        row for row in rows(folder / "out" / "summary.csv")
        if (row["level"], row["group"], row["day"], row["measure"]) == ("group", "control", "1.0", "path_length_cm")
    ]  # fmt: skip
    assert summed["n_animals"] == "1"


BAD_SHEETS = {
    "an animal in two groups": ({"group": "lesion"}, r"'C1' is in the group 'lesion' in trial 'C1_day1_1'"),
    "an animal in a group and in none": ({"group": ""}, "An animal has one group"),
    "no arena file": ({"arena": "none.json"}, None),
    "no day": ({"day": None}, None),
    "no animal": ({"animal": ""}, None),
    "no film": ({"film": ""}, None),
    "no such platform": ({"platform": "elsewhere"}, None),
}


@quick
@pytest.mark.parametrize(("changes", "words"), BAD_SHEETS.values(), ids=BAD_SHEETS)
def test_a_bad_row_is_an_error_or_a_stated_exclusion(folder: Path, changes, words: str | None) -> None:
    trial = spoil(folder, **changes)
    if words is not None:
        with pytest.raises(MazetrackError, match=words):
            analyse(folder)
        assert not (folder / "out").exists()
        return
    assert {flag.trial for flag in analyse(folder).flags} == {trial}


def test_an_unknown_kind_is_told_with_its_row(folder: Path) -> None:
    sheet = folder / "trials.csv"
    sheet.write_text(sheet.read_text().replace("hidden", "hiden", 1))
    with pytest.raises(MazetrackError, match=r"Row 2 .*'hiden'"):
        analyse(folder)


def test_a_platform_outside_the_pool_is_told(folder: Path) -> None:
    arena = load_arena(folder / "arena.json")
    moved = {name: replace(p, cx=500.0) for name, p in arena.platforms.items()}
    save_arena(replace(arena, platforms=moved), folder / "arena.json", overwrite=True)
    with pytest.raises(MazetrackError, match=r"None of the 12 trials could be measured.*outside"):
        analyse(folder)
    assert not (folder / "out").exists()


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match="does not exist"):
        analyse(tmp_path)


@quick
def test_one_animal_a_group_is_described_but_not_tested(folder: Path) -> None:
    trials = [t for t in load_trials(folder / "trials.csv") if t.animal in ("C1", "L1")]
    save_trials(trials, folder / "trials.csv", overwrite=True)
    analyse(folder)
    tests = rows(folder / "out" / "statistics.csv")
    assert tests
    assert all(row["p"] == "" and "fewer than 2 animals" in row["note"] for row in tests)
    assert any(row["mean"] and not row["sd"] for row in rows(folder / "out" / "summary.csv") if row["level"] == "group")


@quick
def test_unbalanced_days_and_a_group_of_its_own_are_analysed(folder: Path) -> None:
    trials = [t for t in load_trials(folder / "trials.csv") if t.trial != "C1_day2_1"]
    save_trials([replace(t, group="") for t in trials], folder / "trials.csv", overwrite=True)
    analyse(folder)
    assert "all animals" in (folder / "out" / "report.html").read_text()


@quick
def test_marked_trials_are_in_the_second_set_of_tests_only(folder: Path) -> None:
    trial = spoil(folder, exclude=True, exclude_reason="fell asleep")
    (flag,) = analyse(folder).flags
    assert (flag.rule, flag.trial, flag.why) == ("sheet", trial, "fell asleep")
    table = rows(folder / "out" / "statistics.csv")
    tests = {(r["data_set"], r["outcome"]): r for r in table if r["test"].startswith("permutation")}
    path = "hidden.path_length_cm.slope"
    assert tests["with flagged trials", path]["n"] == "2 + 2"
    assert tests["after exclusions", path]["n"] == "1 + 2"


def test_a_table_of_measures_gives_the_same_statistics_without_paths(folder: Path) -> None:
    analyse(folder)
    analyse(folder, measures=folder / "out" / "measures.csv", out=folder / "second")
    first, second = (rows(folder / name / "statistics.csv") for name in ("out", "second"))
    assert [r["outcome"] for r in first] == [r["outcome"] for r in second]
    for one, other in zip(first, second, strict=True):  # tables are rounded to six decimals
        assert (one["p"] == other["p"] == "") or float(one["p"]) == pytest.approx(float(other["p"]), rel=1e-3)
    assert not (folder / "second" / "figures" / "contact_sheet.svg").exists()
    assert (folder / "second" / "figures" / "learning_curves.svg").exists()


def test_names_full_of_markup_and_formulas_do_nothing(folder: Path) -> None:
    evil = "<script>alert(1)</script>"
    trials = load_trials(folder / "trials.csv")
    renamed = [
        replace(t, animal=f"=cmd('{t.animal}')$x$", group=evil + t.group, trial=f"{evil}../{t.trial}", notes="@x")
        for t in trials
    ]
    save_trials(renamed, folder / "trials.csv", overwrite=True)
    before = {path.name for path in folder.iterdir()}
    analyse(folder)
    assert {path.name for path in folder.iterdir()} - before == {"out"}
    report = (folder / "out" / "report.html").read_text()
    assert report.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in report
    assert re.search(r"script-src 'sha256-[\w+/=]+'", report)
    assert not re.search(r'(src|href)="(?!data:)', report)
    for name in ("measures.csv", "summary.csv", "statistics.csv"):
        with (folder / "out" / name).open(newline="") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        risky = [c for c in cells if c.startswith(("=", "+", "@", "\t", "\r")) or re.match(r"-[^\d.]", c)]
        assert risky == []


def test_every_trial_may_be_flagged_and_is_told(folder: Path) -> None:
    trials = [replace(t, exclude=True) for t in load_trials(folder / "trials.csv")]
    save_trials(trials, folder / "trials.csv", overwrite=True)
    with pytest.raises(MazetrackError, match="Every trial is flagged"):
        analyse(folder)


@quick
def test_a_session_film_of_several_trials_is_read(simulated: Path, tmp_path: Path) -> None:
    """Back and forth at 20 cm/s for 40 s: two trials of 19 s, each 380 cm."""
    x = [-40 + 4 * min(i % 40, 40 - i % 40) for i in range(200)]
    write_track(tmp_path / "session.tracks.csv", *(f"{i / 5},{x[i]},10" for i in range(200)))
    shutil.copy(simulated / "arena.json", tmp_path / "a.json")
    film = Trial("t0", TrialKind.HIDDEN, "films/session.mp4", "a.json", "m1", "g")
    trials = [replace(film, trial=f"t{i}", day=i, release_s=20.0 * i, end_s=20.0 * i + 19) for i in (0, 1)]
    save_trials(trials, tmp_path / "trials.csv")
    assert analyse(tmp_path, tracks=tmp_path).flags == ()
    lengths = [float(row["path_length_cm"]) for row in rows(tmp_path / "out" / "measures.csv")]
    assert lengths == pytest.approx([380, 380], rel=0.02)


def session_of(folder: Path, arena: Path, n_rows: int) -> None:
    """Write a session film's track: 300 cm in 15 s, nobody for 10 s, 100 cm in 5 s; and a sheet with so many rows."""
    x = [-40 + 4 * min(i % 40, 40 - i % 40) for i in range(75)]
    first = [f"{i / 5},{at},10" for i, at in enumerate([*x, -40])]
    nobody = [f"{15 + i / 5},," for i in range(1, 50)]
    second = [f"{25 + i / 5},{at},10" for i, at in enumerate(x[:26])]
    write_track(folder / "session.tracks.csv", *first, *nobody, *second)
    shutil.copy(arena, folder / "a.json")
    row = Trial("t0", TrialKind.HIDDEN, "films/session.mp4", "a.json", "m1", "g")
    save_trials([replace(row, trial=f"t{i}", animal=f"m{i}", day=1) for i in range(n_rows)], folder / "trials.csv")


@quick
def test_the_rows_of_a_session_film_are_told_apart(simulated: Path, tmp_path: Path) -> None:
    session_of(tmp_path, simulated / "arena.json", 2)
    assert analyse(tmp_path, tracks=tmp_path).flags == ()
    found = {row["trial"]: row for row in rows(tmp_path / "out" / "measures.csv")}
    durations = [float(found[name]["trial_duration_s"]) for name in ("t0", "t1")]
    assert durations == pytest.approx([15, 5])
    assert {row["missing_fraction"] for row in found.values()} == {"0.0"}
    report = (tmp_path / "out" / "report.html").read_text()
    assert "2 trials of films with several swims were told apart" in report
    events = json.loads((tmp_path / "out" / "measures.json").read_text())["trials"]
    assert [event["release"] for event in events] == ["detected", "detected"]


@quick
def test_a_session_film_with_other_swims_than_rows_is_refused(simulated: Path, tmp_path: Path) -> None:
    session_of(tmp_path, simulated / "arena.json", 3)
    with pytest.raises(MazetrackError, match=r"3 rows for the film 'films/session.mp4', .* in 2 stretches"):
        analyse(tmp_path, tracks=tmp_path)


@quick
def test_two_rows_with_the_same_times_of_a_film_are_flagged(folder: Path) -> None:
    first, second, *others = load_trials(folder / "trials.csv")
    same = replace(second, film=f"../experiment/{first.film}", release_s=2.0, end_s=9.0)
    save_trials([replace(first, release_s=2.0, end_s=9.0), same, *others], folder / "trials.csv", overwrite=True)
    flags = analyse(folder).flags
    assert {(flag.rule, flag.trial) for flag in flags} == {("same_swim", first.trial), ("same_swim", second.trial)}
    assert first.trial in flags[1].why


def test_the_primary_outcome_is_told_with_its_unit_of_analysis() -> None:
    row = {"role": "primary", "outcome": "o", "comparison": "a vs b", "data_set": "all", "p": 0.5, "note": ""}
    table = pd.DataFrame([{**row, "test": "t", "n": "2 + 2", "unit_of_analysis": "cohort"}])
    assert _primary_in_words(table)[0].endswith("n = 2 + 2 cohorts)")
