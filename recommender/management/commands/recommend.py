"""`manage.py recommend --catalog SLUG --queries FILE --out FILE`: many queries through the request's pipeline."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic, perf_counter
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from pydantic import Field, ValidationError

from catalog.models import Catalog
from catalog.row_problems import problems_of
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.schemas import ExternalId, HistoryItem, RecommendRequest, Request, Text
from recommender.selectors import identities
from recommender.selectors.state import state
from recommender.services.answers import make_answer, read_spaces
from recommender.services.encoding import sentence_vectors
from recommender.serving.assembly import assembly

BATCH = 256
THREADS = 2
"""While one waits for Postgres the other computes."""
PART = 32
SECONDS_BETWEEN_LINES = 5.0


class BulkQuery(Request):
    """One line of the queries file."""

    query_id: str | int
    limit: int = Field(20, ge=1, le=500)
    text: Text = ""
    history: list[ExternalId | HistoryItem] = Field([], max_length=10_000)
    profile_id: ExternalId | None = None
    exclude: list[ExternalId] = []
    among: list[ExternalId] | None = None

    def request(self) -> RecommendRequest:
        """The same question as the API asks it. A file may exclude and name more items than a web request."""
        fields = {name: getattr(self, name) for name in BulkQuery.model_fields if name != "query_id"}
        return RecommendRequest.model_construct(**fields)


class Command(BaseCommand):
    """Sentences are encoded in batches first; the answers are not recorded."""

    help = "Answer a file of JSON-lines queries; writes {query_id, item_ids, scores} per line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to read and write."""
        parser.add_argument("--catalog", required=True, metavar="SLUG")
        parser.add_argument("--queries", required=True, type=Path, metavar="FILE")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument("--pipeline", default="", metavar="SLUG", help="The catalog's default when left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every query; the output appears whole, once the last one is answered."""
        catalog = Catalog.objects.filter(slug=options["catalog"]).first()
        if catalog is None:
            known = ", ".join(Catalog.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no catalog {options['catalog']!r}. Catalogs: {known}.")
        out: Path = options["out"]
        unfinished = out.with_name(out.name + ".unfinished")
        start = perf_counter()
        try:
            with options["queries"].open(encoding="utf-8") as lines, unfinished.open("w", encoding="utf-8") as answers:
                done = self._answer_all(catalog, options["pipeline"], _queries(lines), answers)
            os.replace(unfinished, out)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        seconds = perf_counter() - start
        self.stdout.write(f"{done:,} queries answered in {seconds:.1f} s ({done / seconds:.0f} a second): {out}")

    def _answer_all(self, catalog: Catalog, pipeline: str, queries: Iterator[BulkQuery], out: IO[str]) -> int:
        done, told = 0, monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            while batch := list(islice(queries, BATCH)):
                self._encode(catalog, pipeline, [query.text for query in batch if query.text])
                parts = [batch[start : start + PART] for start in range(0, BATCH, PART)]
                for answers in pool.map(partial(_answer_part, catalog, pipeline), parts):
                    out.writelines(json.dumps(answer) + "\n" for answer in answers)
                done += len(batch)
                if monotonic() - told > SECONDS_BETWEEN_LINES:
                    told = monotonic()
                    self.stdout.write(f"  {done:,} queries answered")
                    self.stdout.flush()
        return done

    def _encode(self, catalog: Catalog, pipeline: str, texts: list[str]) -> None:
        """Fill the cache of sentences with one batch for every space."""
        now_state = state(catalog.pk, pipeline)
        for _, space in read_spaces(now_state, assembly(now_state)):
            try:
                sentence_vectors(space, sorted(set(texts)))
            except PluginUnavailableError as error:
                self.stderr.write(f"The sentences count by their words alone: {error}")


def _queries(lines: IO[str]) -> Iterator[BulkQuery]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield BulkQuery.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise CommandError(f"line {number} is not JSON: {error}") from error
        except ValidationError as error:
            told = "; ".join(f"{one.field}: {one.reason}" for one in problems_of(error, BulkQuery))
            raise CommandError(f"line {number}: {told}") from error


def _answer_part(catalog: Catalog, pipeline: str, part: list[BulkQuery]) -> list[dict[str, Any]]:
    try:
        return [_answer(catalog, pipeline, query) for query in part]
    finally:
        connection.close()  # this thread's own


def _answer(catalog: Catalog, pipeline: str, query: BulkQuery) -> dict[str, Any]:
    request = query.request().model_copy(update={"pipeline": pipeline})
    slate = make_answer(catalog.pk, request).slate
    names = identities.external_ids(slate.item_ids)
    return {
        "query_id": query.query_id,
        "item_ids": [names[one] for one in slate.item_ids.tolist()],
        "scores": slate.scores.tolist(),
    }
