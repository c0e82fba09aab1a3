"""A blinded analysis names no group in any file; its end is logged, and later reports say what was kept or changed."""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import draw_key
from napari_mazetrack.experiment.exclusions import Placement
from napari_mazetrack.experiment.settings import AnalysisSettings, ExclusionLimits
from napari_mazetrack.maze.trials import Trial, TrialKind, load_trials, save_trials
from napari_mazetrack.progress import Job, run_to_end
from napari_mazetrack.simulator.experiment import ExperimentDesign, write_experiment
from napari_mazetrack.workflows.analyse import AnalysisOutcome, analyse_experiment
from napari_mazetrack.workflows.analysis_request import AnalysisRequest
from napari_mazetrack.workflows.blind_files import key_path, load_key, load_log, log_path
from napari_mazetrack.workflows.blinding import hide_names
from napari_mazetrack.workflows.camera_between_films import CameraShift
from napari_mazetrack.workflows.measure_experiment import ExperimentMeasures

PRIMARY = "hidden.path_length_cm.mean"
SETTINGS = AnalysisSettings(n_bootstrap=99, n_permutations=99, primary=PRIMARY)
DESIGN = ExperimentDesign(n_animals=2, n_days=2, n_trials=1, limit_s=35.0)
NAMES = {"control": "Vehicle", "lesion": "Rotenone"}  # words that stand in no report by themselves


def job(folder: Path, **changes: object) -> Job[AnalysisOutcome]:
    request = AnalysisRequest(folder / "trials.csv", folder / "out", settings=SETTINGS, force=True)
    return analyse_experiment(replace(request, **changes))


def analyse(folder: Path, **changes: object) -> AnalysisOutcome:
    return run_to_end(job(folder, **changes))


def rewrite(folder: Path, trials: Sequence[Trial]) -> None:
    save_trials(trials, folder / "trials.csv", overwrite=True)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def readable(data: bytes) -> str:
    """Return a file's bytes with what a PDF keeps packed, its texts in one piece."""
    packed = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL) if data.startswith(b"%PDF") else []
    unpacked = b"\n".join(zlib.decompressobj().decompress(part) for part in packed if part[:1] == b"\x78")
    pieces = re.sub(rb"\)\s*-?[\d.]*\s*\(", b"", unpacked)
    return (data + pieces).decode("latin-1").casefold()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups of two animals; one has no track, one is left out for a reason that tells its group."""
    folder = tmp_path_factory.mktemp("experiment")
    list(write_experiment(folder, DESIGN))
    (folder / "L2_day1_1.csv").unlink()
    trials = [replace(trial, group=NAMES[trial.group]) for trial in load_trials(folder / "trials.csv")]
    trials[0] = replace(trials[0], exclude=True, exclude_reason="Vehicle leaked")
    rewrite(folder, trials)
    return folder


@pytest.fixture(scope="module")
def blinded(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a blinded analysis with all its figures."""
    folder = Path(shutil.copytree(simulated, tmp_path_factory.mktemp("blinded") / "experiment"))
    analyse(folder, blind=True, by="Ben")
    return folder


@pytest.fixture
def folder(simulated: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may spoil."""
    return Path(shutil.copytree(simulated, tmp_path / "experiment"))


quick = pytest.mark.usefixtures("without_figures")


def test_no_file_of_a_blinded_analysis_holds_a_true_name(blinded: Path) -> None:
    results = files(blinded / "out")
    assert len(results) > 20
    animals = ("C1", "C2", "L1", "L2", "C1_day1_1", "L2_day1_1")
    for name, data in results.items():
        text = readable(data)
        assert not [group for group in NAMES.values() if group.casefold() in text], name
        if not name.endswith((".png", ".pdf", ".svg")):
            visible = re.sub(r"data:image/[^\"]+", "", text)
            assert not [animal for animal in animals if re.search(rf"\b{animal.casefold()}\b", visible)], name
    assert "group a" in readable(results["figures/learning_curves.svg"])
    assert "<strong>Blinded:</strong>" in results["report.html"].decode()
    assert "hidden while blinded" in results["report.html"].decode()
    assert load_key(key_path(blinded / "trials.csv")).groups.keys() == set(NAMES.values())


def test_a_pdf_is_looked_into(simulated: Path, blinded: Path) -> None:
    """What the test above relies on: the codes are found in the PDF, so that a name would be."""
    assert "group a" in readable((blinded / "out" / "figures" / "learning_curves.pdf").read_bytes())


def test_results_do_not_depend_on_names_and_order_of_the_groups(blinded: Path, tmp_path: Path) -> None:
    """Other names in the other order, under the same codes: all that is seen is the same, byte for byte."""
    other = Path(shutil.copytree(blinded, tmp_path / "experiment", ignore=shutil.ignore_patterns("out")))
    new_names = {"Vehicle": "zzz", "Rotenone": "aaa"}
    trials = [replace(t, group=new_names[t.group], exclude_reason="x" if t.exclude else "") for t in
              load_trials(other / "trials.csv")]  # fmt: skip
    rewrite(other, sorted(trials, key=lambda trial: trial.group))
    assert load_trials(other / "trials.csv")[0].animal == "L1"
    key = json.loads(key_path(other / "trials.csv").read_text())
    key["groups"] = {new_names[name]: code for name, code in key["groups"].items()}
    key_path(other / "trials.csv").write_text(json.dumps(key))
    analyse(other, blind=True)
    one, two = files(blinded / "out"), files(other / "out")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == ["analysis.json"]  # sums and place of the inputs


def test_a_blinded_record_makes_the_same_files_again_also_after_the_unblinding(blinded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(blinded, tmp_path / "experiment"))
    sheet = folder / "trials.csv"
    request = AnalysisRequest(sheet, folder / "open", settings=SETTINGS, unblind=True)
    run_to_end(analyse_experiment(request))
    elsewhere = Path(shutil.copytree(folder / "out", tmp_path / "elsewhere")) / "analysis.json"
    with pytest.raises(MazetrackError, match="in none of the folders above it"):
        analyse(folder, experiment=elsewhere, out=folder / "again")
    analyse(folder, experiment=elsewhere, out=folder / "again", trials=sheet)
    shutil.rmtree(folder / "again")
    analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    names = list(files(folder / "out"))
    assert filecmp.cmpfiles(folder / "out", folder / "again", names, shallow=False) == (names, [], [])
    analyse(folder, experiment=folder / "open" / "analysis.json", out=folder / "open2")
    assert files(folder / "open") == files(folder / "open2")
    assert b"Vehicle" in files(folder / "open")["report.html"]
    key_path(sheet).unlink()
    log_path(sheet).unlink()
    with pytest.raises(MazetrackError, match=r"trials\.blinding\.jsonl is gone"):
        analyse(folder, experiment=folder / "open" / "analysis.json", out=folder / "open3")


@quick
def test_codes_stay_from_run_to_run_and_rules_may_change_while_blinded(folder: Path) -> None:
    sheet = folder / "trials.csv"
    told = analyse(folder, blind=True, by="Ben").blinding
    assert "do not open" in told[0]
    assert "have codes too" in told[0]
    key, log = key_path(sheet).read_bytes(), log_path(sheet).read_bytes()
    assert json.loads(log)["by"] == "Ben"
    before = files(folder / "out")
    analyse(folder, blind=True)
    assert files(folder / "out") == before
    strict = replace(SETTINGS, limits=ExclusionLimits(min_visible_reached=0.9), primary="")
    report = analyse(folder, blind=True, settings=strict).report.read_text()
    assert "90%" in report
    assert "CHANGED" not in report
    assert (key_path(sheet).read_bytes(), log_path(sheet).read_bytes()) == (key, log)


@quick
def test_unblinding_fixes_rules_and_outcome_and_later_changes_are_told(folder: Path) -> None:
    sheet = folder / "trials.csv"
    analyse(folder, blind=True, by="Ben")
    outcome = analyse(folder, unblind=True, by="Ann")
    assert outcome.blinding[0].startswith("Unblinded: exclusions and primary outcome are fixed in")
    assert "Vehicle vs Rotenone" in outcome.primary[0] or "Rotenone vs Vehicle" in outcome.primary[0]
    entry = load_log(log_path(sheet)).unblinding
    assert entry is not None
    assert (entry.by, entry.fixed.primary, entry.fixed.limits) == ("Ann", PRIMARY, ExclusionLimits())
    assert entry.fixed.left_out == {"C1_day1_1": ("sheet",), "L2_day1_1": ("not_measured",)}
    kept = outcome.report.read_text()
    assert f"were fixed before unblinding on {entry.day}" in kept
    assert "unblinding on" not in kept.partition("<h2>")[0]

    log = log_path(sheet).read_bytes()
    assert analyse(folder).report.read_text() == kept
    trials = load_trials(sheet)
    trials = [replace(t, group="Rotenone") if t.animal == "C2" else t for t in trials]
    rewrite(folder, [replace(trials[0], exclude=False), replace(trials[1], exclude=True), *trials[2:]])
    lenient = replace(SETTINGS, limits=ExclusionLimits(floating_days=3), primary="")
    outcome = analyse(folder, settings=lenient)
    told = (
        f"primary outcome from {PRIMARY} to none; floating_days from 2 to 3; now left out: trial {trials[1].trial}; "
        "no longer left out: trial C1_day1_1; in another group: trials C2_day1_1, C2_day2_1, C2_day3_1."
    )
    top, _, below = outcome.report.read_text().partition("<h2>")
    assert f"Changed after unblinding on {entry.day}:</strong> {told}" in top
    assert f"They were CHANGED after unblinding: {told}" in below
    assert outcome.blinding == (f"Changed after unblinding on {entry.day}: {told}",)
    assert log_path(sheet).read_bytes() == log


@quick
def test_an_analysis_that_was_never_blinded_says_nothing_of_it(folder: Path) -> None:
    outcome = analyse(folder)
    assert "blind" not in outcome.report.read_text()
    assert outcome.blinding == ()
    assert "blind" not in (folder / "out" / "analysis.json").read_text()
    assert not key_path(folder / "trials.csv").exists()


@quick
def test_what_does_not_fit_is_refused_and_nothing_is_written(folder: Path) -> None:
    sheet = folder / "trials.csv"
    with pytest.raises(MazetrackError, match="never analysed blinded"):
        analyse(folder, unblind=True)
    assert not (folder / "out").exists()
    analyse(folder, blind=True)
    before = files(folder)
    with pytest.raises(MazetrackError, match="would show which group is which"):
        analyse(folder)
    assert files(folder) == before
    key_path(sheet).unlink()
    with pytest.raises(MazetrackError, match="the key of the blinding, is gone"):
        analyse(folder, blind=True)
    analyse(folder, unblind=True)  # needs no key
    before = files(folder)
    for again, words in (({"unblind": True}, "unblinded on .* already"), ({"blind": True}, "cannot be called blinded")):
        with pytest.raises(MazetrackError, match=words):
            analyse(folder, **again)
    assert files(folder) == before


@quick
def test_nobody_is_called_blind_beside_results_that_name_the_groups(folder: Path) -> None:
    analyse(folder)
    before = files(folder)
    with pytest.raises(MazetrackError, match="holds results that name the groups"):
        analyse(folder, blind=True)
    assert files(folder) == before


@quick
@pytest.mark.parametrize("spoilt", [key_path, log_path])
def test_a_damaged_key_or_log_is_one_sentence_and_changes_nothing(folder: Path, spoilt) -> None:
    analyse(folder, blind=True)
    spoilt(folder / "trials.csv").write_text('{"groups": ')
    before = files(folder)
    with pytest.raises(MazetrackError, match="damaged"):
        analyse(folder, blind=True)
    assert files(folder) == before


@quick
@pytest.mark.parametrize("ending", ["blind", "unblind"])
def test_an_analysis_that_fails_leaves_neither_key_nor_entry(
    folder: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ending == "unblind":
        analyse(folder, blind=True)
    before = files(folder)

    def fail(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_mazetrack.workflows.analysis_files.report_html", fail)
    with pytest.raises(KeyboardInterrupt):
        analyse(folder, **{ending: True})
    assert files(folder) == before


@quick
def test_nothing_that_is_said_on_the_way_names_what_has_a_code(folder: Path) -> None:
    messages = [report.message for report in job(folder, blind=True)]
    assert "Flagged: could not be measured: 1 trials; marked in the trials sheet: 1 trials." in messages
    assert not [message for message in messages if "L2" in message]


@quick
def test_a_sheet_with_an_animal_in_two_groups_is_told_without_them(folder: Path) -> None:
    first, *others = load_trials(folder / "trials.csv")
    rewrite(folder, [replace(first, group="Rotenone"), *others])
    with pytest.raises(MazetrackError, match="'C1' is in one group in trial 'C1_day1_1', but in another") as told:
        analyse(folder, blind=True)
    assert "Rotenone" not in str(told.value)
    assert not key_path(folder / "trials.csv").exists()


@quick
def test_no_path_of_a_blinded_analysis_is_in_its_files_and_it_is_made_again_where_it_was_moved(
    simulated: Path, tmp_path: Path
) -> None:
    """Folders and files are named after the groups, also by other words, and one that is gone is told of."""
    folder = Path(shutil.copytree(simulated, tmp_path / "Rotenone against Vehicle" / "sheet"))
    trials = load_trials(folder / "trials.csv")
    named = [
        replace(trial, film=f"treated/{trial.film}", arena="arena_treated.json")
        if trial.group == "Rotenone"
        else replace(trial, film=f"oil/{trial.film}")
        for trial in trials
    ]
    tracks = folder.parent / "Rotenone tracks"
    for trial in (trial for trial in trials if (folder / trial.film).exists()):
        tracks.mkdir(exist_ok=True)
        (folder / trial.film).rename(tracks / f"{Path(trial.film).stem}.tracks.csv")
    rewrite(folder, [replace(trial, film=trial.film.replace(".csv", ".mp4")) for trial in named])
    analyse(folder, blind=True, tracks=tracks)
    results = files(folder / "out")
    for name, data in results.items():
        told = [word for word in ("rotenone", "vehicle", "treated", "oil/", "trials.csv") if word in readable(data)]
        assert not told, name
    assert "hidden while blinded" in json.loads(results["measures.json"])["messages"][-1]  # arena_treated.json is gone
    record = json.loads(results["analysis.json"])
    assert {record["trials"], record["tracks"]} == {"path 1", "path 2"}
    moved = folder.parent.rename(tmp_path / "moved") / "sheet"
    analyse(moved, experiment=moved / "out" / "analysis.json", out=moved / "again" / "deeper")
    assert files(moved / "again" / "deeper") == results


@quick
def test_a_blinded_record_is_made_again_after_an_analysis_of_other_tracks(folder: Path, tmp_path: Path) -> None:
    """The key then holds another path, which changes none of the codes."""
    analyse(folder, blind=True)
    results = files(folder / "out")
    analyse(folder, blind=True, tracks=tmp_path, out=tmp_path / "other")
    assert len(load_key(key_path(folder / "trials.csv")).paths) == 2
    analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    assert files(folder / "again") == results


@quick
def test_a_table_of_measures_is_blinded_too(folder: Path, tmp_path: Path) -> None:
    analyse(folder, out=tmp_path / "open")
    analyse(folder, measures=tmp_path / "open" / "measures.csv", blind=True)
    for name, data in files(folder / "out").items():
        assert not [group for group in NAMES.values() if group.casefold() in readable(data)], name


def test_cohorts_doubts_and_warnings_tell_no_group() -> None:
    trials = [
        Trial(f"t{i}", TrialKind.HIDDEN, f"{group}/f{i}.mp4", "a.json", f"m{i}", group, cohort=f"{group} litter")
        for i, group in enumerate(("control", "control", "lesion"))
    ]
    rows = [{name: getattr(t, name) for name in ("trial", "film", "animal", "group", "cohort")} for t in trials]
    measured = ExperimentMeasures(
        rows=rows,
        doubts={"t0": "jumps 40 cm"},
        placements={"t0": Placement(0.0, same_as="t1")},
        intervals=[{"trial": "t2", "animal": "m2"}],
        camera=(CameraShift(trials[0].film, trials[1].film, "a.json", 1, 8.0),),
        warnings=["the lesion group is told"],
    )
    key = draw_key(trials)
    coded, hidden = hide_names(key, trials, measured)
    assert not re.search("control|lesion", repr((coded, hidden)))
    assert {row["cohort"] for row in hidden.rows} == {"cohort 1", "cohort 2"}
    assert {t.trial: t.cohort for t in coded} == {row["trial"]: row["cohort"] for row in hidden.rows}
    assert hidden.camera[0].before == key.film(trials[0].film)
    assert hidden.doubts == {key.trial("t0"): "jumps 40 cm"}
    assert hidden.placements[key.trial("t0")].same_as == key.trial("t1")
