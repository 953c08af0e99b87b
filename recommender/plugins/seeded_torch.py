"""Torch in a training: one thread, its chance decided by the seed, and nothing of it left behind in the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seeded_torch(seed: int) -> Iterator[None]:
    """Inside, torch runs on one thread from this seed; afterwards threads and generator are as they were.

    Two threads would add the same numbers in another order, and cost more than they bring on a busy machine.
    """
    import torch

    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
