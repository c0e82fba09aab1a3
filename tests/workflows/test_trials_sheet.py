"""A trials sheet that is filled in: each change is in the file, can be taken back, and never overwrites another's."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import COLUMNS, Trial, TrialKind, cells_of_trial, load_trials, trial_of_cells
from napari_mazetrack.workflows.trials_sheet import READY, TrialsSheet


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    paths = [folder / name for name in ("m1_day1.mp4", "m2_day1.mp4", "m2_day1.avi")]
    for path in paths:
        path.write_bytes(b"film")
    (folder / "m1_day1.arena.json").write_text("{}")
    return paths


@pytest.fixture
def sheet(tmp_path, films):
    return TrialsSheet.create(tmp_path / "trials.csv", films)


def test_films_become_rows_with_names_of_their_own(sheet):
    rows = load_trials(sheet.path)
    assert [row.trial for row in rows] == ["m1_day1", "m2_day1", "m2_day1 (2)"]
    assert [row.film for row in rows] == ["films/m1_day1.mp4", "films/m2_day1.mp4", "films/m2_day1.avi"]
    assert [row.arena for row in rows] == ["films/m1_day1.arena.json", "", ""]
    with pytest.raises(MazetrackError, match="at least one film"):
        TrialsSheet.create(sheet.path.with_name("none.csv"), [])
    with pytest.raises(MazetrackError, match="exists"):
        TrialsSheet.create(sheet.path, [Path("a.mp4")])


def test_a_cell_is_in_the_file_when_it_is_shown(sheet):
    sheet.set_cell(0, "group", " =cmd() ")
    sheet.set_cell(1, "day", "3")
    sheet.set_cell(2, "limit_s", "60,5")
    sheet.set_cell(2, "exclude", "yes")
    rows = load_trials(sheet.path)
    assert rows == sheet.trials
    assert (rows[0].group, rows[1].day, rows[2].limit_s, rows[2].exclude) == ("=cmd()", 3, 60.5, True)


def test_a_change_of_one_cell_leaves_the_others_exact(sheet):
    sheet.set_cell(0, "release_s", "1234.567891")
    sheet.set_cell(0, "animal", "A")
    assert load_trials(sheet.path)[0].release_s == 1234.567891


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("day", "Monday", "day must be a whole number"),
        ("kind", "swim", "must be one of hidden"),
        ("limit_s", "-3", "limit_s must be seconds"),
        ("trial", "", "has no name"),
        ("trial", "m2_day1", "a trial 'm2_day1' already"),
        ("exclude", "perhaps", "must be true or false"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(sheet, column, text, said):
    before = sheet.path.read_bytes()
    with pytest.raises(MazetrackError, match=said):
        sheet.set_cell(0, column, text)
    assert sheet.path.read_bytes() == before
    assert not sheet.can_undo


def test_changes_are_taken_back_one_by_one(sheet, films):
    start = sheet.trials
    sheet.set_cell(0, "animal", "A")
    sheet.set_cell(0, "animal", "A")  # no change
    sheet.remove([1, 2])
    assert sheet.add_films(films) == 2
    assert [trial.animal for trial in sheet.trials] == ["A", "", ""]
    assert sheet.add_films(films) == 0
    for _ in range(3):
        sheet.undo()
    assert sheet.trials == start == load_trials(sheet.path)
    assert not sheet.can_undo
    with pytest.raises(MazetrackError, match="keeps at least one row"):
        sheet.remove(range(3))


def test_what_another_program_wrote_is_not_overwritten(sheet):
    text = sheet.path.read_text().replace("m1_day1,", "renamed,", 1)
    sheet.path.write_text(text + "\n")
    with pytest.raises(MazetrackError, match="changed by another program"):
        sheet.set_cell(0, "animal", "A")
    assert sheet.path.read_text() == text + "\n"
    assert sheet.trials[0].animal == ""


def test_a_row_says_what_it_lacks(sheet, films):
    said = [sheet.state_of(0)]
    films[0].with_name("m1_day1.tracks.csv").write_text("")
    said.append(sheet.state_of(0))
    for column, text in (("animal", "A"), ("day", "1"), ("arena", "gone.json"), ("arena", ""), ("film", "")):
        sheet.set_cell(0, column, text)
        said.append(sheet.state_of(0))
    assert said == ["not tracked yet", "no animal", "no day", READY, "arena not found", "no arena", "no film"]
    sheet.set_cell(0, "exclude", "true")
    assert sheet.state_of(0) == "left out: no reason given"


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=8)
seconds = st.none() | st.floats(1e-6, 5000)


@settings(max_examples=60)
@given(
    st.builds(
        Trial,
        trial=texts.filter(bool),
        kind=st.sampled_from(TrialKind),
        animal=texts,
        notes=texts,
        day=st.none() | st.integers(0, 500),
        limit_s=seconds,
        release_s=seconds,
        exclude=st.booleans(),
    )
)
def test_cells_say_everything_of_a_trial(trial):
    cells = cells_of_trial(trial)
    assert tuple(cells) == COLUMNS
    assert trial_of_cells(cells, "Row 1") == trial


def test_films_of_one_name_are_not_ready_where_they_would_share_a_track(tmp_path):
    for folder in ("day1", "day2", "tracks"):
        (tmp_path / folder).mkdir()
    films = [tmp_path / folder / "swim.mp4" for folder in ("day1", "day2")]
    sheet = TrialsSheet.create(tmp_path / "trials.csv", films)
    (tmp_path / "tracks" / "swim.tracks.csv").write_text("a track")
    (tmp_path / "arena.json").write_text("{}")
    for row in (0, 1):
        for column, value in (("arena", "arena.json"), ("animal", "m1"), ("day", "1")):
            sheet.set_cell(row, column, value)
    assert [sheet.state_of(row, tmp_path / "tracks") for row in (0, 1)] == ["another film's track"] * 2
    for folder in ("day1", "day2"):
        (tmp_path / folder / "swim.tracks.csv").write_text("a track")
    assert [sheet.state_of(row) for row in (0, 1)] == [READY] * 2
