"""How many threads an encoder computes with.

The threads of one calculation wait for each other, busily: on cores that others use too, a sentence on two threads took
ten times as long as on one, and a batch three times as long (two cores, load 11).
"""

from __future__ import annotations

import os

SENTENCES = 8
"""Up to so many texts are sentences of requests, which come many at once and share the cores by themselves."""


def threads_for(texts: int) -> int:
    """One for sentences, half the cores for a batch of items; OMP_NUM_THREADS overrules both."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return 1 if texts <= SENTENCES else max(1, (os.cpu_count() or 1) // 2)
