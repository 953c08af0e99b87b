"""F = M_W(D) for a whole catalog: whatever is stale in its spaces is encoded, and a space that is complete goes live.

Works in slices of about a second, each committed: an interrupted run goes on where it stopped, and a deadline is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from catalog.models import Catalog, Item
from recommender.models import Space
from recommender.plugins.exceptions import PluginError
from recommender.services.item_vectors import encode_slice, stale_ids
from recommender.services.partitions import analyze, build_index, working_on
from recommender.services.spaces import ensure_spaces, go_live, open_spaces
from recommender.services.whitening import fit_whitening, needs_fit

Progress = Callable[[Space], None]
"""Called with the space after each slice; its `encoded` and `total` say how far it is."""

SLICE_SECONDS = 1.0
FIRST_SLICE, SMALLEST_SLICE, LARGEST_SLICE = 16, 4, 4_096
TOLERATED = 0.01
"""Share of items that may be in the middle of a change when a space goes live; they follow within seconds."""


@dataclass
class Encoding:
    """What a run did: vectors stored, whether work remains, whether another process is at it, and what went wrong."""

    stored: int = 0
    remaining: bool = False
    busy: bool = False
    problems: list[str] = field(default_factory=list)


def encode_items(
    catalog: Catalog,
    item_ids: Sequence[int] | None = None,
    progress: Progress | None = None,
    seconds: float | None = None,
) -> Encoding:
    """Encode these items, or all that is stale, in every live and building space of the catalog.

    A whole run makes the spaces that the pipelines want, builds their indexes and switches to them. It stops after
    about `seconds` with `remaining` set. An encoder that cannot be used leaves its space as it is; `problems` names it.
    """
    done = Encoding()
    if item_ids is None:
        done.problems += ensure_spaces(catalog)
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    for space in open_spaces(catalog):
        work = _Work(space, done, deadline, progress or (lambda _space: None))
        try:
            work.everything() if item_ids is None else work.some(item_ids)
        except PluginError as error:
            done.problems.append(f"{space.configuration}: {error}")
            Space.objects.filter(pk=space.pk).update(error=str(error))
    return done


@dataclass
class _Work:
    """One run over one space."""

    space: Space
    done: Encoding
    deadline: float
    progress: Progress

    def some(self, item_ids: Sequence[int]) -> None:
        """These items at once, whoever else is at work: at worst one is encoded twice and stored once."""
        for part in self._slices(stale_ids(self.space, item_ids)):
            self.done.stored += encode_slice(self.space, part)

    def everything(self) -> None:
        """All that is stale, by one process at a time; then what a complete space needs."""
        with working_on(self.space) as mine:
            if not mine:
                self.done.busy = True
                return
            self.space.refresh_from_db(fields=["status", "fitted_at", "fitted_items"])
            if self.space.status == Space.Status.RETIRED:
                return
            left = self._encode_stale()
            if left and (self._is_over() or left > TOLERATED * self.space.total):
                self.done.remaining = True
            elif self.space.status == Space.Status.BUILDING:
                self._complete()
            else:
                build_index(self.space)  # nothing to do, unless it was lost
                if needs_fit(self.space):
                    fit_whitening(self.space)

    def _complete(self) -> None:
        """Index, statistics and whitening; what changed while they were made; then the switch."""
        build_index(self.space)
        left = self._encode_stale()
        if left > TOLERATED * self.space.total:
            self.done.remaining = True
            return
        analyze(self.space)
        fit_whitening(self.space)
        go_live(self.space)
        self.progress(self.space)

    def _encode_stale(self) -> int:
        """Slice by slice until nothing is stale, time is over, or others hold what is left; the number left."""
        stale = stale_ids(self.space)
        self._record(Item.objects.filter(catalog_id=self.space.catalog_id).count(), len(stale))
        while stale and not self._is_over():
            before = self.done.stored
            for part in self._slices(stale):
                stored = encode_slice(self.space, part)
                self.done.stored += stored
                self._record(self.space.total, self.space.total - self.space.encoded - stored)
            stale = stale_ids(self.space)
            if self.done.stored == before:
                break
        return len(stale)

    def _slices(self, item_ids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Parts that take about a second each, judged by the part before; none begins after the deadline."""
        start, size = 0, FIRST_SLICE
        while start < len(item_ids) and not self._is_over():
            began = time.monotonic()
            yield item_ids[start : start + size]
            start += size
            factor = SLICE_SECONDS / max(time.monotonic() - began, 0.001)
            size = int(min(LARGEST_SLICE, max(SMALLEST_SLICE, size * min(factor, 4.0))))

    def _record(self, total: int, left: int) -> None:
        self.space.total, self.space.encoded, self.space.error = total, max(0, total - left), ""
        row = Space.objects.filter(pk=self.space.pk)
        row.exclude(total=total, encoded=self.space.encoded, error="").update(
            total=total, encoded=self.space.encoded, error=""
        )
        self.progress(self.space)

    def _is_over(self) -> bool:
        return time.monotonic() >= self.deadline
