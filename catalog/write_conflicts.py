"""Writes that two callers may do to the same rows at once: where Postgres ends one of them, it is done again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import DeadlockDetected, ForeignKeyViolation

ATTEMPTS = 5
# Two writers wait for each other; or a row was deleted while another that points to it came in.
CONFLICTS = (DeadlockDetected, ForeignKeyViolation)

P = ParamSpec("P")
T = TypeVar("T")


def again_after_conflict(write: Callable[P, T]) -> Callable[P, T]:
    """Repeat a write that is one transaction of its own: Postgres has undone the first attempt as a whole.

    Inside a transaction of the caller nothing is repeated, since that is what was undone.
    """

    @wraps(write)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(ATTEMPTS - 1):
            try:
                return write(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                if connection.in_atomic_block or not isinstance(error.__cause__, CONFLICTS):
                    raise
        return write(*args, **kwargs)

    return repeated
