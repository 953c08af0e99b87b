"""``python -m benchmarks.relations``: the statements behind `graph`, `constraint` and `explore`, timed.

On 20,000 items with five relations each: a director, an actor, a studio, a genre, and an item that goes with it.
Everything happens in one transaction that is rolled back, in the database of the settings.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import django
import numpy as np

django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up first
from django.db import connection, transaction  # noqa: E402

from catalog.models import Catalog  # noqa: E402
from recommender.plugins.relation_paths import spoken_names  # noqa: E402
from recommender.plugins.types import Query  # noqa: E402
from recommender.selectors import exposure, facts, relations  # noqa: E402
from recplatform import embedded  # noqa: E402

SENTENCE = "I want something by director 77 with actor 99 like item 4711 please, for a quiet evening at home"
ITEMS = """
    INSERT INTO catalog_item (catalog_id, external_id, title, description, categories, tags, attributes, language, url,
        image_url, available, created_at, updated_at, text_hash, terms, lexical, structured)
    SELECT %(catalog)s, 'i' || n, 'Item ' || n, '', ARRAY['c' || n %% 50]::varchar[], '{}',
        jsonb_build_object('size', n %% 100), 'en', '', '', true, now(), now(), md5(n::text)::uuid,
        ARRAY['item', n::text], '', '' FROM generate_series(1, %(items)s) n RETURNING id
"""
NAMED = """
    INSERT INTO catalog_relation (catalog_id, head_id, relation, tail_name, weight)
    SELECT %(catalog)s, i.id, r.name, r.name || ' ' || abs(hashint8(i.id * 31 + r.number)::bigint) %% r.tails, 1
    FROM catalog_item i CROSS JOIN (VALUES (1, 'director', 5000), (2, 'actor', 2000), (3, 'studio', 300),
        (4, 'genre', 20)) AS r(number, name, tails) WHERE i.catalog_id = %(catalog)s
"""
TIED = """
    INSERT INTO catalog_relation (catalog_id, head_id, relation, tail_id, tail_name, weight)
    SELECT %(catalog)s, head, 'goes_with', tail, '', 1
    FROM unnest(%(ids)s::bigint[], %(others)s::bigint[]) AS pair(head, tail) WHERE head <> tail
"""
ANSWERS = """
    INSERT INTO recommender_recommendation (id, catalog_id, session_id, created_at, pipeline_id, pipeline_version,
        request, item_ids, scores, columns, timings, degraded)
    SELECT gen_random_uuid(), %(catalog)s, '', now() - interval '2 hours' - n * interval '1 minute', 1, 1, '{}',
        (%(ids)s::bigint[])[1 + n %% 1000 : 20 + n %% 1000], '{}', '{}', '{}', false FROM generate_series(1, 20000) n
"""


def main(given: Sequence[str] | None = None) -> int:
    """Make the catalog, measure, print, and take everything back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relations", description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args(given)
    embedded.start()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        catalog, ids = _made(options.items)
        _measure(catalog, ids, options.rounds)
        transaction.set_rollback(True)
    return 0


def _made(items: int) -> tuple[Catalog, Any]:
    catalog = Catalog.objects.create(slug="benchmark-of-relations", language="en")
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, {"catalog": catalog.pk, "items": items})
        ids = np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)
        others = np.random.default_rng(0).permutation(ids)
        values = {"catalog": catalog.pk, "ids": ids.tolist(), "others": others.tolist()}
        for statement in (NAMED, TIED, ANSWERS, "ANALYZE catalog_item, catalog_relation"):
            cursor.execute(statement, values)
    return catalog, ids


def _measure(catalog: Catalog, ids: Any, rounds: int) -> None:
    draw = np.random.default_rng(1)
    query = Query(catalog_id=catalog.pk, limit=20, now=datetime.now(UTC))
    names = spoken_names(SENTENCE)

    def some(count: int) -> Any:
        return draw.choice(ids, count, replace=False)

    for seeds in (1, 5, 20):
        _timed(f"paths from {seeds} items", rounds, partial(_paths, query, some, seeds))
    _timed(f"paths from 20 items, {len(names)} names", rounds, lambda: relations.relations(query, some(20), names))
    _timed(f"paths from {len(names)} names", rounds, lambda: relations.relations(query, some(0), names))
    _timed("an attribute of 1,100 items", rounds, lambda: facts.having(some(1_100), [("size", "40")]))
    _timed("a relation of 1,100 items", rounds, lambda: facts.item_edges(some(1_100), ["goes_with"]))
    _timed("exposure from 20,000 answers", 1, lambda: exposure.exposure(query, 30))


def _paths(query: Query, some: Callable[[int], Any], seeds: int) -> Any:
    return relations.relations(query, some(seeds), [])


def _timed(label: str, rounds: int, work: Callable[[], Any]) -> None:
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - start))
    print(f"{label:<36} least {min(spent):7.1f} ms   median {np.median(spent):7.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
