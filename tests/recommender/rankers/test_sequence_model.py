import numpy as np
import pytest
import torch

from recommender.plugins.testing.training import TEXT, training_data, village
from recommender.plugins.testing.values import unit_rows
from recommender.plugins.training import Training
from recommender.rankers.sequence import attend
from recommender.rankers.sequence_model import Plan, forward, learn, start_projection, windows

DATA = village(people=60)
PLAN = Plan(dimension=8, length=6, epochs=2, ahead=3, rate=2e-3)


def test_long_histories_are_cut_into_stretches_from_the_newest_back() -> None:
    data = training_data([np.arange(9), [5], [3, 4]], unit_rows(np.ones((9, 2))), unit_rows(np.ones((3, 2))))
    assert windows(data, 4).tolist() == [[4, 5, 6, 7, 8], [0, 1, 2, 3, 4], [3, 4, -1, -1, -1]]
    assert windows(training_data([[1]], unit_rows(np.ones((2, 2))), unit_rows(np.ones((1, 2)))), 4).shape == (0, 5)


def test_the_projection_starts_where_people_agree() -> None:
    projected = DATA.vectors[TEXT] @ start_projection(DATA, DATA.vectors[TEXT], 2)
    even, odd = projected[::2].mean(axis=0), projected[1::2].mean(axis=0)
    within = projected[::2].std(axis=0)
    assert np.abs((even - odd) / within).max() > 1
    assert np.isclose((projected[DATA.known] ** 2).sum(axis=1).mean(), 1, rtol=1e-3)


def test_numpy_and_torch_say_the_same_at_every_place() -> None:
    learned = learn(DATA, DATA.whitened[TEXT], PLAN, Training())
    items = np.random.default_rng(1).normal(size=(6, 8)).astype(np.float32)
    learned["distance"] = np.random.default_rng(2).normal(size=(2, 6)).astype(np.float32)
    parameters = {name: torch.from_numpy(value) for name, value in learned.items()}
    every = forward(parameters, torch.from_numpy(items[None]))[0].numpy()
    for length in range(1, 7):
        np.testing.assert_allclose(attend(learned, items[:length]), every[length - 1], atol=1e-5)


def test_torch_is_left_as_it_was_and_chance_is_the_seed_s() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    first = learn(DATA, DATA.whitened[TEXT], PLAN, Training(seed=3))
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
    again = learn(DATA, DATA.whitened[TEXT], PLAN, Training(seed=3))
    other = learn(DATA, DATA.whitened[TEXT], PLAN, Training(seed=4))
    for name, value in first.items():
        np.testing.assert_array_equal(again[name], value)
    assert not np.array_equal(other["query"], first["query"])


def test_new_items_get_nothing_of_their_own() -> None:
    own = learn(DATA, DATA.whitened[TEXT], PLAN, Training())["own"]
    assert not own[~DATA.known].any()
    assert own[DATA.known].any(axis=1).all()


@pytest.mark.parametrize("epochs", [1, 3])
def test_it_tells_of_every_epoch(epochs: int) -> None:
    told: list[tuple[str, int, int]] = []
    plan = Plan(8, 6, epochs, 3, 2e-3)
    learn(DATA, DATA.whitened[TEXT], plan, Training(tell=lambda step, done, total: told.append((step, done, total))))
    assert told == [("next item", epoch, epochs) for epoch in range(epochs + 1)]
