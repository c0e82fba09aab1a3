from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from process_work import DEADLY, REFUSED, work

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.workflows.in_processes import map_in_order


def test_results_come_in_order_from_other_processes(tmp_path: Path) -> None:
    results = list(map_in_order(partial(work, folder=tmp_path), range(32), processes=2))
    assert [item for item, _ in results] == list(range(32))
    assert os.getpid() not in {process for _, process in results}


def test_few_items_stay_in_this_process(tmp_path: Path) -> None:
    assert {process for _, process in map_in_order(partial(work, folder=tmp_path), range(4))} == {os.getpid()}


def test_what_is_raised_in_a_process_comes_through(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=f"{REFUSED} cannot"):
        list(map_in_order(partial(work, folder=tmp_path), range(REFUSED + 1), processes=2))


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match="ended from outside"):
        list(map_in_order(partial(work, folder=tmp_path), [DEADLY, DEADLY], processes=2))
    assert (tmp_path / str(DEADLY)).exists()


def test_who_stops_listening_stops_the_work(tmp_path: Path) -> None:
    results = map_in_order(partial(work, folder=tmp_path), [*range(16), *range(100, 1000)], processes=2)
    assert next(results)[0] == 0
    results.close()
    assert 16 <= len(list(tmp_path.iterdir())) < 300
