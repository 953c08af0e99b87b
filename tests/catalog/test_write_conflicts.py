"""Two writers that block each other both finish."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import DataError, OperationalError, connection, transaction

from catalog.models import Catalog
from catalog.services import create_catalog
from catalog.write_conflicts import again_after_conflict

pytestmark = pytest.mark.django_db(transaction=True)


def meet(write: Callable[[int, int, Callable[[], object]], None]) -> list[Exception]:
    """Two threads that write the same two rows in opposite orders; what they raised."""
    one, two = create_catalog("one").pk, create_catalog("two").pk
    barrier = threading.Barrier(2)
    waited: set[int] = set()
    raised: list[Exception] = []

    def run(first: int, second: int) -> None:
        def wait_once() -> None:  # only the first attempts meet
            if first not in waited:
                waited.add(first)
                barrier.wait(10)

        try:
            write(first, second, wait_once)
        except OperationalError as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def write_both(first: int, second: int, wait: Callable[[], object]) -> None:
    with transaction.atomic():
        Catalog.objects.filter(pk=first).update(name="met")
        wait()
        Catalog.objects.filter(pk=second).update(name="met")


def test_without_it_one_of_two_writers_fails() -> None:
    assert "deadlock detected" in str(meet(write_both)[0])


def test_the_writer_that_was_ended_writes_again() -> None:
    assert meet(again_after_conflict(write_both)) == []
    assert set(Catalog.objects.values_list("name", flat=True)) == {"met"}


def test_for_other_errors_nothing_is_repeated() -> None:
    calls: list[int] = []

    @again_after_conflict
    def broken() -> None:
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(DataError):
        broken()
    assert calls == [1]
