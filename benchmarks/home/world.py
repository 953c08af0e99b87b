"""A year of a busy shop, made by SQL: items with vectors, answers on placements, events of which some name answers."""

import time

from django.db import connection

from benchmarks.home.services import say
from catalog.models import Catalog
from catalog.services import create_catalog
from recommender.models import Configuration, Placement, Space, Statistics
from recommender.services import partitions
from users.services import provide_event_kinds

SLUG = "home"
DAYS = 365
ITEMS = 100_000
PROFILES = 20_000
SHOWN = 20
EVENTS_PER_ANSWER = 5
"""So many events for each answer; one in five names it, half of those within the time in which it counts."""
DIMENSION = 8

ITEM_ROWS = """
INSERT INTO catalog_item (catalog_id, external_id, title, description, categories, tags, attributes, language, url,
    image_url, published_at, available, created_at, updated_at, text_hash, terms, lexical, structured)
SELECT %(catalog)s, 'i' || n, 'Item ' || n, '', '{}', '{}', '{}', 'en', '', '',
    now() - make_interval(days => 2 * %(days)s) * (n::float8 / %(items)s), true, now(), now(),
    md5('i' || n)::uuid, '{}', '', ''
FROM generate_series(0, %(items)s - 1) n
"""
PROFILE_ROWS = """
INSERT INTO users_profile (catalog_id, external_id, interests, attributes, language, learn, personalise, is_test,
    created_at, updated_at)
SELECT %(catalog)s, 'p' || n, '', '{}', '', true, true, n %% 1000 = 0, now(), now()
FROM generate_series(0, %(profiles)s - 1) n
"""
# Every answer shows items of a skewed popularity, drawn by a hash so that the events below can name them again.
ANSWER_ROWS = """
INSERT INTO recommender_recommendation (id, catalog_id, profile_id, session_id, created_at, pipeline_id,
    pipeline_version, placement_id, arm, basis, request, item_ids, scores, columns, timings, degraded)
SELECT md5('a' || n)::uuid, %(catalog)s, %(profile)s + n %% %(profiles)s, '',
    now() - make_interval(days => %(days)s) * (1 - n::float8 / %(answers)s), 1, 1,
    nullif(%(placement)s + n %% 5 - 1, %(placement)s - 1),
    '', (ARRAY['sentence', 'both', 'behaviour', 'popular'])[1 + n %% 4], '{}',
    ARRAY(SELECT %(item)s + (%(items)s * (abs(hashint8(n * 32 + k)::bigint) / 2147483649.0) ^ 3)::bigint %% %(items)s
          FROM generate_series(1, %(shown)s) k),
    '{}', '{}', '{"fuse": 1.0}', n %% 500 = 0
FROM generate_series(0, %(answers)s - 1) n
"""
EVENT_ROWS = """
INSERT INTO users_event (catalog_id, profile_id, session_id, item_id, kind_id, occurred_at, sequence,
    recommendation_id, idempotency_key, received_at)
SELECT %(catalog)s, %(profile)s + answer %% %(profiles)s, '',
    %(item)s + (%(items)s * (abs(hashint8(answer * 32 + 1 + n %% 3)::bigint) / 2147483649.0) ^ 3)::bigint %% %(items)s,
    CASE WHEN n %% 100 = 0 THEN %(purchase)s ELSE %(click)s END,
    now() - make_interval(days => %(days)s) * (1 - answer::float8 / %(answers)s)
        + make_interval(hours => (n %% 90)::int),
    n, CASE WHEN n %% 5 = 0 THEN md5('a' || answer)::uuid END, 'e' || n, now()
FROM (SELECT n, abs(hashint8(n)::bigint) %% %(answers)s AS answer FROM generate_series(0, %(events)s - 1) n) made
"""
VECTOR_ROWS = """
INSERT INTO item_vector (space_id, item_id, vector, text_hash, available, language, categories, published_at)
SELECT %(space)s, id, array_fill(1.0::real, ARRAY[%(dimension)s])::halfvec, text_hash, true, language, '{}',
    published_at
FROM catalog_item WHERE catalog_id = %(catalog)s
"""


def load(events: int) -> None:
    """Everything, into empty tables."""
    start = time.perf_counter()
    catalog = create_catalog(SLUG)
    provide_event_kinds(catalog)
    kinds = dict(catalog.event_kinds.values_list("name", "pk"))
    placements = [Placement.objects.create(catalog=catalog, slug=f"p{n}", title=f"Placement {n}") for n in range(4)]
    values = {
        "catalog": catalog.pk,
        "days": DAYS,
        "items": ITEMS,
        "profiles": PROFILES,
        "shown": SHOWN,
        "events": events,
        "answers": max(1, events // EVENTS_PER_ANSWER),
        "placement": placements[0].pk,
        "click": kinds["click"],
        "purchase": kinds["purchase"],
    }
    _make("items", ITEM_ROWS, values)
    _make("people", PROFILE_ROWS, values)
    values |= {"item": _first("catalog_item"), "profile": _first("users_profile")}
    _make("answers", ANSWER_ROWS, values)
    _make("events", EVENT_ROWS, values)
    Statistics.objects.update_or_create(catalog=catalog, defaults={"items": ITEMS, "events": events})
    _space(catalog, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"Loaded in {time.perf_counter() - start:.0f} s")


def _space(catalog: Catalog, values: dict[str, int]) -> None:
    """A live space with a vector of each item, for the share of stale ones on the page."""
    encoder = Configuration.objects.create(
        catalog=catalog, kind="encoder", plugin="hashing", slug="hashing", settings={"dimension": DIMENSION}
    )
    space = Space.objects.create(
        catalog=catalog, configuration=encoder, dimension=DIMENSION, status="live", encoded=ITEMS, total=ITEMS
    )
    partitions.create_partition(space)
    _make("vectors", VECTOR_ROWS, values | {"space": space.pk, "dimension": DIMENSION})


def _make(name: str, statement: str, values: dict[str, int]) -> None:
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        say(f"  {name}: {cursor.rowcount:,} in {time.perf_counter() - start:.0f} s")


def _first(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id) FROM {table}")
        return int(cursor.fetchone()[0])
