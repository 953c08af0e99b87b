"""Telling how far a long step is, every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY_SECONDS = 5.0


class Progress:
    """Passes a sentence on when enough time has gone by since the last one."""

    def __init__(self, tell: Callable[[str], None], every: float = EVERY_SECONDS) -> None:
        self.tell = tell
        self.every = every
        self._next = time.monotonic() + every

    def say(self, step: str, done: int, share: float) -> None:
        """`done` rows of the step are through, which is `share` (0 to 1) of it."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self.every
            self.tell(f"{step}: {done:,} rows ({min(share, 1.0):.0%})")
