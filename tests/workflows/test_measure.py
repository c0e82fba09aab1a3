from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.tracking.track import FIRST_TRACKED, LAST_TRACKED, Source, Track
from napari_mazetrack.tracking.track_nc import save_track_nc
from napari_mazetrack.workflows.measure import IDENTITY, MeasureRequest, measure_tracks
from napari_mazetrack.workflows.recordings import load_recordings

NAN = float("nan")
ARENA = Arena(
    Ellipse(300.0, 240.0, 200.0, 200.0),
    diameter_cm=100.0,
    platforms={"platform": Platform("circle", 400.0, 240.0, 20.0)},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An arena in px, and a swim straight to its platform at 40 px/s (10 cm/s) that stays there."""
    save_arena(ARENA, tmp_path / "arena.json")
    x = np.minimum(120 + 4.0 * np.arange(120), 400)
    write(tmp_path / "film.csv", np.arange(120) / 10, x, np.full(120, 240.0))
    return tmp_path


def write(path: Path, time: object, x: object, y: object, header: str = "time_s,x,y") -> Path:
    rows = np.stack([np.asarray(column, float) for column in (time, x, y)], axis=1)
    lines = [",".join("" if np.isnan(value) else f"{value:g}" for value in row) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def request(folder: Path, *tracks: str, **changes: object) -> MeasureRequest:
    return replace(
        MeasureRequest(
            tuple(folder / name for name in tracks or ("film.csv",)),
            folder / "out.csv",
            arena=folder / "arena.json",
            kind=TrialKind.HIDDEN,
        ),
        **changes,  # type: ignore[arg-type]
    )


def write_track(path: Path) -> None:
    """Write a track of ours: two animals side by side for four seconds."""
    columns = ",".join(f"{name}_{what}" for name in ("head", "body", "tail") for what in ("x", "y", "sigma_px"))
    lines = [f"frame_index,time_s,animal,score,box_x0,box_y0,box_x1,box_y1,{columns},source"]
    for i in range(40):
        for animal, y in (("animal_1", 240), ("animal_2", 200)):
            x = 120 + 4 * i
            box, points = f"{x - 9},{y - 9},{x + 9},{y + 9}", f"{x + 9},{y},1,{x},{y},1,{x - 9},{y},1"
            lines.append(f"{i},{i / 10},{animal},0.9,{box},{points},detected")
    path.write_text("\n".join(lines) + "\n")


def measured(wanted: MeasureRequest) -> list[dict[str, str]]:
    run_to_end(measure_tracks(wanted))
    with wanted.out.open(newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_swim_becomes_a_row(folder: Path) -> None:
    (row,) = measured(request(folder))
    assert list(row)[: len(IDENTITY)] == list(IDENTITY)
    assert (row["trial"], row["kind"], row["window"], row["end_reason"]) == ("film", "hidden", "whole", "escaped")
    assert row["reached_platform"] == "true"
    assert float(row["latency_s"]) == pytest.approx(6.5)
    assert float(row["path_length_cm"]) == pytest.approx(65)
    assert row["strategy"] == "direct"
    assert row["group"] == ""


def write_part_of_a_swim(path: Path, first: int, last: int) -> None:
    """Write the swim of `folder` as a track of ours of which only these frames were tracked."""
    x = np.minimum(120 + 4.0 * np.arange(120), 400)
    xy = np.stack([np.stack([x + ahead, np.full(120, 240.0)], axis=1) for ahead in (9, 0, -9)], axis=1)[:, None]
    source = np.zeros((120, 1), np.uint8)
    source[first : last + 1] = Source.DETECTED
    xy[source[:, 0] == Source.MISSING] = np.nan
    track = Track(
        time_s=np.arange(120) / 10,
        animals=("animal_1",),
        score=np.full((120, 1), 0.9, np.float32),
        box_xyxy=np.zeros((120, 1, 4), np.float32),
        keypoints_xy=xy,
        sigma_px=np.ones((120, 1, 3)),
        source=source,
        raw_keypoints_xy=xy.astype(np.float32),
        raw_sigma_px=np.ones((120, 1, 3), np.float32),
        attributes={"film_name": "film.mp4", FIRST_TRACKED: first, LAST_TRACKED: last},
    )
    save_track_nc(track, path)


@pytest.mark.parametrize(
    ("last", "end_reason", "latency_s"),
    [(99, "escaped", 6.0), (50, "film_ended", 4.5)],  # the animal is on the platform at 6.5 s of the film
)
def test_a_part_of_a_film_is_measured_in_the_time_of_the_film(
    folder: Path, last: int, end_reason: str, latency_s: float
) -> None:
    write_part_of_a_swim(folder / "film.tracks.nc", 5, last)
    (row,) = measured(request(folder, "film.tracks.nc"))
    assert row["end_reason"] == end_reason  # and not that somebody took the animal out
    assert float(row["latency_s"]) == pytest.approx(latency_s)
    assert float(row["missing_fraction"]) == 0
    about = json.loads((folder / "out.json").read_text())
    assert about["trials"][0]["release_s"] == pytest.approx(0.5)


def test_the_formulas_stand_beside_it(folder: Path) -> None:
    rows = measured(request(folder, variant="first_contact"))
    about = json.loads((folder / "out.json").read_text())
    assert set(rows[0]) - set(IDENTITY) == set(about["measures"])
    assert about["variant"]["name"] == rows[0]["variant"] == "first_contact"
    assert "first entry" in about["measures"]["latency_s"]["formula"]
    by = {name: measure["defined_by"] for name, measure in about["measures"].items()}
    assert {name for name, program in by.items() if program == "first_contact"} == {"reached_platform", "latency_s"}
    assert by["path_length_cm"] == "default"
    assert about["settings"]["events"]["escape_dwell_s"] == 2.0
    assert about["trials"][0]["release"] == "detected"
    assert about["chance"]["thigmotaxis_fraction"] == pytest.approx(0.36)
    assert about["chance"]["zone_time_fraction"] == about["trials"][0]["chance"]["zone_time_fraction"]


def test_trials_name_films_and_arenas(folder: Path) -> None:
    trials = (
        Trial("=first", TrialKind.HIDDEN, "films/film.mp4", "arena.json", "m1", "ctrl", day=2, release_s=0.5),
        Trial("probe", TrialKind.PROBE, "film.avi", "arena.json", "m1", limit_s=10.0, release_s=0.5),
        Trial("elsewhere", TrialKind.HIDDEN, "other.mp4", "arena.json"),
    )
    save_trials(trials, folder / "trials.csv")
    wanted = request(folder, trials=folder / "trials.csv", arena=None, kind=None)
    rows = measured(wanted)
    assert [(row["trial"], row["window"]) for row in rows[:2]] == [("'=first", "whole"), ("probe", "whole")]
    assert (rows[0]["animal"], rows[0]["group"], rows[0]["day"]) == ("m1", "ctrl", "2")
    assert float(rows[0]["latency_s"]) == pytest.approx(6.0)
    about = json.loads((folder / "out.json").read_text())
    assert "other.mp4" in about["messages"][0]


def test_a_start_that_the_arena_does_not_have_is_told_once(folder: Path) -> None:
    save_arena(replace(ARENA, starts={"N": (300.0, 50.0)}), folder / "arena.json", overwrite=True)
    starts = ("N", "M", "M")
    row = Trial("", TrialKind.HIDDEN, "film.mp4", "arena.json", release_s=0.0)
    trials = [replace(row, trial=f"t{i}", start=name) for i, name in enumerate(starts)]
    save_trials(trials, folder / "trials.csv")
    rows = measured(request(folder, trials=folder / "trials.csv", arena=None, kind=None))
    assert [row["excluded"] for row in rows] == ["false"] * 3
    (told,) = json.loads((folder / "out.json").read_text())["messages"]
    assert "'t1' names the start 'M', but arena.json has: N" in told


def test_a_trial_without_samples_is_a_stated_exclusion(folder: Path) -> None:
    trials = (
        Trial("good", TrialKind.HIDDEN, "film.mp4", "arena.json"),
        Trial("late", TrialKind.HIDDEN, "film.mp4", "arena.json", release_s=100.0),
    )
    save_trials(trials, folder / "trials.csv")
    rows = measured(request(folder, trials=folder / "trials.csv", arena=None, kind=None))
    assert [row["excluded"] for row in rows] == ["false", "true"]
    assert rows[1]["path_length_cm"] == ""
    assert "no sample" in json.loads((folder / "out.json").read_text())["messages"][0]


def test_existing_results_are_kept(folder: Path) -> None:
    measured(request(folder))
    with pytest.raises(MazetrackError, match="--force"):
        run_to_end(measure_tracks(request(folder)))
    assert len(measured(request(folder, force=True))) == 1


def test_an_animal_without_a_trial_is_told_by_its_name(folder: Path) -> None:
    write_track(folder / "film.tracks.csv")
    save_trials([Trial("one", TrialKind.HIDDEN, "film.mp4", "arena.json", "animal_1")], folder / "trials.csv")
    wanted = request(folder, "film.tracks.csv", trials=folder / "trials.csv", arena=None, kind=None)
    assert [row["animal"] for row in measured(wanted)] == ["animal_1"]
    assert json.loads((folder / "out.json").read_text())["messages"] == [
        "Left out: no trial is of animal_2 in the film film."
    ]


@pytest.mark.parametrize(("choice", "words"), [({"fps": 30.0}, "--fps"), ({"point": "head"}, "--point")])
def test_what_would_change_nothing_is_refused(folder: Path, choice: dict[str, object], words: str) -> None:
    write_track(folder / "film.tracks.csv")
    with pytest.raises(MazetrackError, match=f"Leave out {words}"):
        measured(request(folder, "film.tracks.csv", **choice))


def test_two_tracks_of_films_of_one_name_are_refused(folder: Path) -> None:
    (folder / "day2").mkdir()
    (folder / "film.csv").rename(folder / "day2/film.csv")
    write(folder / "film.csv", [0, 1], [300, 300], [240, 240])
    with pytest.raises(MazetrackError, match=r"Two tracks are of a film named 'film': in .*film.csv and in .*day2"):
        measured(request(folder, "film.csv", "day2/film.csv"))
    assert not (folder / "out.csv").exists()


def test_several_processes_write_what_one_writes(folder: Path) -> None:
    names = [f"film_{i}.csv" for i in range(5)]
    for i, name in enumerate(names):
        write(folder / name, np.arange(120) / 10, 120 + (3.0 + i) * np.arange(120) % 300, np.full(120, 240.0 + i))
    write(folder / "film_3.csv", TIMES, [NAN] * 6, [NAN] * 6)
    written = []
    for processes in (1, 2):
        run_to_end(measure_tracks(request(folder, *names, processes=processes, force=True)))
        written.append([(folder / name).read_bytes() for name in ("out.csv", "out.json")])
    assert written[0] == written[1]
    assert written[0][0].count(b"film_3") == 2
    assert b"no release" in written[0][1]


TIMES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
BAD = {
    "backward times": (write, ([0, 2, 1], [300] * 3, [240] * 3), "goes back in time"),
    "a time twice": (write, ([0, 1, 1], [300] * 3, [240] * 3), "two samples at 1 s"),
    "no time": (lambda path: path.write_text("time_s,x,y\n0,300,240\n,300,240\n"), (), "no time in sample 1"),
    "nothing but gaps": (write, (TIMES, [NAN] * 6, [NAN] * 6), "no release"),
    "outside the pool": (write, (TIMES, [3000] * 6, [240] * 6), "outside the pool"),
    "centimetres": (
        lambda path, *rows: write(path, *rows, header="time_s,x_cm,y_cm"),
        (TIMES, [300] * 6, [240] * 6),
        "px",
    ),
    "text": (lambda path: path.write_text("time_s,x,y\n0,a,b\n"), (), "Line 2"),
    "no columns": (lambda path: path.write_text("a,b\n1,2\n"), (), "time_s, x and y"),
    "empty": (lambda path: path.write_text(""), (), "time_s, x and y"),
    "no rows": (lambda path: path.write_text("time_s,x,y\n"), (), "no samples"),
    "deeplabcut without times": (lambda path: path.write_text("scorer,a\nbodyparts,b\ncoords,x\n"), (), "--fps"),
    "missing": (lambda path: None, (), "does not exist"),
}


def test_pixels_do_not_fit_an_arena_in_centimetres(folder: Path) -> None:
    pool, platform = Ellipse(0.0, 0.0, 50.0, 50.0), Platform("circle", 25.0, 0.0, 5.0)
    save_arena(Arena(pool, units="cm", platforms={"p": platform}), folder / "arena.json", overwrite=True)
    for header, words in (("time_s,x_px,y_px", "in px, but its arena in cm"), ("time_s,x,y", "outside the pool")):
        write(folder / "film.csv", TIMES, [300] * 6, [240] * 6, header)
        with pytest.raises(MazetrackError, match=words):
            run_to_end(measure_tracks(request(folder)))


@pytest.mark.parametrize(("make", "rows", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_told_and_nothing_is_written(folder: Path, make, rows, words: str) -> None:
    make(folder / "bad.csv", *rows)
    with pytest.raises(MazetrackError, match=words):
        run_to_end(measure_tracks(request(folder, "bad.csv")))
    assert not (folder / "out.csv").exists()
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize("seconds", [[1.0], [1.0, 1.2]], ids=["one", "two"])
def test_a_swim_too_short_to_be_released_is_told(folder: Path, seconds: list[float]) -> None:
    write(folder / "film.csv", seconds, [300] * len(seconds), [240] * len(seconds))
    with pytest.raises(MazetrackError, match="no release"):
        run_to_end(measure_tracks(request(folder)))


def test_one_sample_is_measured(folder: Path) -> None:
    write(folder / "one.csv", [1.0], [300], [240])
    trials = (Trial("one", TrialKind.HIDDEN, "one", "arena.json", release_s=1.0),)
    save_trials(trials, folder / "trials.csv")
    (row,) = measured(request(folder, "one.csv", trials=folder / "trials.csv", arena=None, kind=None))
    assert (row["end_reason"], row["path_length_cm"], row["mean_speed_cm_s"]) == ("film_ended", "0.0", "")


def test_deeplabcut_tables_are_read(shared_data: Path) -> None:
    path = shared_data / "openfield_video" / "m3v1_partDLC_resnet50.csv"
    with pytest.raises(MazetrackError, match="--point"):
        load_recordings(path, fps=30.0)
    (recording,) = load_recordings(path, fps=30.0, point="tailbase")
    assert recording.stem == "m3v1_part"
    assert len(recording.time_s) == 797
    assert np.isfinite(recording.xy).all(axis=1).mean() > 0.95


def test_rows_of_a_film_without_swims_of_their_own_are_a_stated_exclusion(folder: Path) -> None:
    rows = [Trial(name, TrialKind.HIDDEN, "film.mp4", "arena.json") for name in ("one", "two")]
    save_trials(rows, folder / "trials.csv")
    with pytest.raises(MazetrackError, match=r"Trial 'one': the sheet has 2 rows .* in 1 stretch "):
        measured(request(folder, trials=folder / "trials.csv", arena=None, kind=None))


def test_a_reversal_without_an_old_platform_is_told(folder: Path) -> None:
    run_to_end(measure_tracks(request(folder, kind=TrialKind.REVERSAL)))
    (told,) = json.loads((folder / "out.json").read_text())["messages"]
    assert "1 reversal trial names no former platform" in told


def test_a_named_animal_that_a_track_of_several_does_not_have_is_left_out_in_words(folder: Path) -> None:
    write_track(folder / "pair.tracks.csv")
    trials = [
        Trial("t1", TrialKind.PROBE, film="pair.mp4", animal="A", arena="arena.json"),
        Trial("t2", TrialKind.PROBE, film="film.mp4", animal="B", arena="arena.json"),
    ]
    save_trials(trials, folder / "trials.csv")
    asked = replace(request(folder, "pair.tracks.csv", "film.csv"), trials=folder / "trials.csv")
    outcome = run_to_end(measure_tracks(asked))
    (told,) = [message for message in outcome.messages if "pair" in message or "several" in message]
    assert "none of them 'A'" in told
    assert [row["trial"] for row in outcome.rows if row["excluded"]] == ["t1"]
