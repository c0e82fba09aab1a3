"""A model on the command line: a word for one that ships, or a file, which goes first."""

from pathlib import Path

import pytest

from napari_mazetrack.cli.model_option import parse_fp32_model, parse_model
from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.resources import ShippedModel


@pytest.mark.parametrize(
    ("text", "model"),
    [(None, None), ("accurate", ShippedModel.ACCURATE), ("fast", ShippedModel.FAST), ("a/m.onnx", Path("a/m.onnx"))],
)
def test_words_ask_for_what_ships(text, model):
    assert parse_model(text) == model


def test_a_file_of_that_name_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("accurate").touch()
    assert parse_model("accurate") == Path("accurate")


def test_a_folder_of_that_name_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("accurate").mkdir()
    assert parse_model("accurate") is ShippedModel.ACCURATE


@pytest.mark.parametrize("word", ["fast", "accurate"])
def test_the_file_of_a_word_is_the_one_in_fp32(word):
    assert read_model_file(parse_fp32_model(word)).spec.precision == "fp32"
    assert ("accurate" in parse_fp32_model(word).name) == (word == "accurate")


def test_a_file_is_taken_as_it_is():
    assert parse_fp32_model("a/m.onnx") == Path("a/m.onnx")
