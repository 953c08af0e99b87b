import pytest
import torch

from recommender.plugins.seeded_torch import seeded_torch


def test_the_seed_decides_and_nothing_is_left_behind() -> None:
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    drawn = []
    for seed in (1, 1, 2):
        with seeded_torch(seed):
            assert torch.get_num_threads() == 1
            drawn.append(torch.rand(3))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_an_error_inside_leaves_nothing_behind_either() -> None:
    threads = torch.get_num_threads()
    with pytest.raises(ValueError, match="stop"), seeded_torch(0):
        raise ValueError("stop")
    assert torch.get_num_threads() == threads
