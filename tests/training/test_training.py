"""Training end to end on a small world: it learns, it resumes exactly, it stops cleanly, it refuses in words."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from PIL import Image
from small_training import SMALL
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.losses import compute_losses
from napari_mazetrack.network.model_weights import read_network
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training import loop
from napari_mazetrack.training.checkpoint import load_checkpoint, save_checkpoint
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.optimisation import compute_learning_rate
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.scoring import score_frames
from napari_mazetrack.training.settings import RECIPES
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.workflows.evaluate import EvaluateRequest, evaluate_model
from napari_mazetrack.workflows.train import TrainRequest, read_picture_keys, train_model

FILES = ["augmented.png", "checkpoint.pt", "curves.png", "losses.csv", "metrics.json", "model.onnx"]


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    """The folder of an undisturbed training."""
    folder = tmp_path_factory.mktemp("trained")
    run_to_end(train_model(TrainRequest((table,), folder, SMALL)))
    return folder


def test_a_training_leaves_its_whole_record(trained):
    assert sorted(p.name for p in trained.iterdir()) == FILES
    spec = read_model_file(trained / "model.onnx").spec
    metrics = json.loads((trained / "metrics.json").read_text())
    assert spec.scores["held_out"] == metrics["held_out"]
    held_out = metrics["held_out"]["n_frames"]
    assert 0 < len({(w["source"], w["frame_index"]) for w in metrics["worst_frames"]}) <= held_out
    assert all(Path(worst["source"]).is_file() for worst in metrics["worst_frames"])
    assert spec.trained_on["tables"][0]["training_frames"] == 11
    assert str(trained) not in spec.to_json()
    with (trained / "losses.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    weights = {"class": 1, "box": 2, "keypoints": 1, "refinement": 1, "heat": 2}
    for row in rows:
        parts = sum(weight * float(row[name]) for name, weight in weights.items())
        assert float(row["total"]) == pytest.approx(parts, rel=1e-4)


def test_a_stopped_training_resumes_to_the_same_weights(table, trained, tmp_path):
    request = TrainRequest((table,), tmp_path, SMALL)
    job = train_model(request)
    for report in job:
        if report.message.startswith("epoch 1"):
            break
    job.close()
    # the best so far is kept, and how it went
    assert sorted(p.name for p in tmp_path.iterdir()) == [name for name in FILES if name != "metrics.json"]
    assert load_checkpoint(tmp_path / "checkpoint.pt").epoch == 1
    run_to_end(train_model(replace(request, resume=True)))
    ours, undisturbed = (load_checkpoint(f / "checkpoint.pt") for f in (tmp_path, trained))
    for name, value in undisturbed.weights.items():
        torch.testing.assert_close(ours.weights[name], value, rtol=0, atol=0)
    assert ours.history == undisturbed.history


def test_a_network_learns_an_animal_by_heart():
    """The loss of one batch falls far: gradients reach every head, and targets and outputs agree."""
    from napari_mazetrack.detector.spec import PriorSpec
    from napari_mazetrack.network.detector_network import DetectorNetwork
    from napari_mazetrack.training.augmentation import LookSettings

    luma = np.full((96, 128), 200, np.uint8)
    luma[40:52, 40:80], luma[36:56, 40:52] = 20, 20
    picture = TrainingPicture(luma, np.array([[[78.0, 46], [60, 46], [42, 46]]]), "one")
    crops = CropSet([[picture]], PriorSpec(), 0, LookSettings(0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0))
    batch, targets = crops.batch(0, 0, (4, 64))
    torch.manual_seed(0)
    network = DetectorNetwork(ModelSpec(MOUSE, 64, 64, fpn_channels=16, top_k=50)).train()
    optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
    losses = []
    for _ in range(60):
        loss = compute_losses(network((batch.float() - 114) / 58), targets, "focal", (0, 2))
        optimiser.zero_grad()
        loss.total.backward()
        optimiser.step()
        losses.append([v.item() for v in (loss.classes, loss.box, loss.keypoints, loss.refinement)])
    first, last = losses[0], losses[-1]
    assert all(b < 0.25 * a for a, b in zip(first, last, strict=True)), (first, last)


def test_a_training_can_start_from_a_model(table, trained, tmp_path):
    request = TrainRequest((table,), tmp_path / "out", replace(SMALL, epochs=1), init=trained / "model.onnx")
    outcome = run_to_end(train_model(request))
    assert read_model_file(outcome.model).spec.trained_on["started_from"] == "model.onnx"
    weights = read_network(trained / "model.onnx")[0].state_dict()
    begun = load_checkpoint(tmp_path / "out" / "checkpoint.pt").weights
    far = load_checkpoint(trained / "checkpoint.pt").weights  # two more epochs from nothing would lie as far
    name = "backbone.stage1.0.0.weight"
    assert (begun[name] - weights[name]).abs().max() < 0.05 < far[name].abs().max()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": replace(SMALL, backbone="resnet18"), "init": "model"}, "cannot start from it.*--backbone"),
        ({"rename": {"nose": "head"}}, "has no body part nose"),
        ({"resume": True, "settings": replace(SMALL, seed=5)}, "other settings or labels.*seed"),
        ({}, "exists already"),
    ],
)
def test_refused_in_words(table, trained, change, message):
    change = {**change, **({"init": trained / "model.onnx"} if "init" in change else {})}
    request = replace(TrainRequest((table,), trained, SMALL, force="init" in change or "rename" in change), **change)
    with pytest.raises(MazetrackError, match=message):
        run_to_end(train_model(request))


def test_a_training_without_progress_ends_early(table, tmp_path, monkeypatch):
    scores = iter([0.2, 0.5, 0.4, 0.5, 0.1])

    def score(*arguments):
        return replace(score_frames(*arguments), oks_ap=next(scores))

    monkeypatch.setattr(loop, "score_frames", score)
    messages = []
    job = train_model(TrainRequest((table,), tmp_path, replace(SMALL, epochs=9, patience=2)))
    try:
        while True:
            messages.append(next(job).message)
    except StopIteration as stop:
        outcome = stop.value
    assert outcome.epochs == 4  # the second score was never beaten
    told = [message for message in messages if message.startswith("epoch")]
    assert "minutes left" in told[0]
    assert told[-1].endswith("finished")


def test_resuming_from_nothing_or_from_junk_is_refused(table, tmp_path):
    request = TrainRequest((table,), tmp_path, SMALL, resume=True)
    with pytest.raises(MazetrackError, match=r"no .*checkpoint\.pt to go on from"):
        run_to_end(train_model(request))
    (tmp_path / "checkpoint.pt").write_bytes(b"junk")
    with pytest.raises(MazetrackError, match="no checkpoint that can be gone on from"):
        run_to_end(train_model(request))
    torch.save({"schema": 1, "weights": CliRunner}, tmp_path / "checkpoint.pt")  # would run code when unpickled
    with pytest.raises(MazetrackError, match="no checkpoint that can be gone on from"):
        run_to_end(train_model(request))


def test_mixed_precision_trains_nearly_the_same(table, trained, tmp_path):
    request = TrainRequest((table,), tmp_path, replace(SMALL, mixed_precision=True))
    run_to_end(train_model(request))
    exact, mixed = (load_checkpoint(folder / "checkpoint.pt") for folder in (trained, tmp_path))
    assert {value.dtype for value in mixed.weights.values()} == {value.dtype for value in exact.weights.values()}
    totals = [[row["total"] for row in checkpoint.history] for checkpoint in (exact, mixed)]
    assert totals[0] != totals[1]  # bfloat16 has three decimals
    assert totals[0] == pytest.approx(totals[1], rel=0.05)


def test_a_checkpoint_of_before_mixed_precision_goes_on(table, trained, tmp_path):
    checkpoint = load_checkpoint(trained / "checkpoint.pt")
    settings = {name: value for name, value in checkpoint.settings.items() if name != "mixed_precision"}
    save_checkpoint(replace(checkpoint, settings=settings), tmp_path / "checkpoint.pt")
    outcome = run_to_end(train_model(TrainRequest((table,), tmp_path, SMALL, resume=True)))
    assert outcome.epochs == 2
    with pytest.raises(MazetrackError, match="mixed_precision differ"):
        run_to_end(train_model(TrainRequest((table,), tmp_path, replace(SMALL, mixed_precision=True), resume=True)))


@pytest.mark.parametrize(("epoch", "rate"), [(0, 1e-3), (39, 1e-3), (40, 1e-4), (49, 1e-4), (50, 1e-5)])
def test_the_seeds_recipe_is_as_it_was(epoch, rate):
    seed = RECIPES["seed"]
    assert (seed.optimiser, seed.weight_decay, seed.epochs, seed.pretrained) == ("sgd", 5e-4, 50, True)
    assert (seed.largest_gradient, seed.ema_decay) == (None, 0)
    assert seed.for_fine_tuning().learning_rate == seed.learning_rate
    assert compute_learning_rate(seed, epoch, epoch / 50) == pytest.approx(rate)


def test_the_seeds_recipe_trains_a_resnet50_from_a_file_of_weights(table, tmp_path):
    torch.save(timm.create_model("resnet50", pretrained=False).state_dict(), tmp_path / "imagenet.pth")
    settings = replace(SMALL, recipe=RECIPES["seed"], backbone="resnet50", batches_per_epoch=1)
    request = TrainRequest((table,), tmp_path / "run", settings, init=tmp_path / "imagenet.pth")
    outcome = run_to_end(train_model(request))
    spec = read_model_file(outcome.model).spec
    assert (outcome.epochs, spec.backbone, spec.trained_on["started_from"]) == (2, "resnet50", "imagenet.pth")
    history = load_checkpoint(tmp_path / "run" / "checkpoint.pt").history
    assert [row["learning_rate"] for row in history] == [1e-3, 1e-3]
    for row in history:
        assert row["heat"] == 0
        assert row["total"] == pytest.approx(
            row["class"] + 2 * row["box"] + row["keypoints"] + row["refinement"], rel=1e-4
        )


def test_the_default_rate_rises_and_falls():
    recipe = RECIPES["default"]
    rates = [compute_learning_rate(recipe, 0, f) for f in (0, 0.05, 0.5, 1)]
    assert rates[1] == recipe.learning_rate
    assert rates[0] < 0.02 * rates[1]
    assert rates[3] < 0.02 * rates[1] < rates[2] < rates[1]


def test_evaluate_scores_a_model_file(table, trained):
    outcome = run_to_end(evaluate_model(EvaluateRequest(trained / "model.onnx", table, backend="onnxruntime")))
    assert (outcome.scores.n_frames, outcome.scores.n_animals) == (12, 12)
    assert [film.n_animals for film in outcome.films.values()] == [12]


def test_evaluate_knows_what_a_model_was_trained_on(table, trained, tmp_path):
    arguments = ["evaluate", str(trained / "model.onnx"), str(table), "--backend", "onnxruntime"]
    told = CliRunner().invoke(app, arguments)
    assert "trained on 11 of these frames: the scores flatter it" in told.output
    unseen = CliRunner().invoke(app, [*arguments, "--unseen"])
    assert unseen.output.startswith("1 frames, 1 animals") or "1 frame" in unseen.output
    assert "flatter" not in unseen.output
    assert "There are no 95 % intervals: a single block" in unseen.output
    assert "nan to nan" not in unseen.output
    seen = pd.read_csv(table, header=[0, 1, 2], index_col=0)
    keys = set(read_model_file(trained / "model.onnx").spec.trained_on["pictures"])
    is_seen = [TrainingPicture(np.array(Image.open(table.parent / n)), None, n).key in keys for n in seen.index]
    assert sum(is_seen) == 11
    for picture in seen.index[is_seen]:
        shutil.copy(table.parent / picture, tmp_path)
    seen[is_seen].to_csv(tmp_path / "CollectedData_me.csv")
    request = EvaluateRequest(trained / "model.onnx", tmp_path / "CollectedData_me.csv", unseen_only=True)
    with pytest.raises(MazetrackError, match="was trained on all animals"):
        run_to_end(evaluate_model(request))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "T", "--out", "O", "--recipe", "best"], 2, "no recipe 'best'"),
        (["train", "T", "--out", "O", "--map", "snout"], 2, "no pair such as"),
        (["train", "T", "--out", "O", "--seed", "9" * 30], 2, "should be less than"),
        (["train", "T", "--out", "O", "--init", "imagenet.pth"], 2, "name the network whose weights"),
        (["evaluate", "M", "T", "--backend", "gpu"], 2, "no back end"),
        (["train", "--help"], 0, "Example: mazetrack train"),
        (["evaluate", "--help"], 0, "Example: mazetrack evaluate"),
    ],
)
def test_command_line(arguments, code, words):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code
    assert words in result.output


def test_evaluate_prints_json(table, trained):
    result = CliRunner().invoke(app, ["evaluate", str(trained / "model.onnx"), str(table), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["n_animals"] == 12


def test_evaluate_leaves_numbers_and_pictures(table, trained, tmp_path):
    out = tmp_path / "evaluation"
    command = ["evaluate", str(trained / "model.onnx"), str(table), "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "10 blocks drawn again" in result.output
    scores = json.loads((out / "scores.json").read_text())
    assert scores["n_animals"] == 12
    low, high = scores["intervals_95"]["ap50"]
    assert low <= scores["ap50"] <= high
    assert scores["sigma"]["all"]["n"] <= 12 * 3 * 2
    assert str(table.parent.parent) not in (out / "scores.json").read_text()
    for name in ("precision_recall.png", "worst_frames.png"):
        assert min(Image.open(out / name).size) > 300
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "exists already" in str(result.exception)


def test_a_project_is_trained_on_and_evaluated(tmp_path, write_blob_film, blob_xy):
    film_path = write_blob_film(tmp_path / "spot.mp4", 30)
    with Project.create(tmp_path / "p.mazetrack") as project, open_film(film_path) as film:
        session = LabelSession(project, project.add_film(film))
        for frame in range(0, 30, 3):
            x, y = blob_xy(frame)
            for k, along in enumerate((6, 0, -6)):
                session.set_point(frame, k, (x + along, y))
        session.mark_empty(29)
        project.author = "Bo"
        second = LabelSession(project, session.film, "Bo")
        for frame in (0, 9):
            for k in range(3):
                second.set_point(frame, k, session.points(frame)[k] + (0, 1.5))
    request = TrainRequest((project.path,), tmp_path / "out", replace(SMALL, epochs=1))
    outcome = run_to_end(train_model(request))
    (described,) = read_model_file(outcome.model).spec.trained_on["tables"]
    assert described["training_frames"] + described["held_out_frames"] == 11
    assert described["frames_without_animal"] == 1
    human = json.loads((tmp_path / "out" / "metrics.json").read_text())["human_error"]
    assert human["keypoints"]["head"] == {"n": 2, "mean_px": 1.5, "median_px": 1.5, "p95_px": 1.5}
    evaluation = run_to_end(evaluate_model(EvaluateRequest(outcome.model, project.path)))
    assert (evaluation.scores.n_frames, evaluation.scores.n_animals) == (11, 10)
    assert evaluation.to_plain()["human_error"] == human
    assert {frame["source"] for frame in evaluation.to_plain()["worst_frames"]} == {"spot.mp4"}
    whole = evaluation.to_plain(with_paths=True)["worst_frames"]
    assert all(Path(frame["source"]).is_file() for frame in whole)
    said = CliRunner().invoke(app, ["evaluate", str(outcome.model), str(project.path)]).output
    assert "Two people differ by (median): head 1.5 px (p95 1.5, n = 2)" in said
    with pytest.raises(MazetrackError, match="a project's keypoints have their names"):
        run_to_end(evaluate_model(EvaluateRequest(outcome.model, project.path, rename={"nose": "head"})))


def test_what_a_model_has_seen_is_told_and_kept_by_its_descendant(table, trained, tmp_path):
    """A table of which the first model has seen all but one picture, and one more that it has not."""
    seen = read_picture_keys(read_model_file(trained / "model.onnx").spec)
    rows = table.read_text().splitlines()
    keys = {row: picture_key(table.parent / row.split(",")[0]) for row in rows[3:]}
    known = [row for row in rows[3:] if keys[row] in seen]
    for name in ("0.png", *(row.split(",")[0] for row in known[:4])):
        shutil.copy(table.parent / name, tmp_path)
    (tmp_path / "CollectedData_me.csv").write_text("\n".join([*rows[:3], *known[:4]]) + "\n")
    request = TrainRequest((tmp_path / "CollectedData_me.csv",), tmp_path / "out", replace(SMALL, epochs=1))
    messages = []
    job = train_model(replace(request, init=trained / "model.onnx"))
    try:
        while True:
            messages.append(next(job).message)
    except StopIteration as stop:
        spec = read_model_file(stop.value.model).spec
    assert any("model.onnx was trained on 1 of the 1 held-out frames" in message for message in messages)
    assert spec.trained_on["held_out_frames_known_to_init"] == 1
    assert read_picture_keys(spec) == seen


def picture_key(path):
    return TrainingPicture(np.array(Image.open(path)), None, "").key


@pytest.mark.parametrize("change", ["a label", "the start"])
def test_resuming_with_another_start_or_other_labels_of_the_same_number_is_refused(table, trained, tmp_path, change):
    for path in table.parent.iterdir():
        shutil.copy(path, tmp_path)
    request = TrainRequest((tmp_path / table.name,), tmp_path / "out", replace(SMALL, epochs=1))
    run_to_end(train_model(request))
    run_to_end(train_model(replace(request, resume=True)))
    if change == "a label":
        rows = request.labels[0].read_text().replace("\r\n", "\n").splitlines()
        request.labels[0].write_text("\n".join([*rows[:-1], rows[-1].rpartition(",")[0] + ",50.5"]) + "\n")
    init = trained / "model.onnx" if change == "the start" else None
    with pytest.raises(MazetrackError, match=f"{'labels' if init is None else 'init'} differ"):
        run_to_end(train_model(replace(request, init=init, resume=True)))


def test_a_training_that_is_stopped_while_it_is_scored_keeps_its_model(table, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "out")  # of an earlier training, whose scores are not this one's
    earlier = (tmp_path / "out" / "model.onnx").read_bytes()
    job = train_model(TrainRequest((table,), tmp_path / "out", replace(SMALL, seed=1), force=True))
    next(report for report in job if report.stage.startswith("Scoring"))
    job.close()
    assert (tmp_path / "out" / "model.onnx").read_bytes() != earlier
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_of_two_trainings_in_one_folder_the_first_ends_and_writes_nothing(table, trained, tmp_path):
    first, second = (train_model(TrainRequest((table,), tmp_path, replace(SMALL, seed=seed))) for seed in (5, 0))
    next(report for report in first if report.stage.startswith("Training"))
    next(report for report in second if report.message.startswith("epoch 1"))
    with pytest.raises(MazetrackError, match="Another training was started"):
        run_to_end(first)
    run_to_end(second)
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    ours, alone = (load_checkpoint(folder / "checkpoint.pt") for folder in (tmp_path, trained))
    assert ours.history == alone.history
    assert (tmp_path / "model.onnx").read_bytes() == (trained / "model.onnx").read_bytes()
