"""Freed memory stays with the process."""

import ctypes

import pytest

from recplatform import memory


def test_both_thresholds_are_accepted_by_glibc() -> None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        pytest.skip("This C library is not glibc.")
    assert libc.mallopt(memory.M_TRIM_THRESHOLD, memory.KEPT_BYTES) == 1
    assert libc.mallopt(memory.M_MMAP_THRESHOLD, memory.MAPPED_FROM_BYTES) == 1


def test_another_c_library_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.keep_freed_memory()
    assert memory.KEPT_BYTES > 0
