"""The batches of an epoch: the same ones in order, whoever makes them."""

import torch

from napari_mazetrack.detector.spec import PriorSpec
from napari_mazetrack.training.crop_batches import BatchPlan, make_in_processes, make_in_thread
from napari_mazetrack.training.data_set import CropSet

SHAPES, N_BATCHES = ((3, 64), (2, 96)), 7


def test_processes_make_the_batches_that_a_thread_makes(pictures):
    plan = BatchPlan(CropSet([pictures], PriorSpec(), 1), SHAPES, N_BATCHES)
    in_thread, in_processes = make_in_thread(plan), make_in_processes(plan, 2)
    for epoch in (0, 3):
        ours, theirs = list(in_thread(epoch)), list(in_processes(epoch))
        assert [len(luma) for luma, _ in ours] == [3, 2, 3, 2, 3, 2, 3]
        assert len(theirs) == N_BATCHES
        for (luma, targets), (other_luma, other_targets) in zip(ours, theirs, strict=True):
            assert torch.equal(luma, other_luma)
            assert torch.equal(targets.keypoints, other_targets.keypoints)
            assert torch.equal(targets.heat[1].is_there, other_targets.heat[1].is_there)
    assert not torch.equal(next(in_thread(0))[0], next(in_thread(3))[0])


def test_an_epoch_that_was_left_early_does_not_reach_into_the_next_one(pictures):
    plan = BatchPlan(CropSet([pictures], PriorSpec(), 1), SHAPES, N_BATCHES)
    epochs = make_in_processes(plan, 2)
    left = epochs(0)
    next(left)
    left.close()
    assert torch.equal(next(epochs(3))[0], next(make_in_thread(plan)(3))[0])


def test_ranks_share_a_batch(pictures):
    crops = CropSet([pictures], PriorSpec(), 1)
    whole, first, second = (
        next(make_in_thread(BatchPlan(crops, SHAPES, 1, *ranks))(0))[0] for ranks in ((0, 1), (0, 2), (1, 2))
    )
    assert torch.equal(whole[0::2], first)
    assert torch.equal(whole[1::2], second)
