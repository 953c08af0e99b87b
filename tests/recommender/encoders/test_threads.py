"""Few threads for sentences, more for batches, and never more than was asked for."""

import pytest

from recommender.encoders.threads import SENTENCES, threads_for
from recommender.plugins.contracts import Encoder
from recommender.plugins.registry import create


@pytest.mark.parametrize(
    ("cores", "texts", "threads"), [(16, 1, 1), (16, SENTENCES + 1, 8), (1, 100, 1), (2, 100, 1), (None, 100, 1)]
)
def test_threads(monkeypatch: pytest.MonkeyPatch, cores: int | None, texts: int, threads: int) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert threads_for(texts) == threads


@pytest.mark.parametrize(("value", "threads"), [("3", 3), ("", 8), ("0", 8), ("many", 8)])
def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, value: str, threads: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert threads_for(100) == threads


def test_encoders_leave_the_threads_of_others_alone() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(before + 2)
    try:
        for name in ("sentence-transformer", "multilingual-e5"):
            encoder = create("encoder", name, {})
            assert isinstance(encoder, Encoder)
            encoder.encode(["a lamp"], "query")
            assert torch.get_num_threads() == before + 2
    finally:
        torch.set_num_threads(before)
