"""Vectors of sentences, remembered in the process and in Redis: raw float32 bytes, never a pickle.

Django's cache would pickle them, so this talks to Redis itself. A Redis that is down costs one short wait and is then
left alone for a few seconds.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

REMEMBERED_IN_PROCESS = 4_096
LIFETIME_SECONDS = 7 * 24 * 3600
PATIENCE_SECONDS = 0.25
SILENCE_SECONDS = 5.0
"""How long a Redis that did not answer is left alone."""
KEYS_AT_ONCE = 500


class SentenceCache:
    """Key → bytes, in two layers. Threads may share it."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        )
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()
        self._silent_until = 0.0

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is known of these keys."""
        with self._lock:
            found = {key: self._recent[key] for key in keys if key in self._recent}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        fetched = self._fetch(missing)
        self._remember(fetched)
        return found | fetched

    def set_many(self, values: Mapping[str, bytes]) -> None:
        """Remember these."""
        self._remember(values)
        if not values or not self._is_worth_asking():
            return
        try:
            pipe = self._redis.pipeline(transaction=False)
            for key, value in values.items():
                pipe.set(key, value, ex=LIFETIME_SECONDS)
            pipe.execute()
        except redis.RedisError as error:
            self._leave_alone(error)

    def _remember(self, values: Mapping[str, bytes]) -> None:
        with self._lock:
            for key, value in values.items():
                self._recent[key] = value
                self._recent.move_to_end(key)
            while len(self._recent) > REMEMBERED_IN_PROCESS:
                self._recent.popitem(last=False)

    def _fetch(self, keys: list[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            part = keys[start : start + KEYS_AT_ONCE]
            if not self._is_worth_asking():
                break
            try:
                values = self._redis.mget(part)
            except redis.RedisError as error:
                self._leave_alone(error)
                break
            found |= {key: row for key, row in zip(part, values, strict=True) if isinstance(row, bytes)}
        return found

    def _is_worth_asking(self) -> bool:
        return time.monotonic() >= self._silent_until

    def _leave_alone(self, error: redis.RedisError) -> None:
        self._silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("Redis does not answer (%s); sentences are encoded without its cache.", error)


@lru_cache(maxsize=4)
def sentence_cache(url: str = "") -> SentenceCache:
    """The cache of this process."""
    return SentenceCache(url or settings.REDIS_URL)
