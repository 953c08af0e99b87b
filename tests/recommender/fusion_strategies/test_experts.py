import numpy as np
import pytest

from recommender.fusion_strategies.experts import Shape, beginning, continued, initial, response

SHAPES = [Shape(6, 1, 1), Shape(6, 3, 4, hidden=8, out=5, tower=3), Shape(6, 2, 2, 1, 3, hidden=8, out=5, tower=3)]


@pytest.mark.parametrize("shape", SHAPES, ids=["shared bottom", "mmoe", "ple"])
def test_numpy_says_what_torch_says_forth_and_back(shape: Shape) -> None:
    import torch

    draw = np.random.default_rng(0)
    weights = {
        name: value + 0.1 * draw.normal(size=value.shape).astype(np.float32)
        for name, value in initial(shape, draw).items()
    }
    x = draw.normal(size=(7, shape.inputs)).astype(np.float32)
    wanted = draw.normal(size=(7, shape.kinds)).astype(np.float32)
    first = beginning(shape, weights, x)
    found, tape = continued(np, shape, weights, first)
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    same = torch.from_numpy(first).requires_grad_()
    expected = continued(torch, shape, tensors, same)[0]
    assert found.shape == (7, shape.kinds)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    torch.autograd.backward((expected * torch.from_numpy(wanted)).sum())
    assert same.grad is not None
    np.testing.assert_allclose(response(shape, weights, tape, wanted), same.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_a_task_does_not_hear_the_experts_of_another() -> None:
    shape = Shape(4, 2, 1, 1, hidden=8, out=5, tower=3)
    weights = initial(shape, np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    before = continued(np, shape, weights, beginning(shape, weights, x))[0]
    weights["0.out.w"] = weights["0.out.w"].copy()
    weights["0.out.w"][2] += 1  # the second task's own
    after = continued(np, shape, weights, beginning(shape, weights, x))[0]
    np.testing.assert_array_equal(before[:, 0], after[:, 0])
    assert not np.allclose(before[:, 1], after[:, 1])
