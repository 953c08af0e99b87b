"""Freed memory is kept for the next request instead of being given back to the system."""

from __future__ import annotations

import ctypes

KEPT_BYTES = 256 * 1024 * 1024
MAPPED_FROM_BYTES = 32 * 1024 * 1024  # the most that glibc takes
# Of malloc.h (glibc). Beyond the first, free memory at the top of the heap is returned; from the second on, each
# allocation is mapped by itself and unmapped when freed.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> None:
    """An answer makes a dozen arrays of about a megabyte. Mapping their pages anew cost 8 % of its processor time."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
    except (AttributeError, OSError):
        return  # another C library: its allocator has its own ways
