"""A catalog large enough for the planner to care: rows made by Postgres itself, vectors of eight dimensions."""

from __future__ import annotations

from django.db import connection

from catalog.models import Catalog
from catalog.services import create_catalog
from recommender.models import Space
from recommender.models.configuration import PluginKind
from recommender.services.defaults import provide_defaults
from recommender.services.partitions import analyze, build_index
from recommender.services.refresh import refresh
from recommender.services.spaces import ensure_space, go_live
from users.models import EventKind
from users.services import provide_event_kinds

ITEMS, PEOPLE, EVENTS = 20_000, 5_000, 100_000

# Item n has the words wA, wB and wC of n's remainders, so that each word finds a few hundred items at most; `lexical`
# and `structured` stay empty: they are read with the row, not searched.
ITEM_ROWS = """
    INSERT INTO catalog_item (catalog_id, external_id, title, description, categories, tags, attributes, language, url,
        image_url, price, published_at, available, created_at, updated_at, text_hash, terms, lexical, structured)
    SELECT %(catalog)s, 'i' || n, 'Item ' || n, repeat('words of an item ', 10), ARRAY['c' || n %% 50]::varchar[],
        '{}', jsonb_build_object('size', n %% 100), 'en', '', '', n %% 1000,
        now() - n * interval '1 minute', n %% 20 <> 0, now(), now(), md5(n::text)::uuid,
        ARRAY['wa' || n %% 300, 'wb' || n %% 499, 'wc' || n %% 997], '', ''
    FROM generate_series(1, %(items)s) n
"""
PROFILE_ROWS = """
    INSERT INTO users_profile (catalog_id, external_id, interests, attributes, language, learn, personalise, is_test,
        created_at, updated_at)
    SELECT %(catalog)s, 'p' || n, '', '{}', '', true, true, false, now(), now()
    FROM generate_series(1, %(people)s) n
"""
# Every second event has a session instead of a profile.
EVENT_ROWS = """
    INSERT INTO users_event (catalog_id, profile_id, session_id, item_id, kind_id, occurred_at, sequence,
        idempotency_key, received_at)
    SELECT %(catalog)s, CASE WHEN n %% 2 = 0 THEN p.id END, CASE WHEN n %% 2 = 0 THEN '' ELSE 's' || n %% 4999 END,
        i.id, %(kind)s, now() - n * interval '1 second', n, 'e' || n, now()
    FROM generate_series(1, %(events)s) n
    JOIN users_profile p ON p.catalog_id = %(catalog)s AND p.external_id = 'p' || (n %% %(people)s + 1)
    JOIN catalog_item i ON i.catalog_id = %(catalog)s AND i.external_id = 'i' || (n * 7919::bigint %% %(items)s + 1)
"""
VECTOR_ROWS = """
    INSERT INTO item_vector (space_id, item_id, vector, text_hash, available, price, language, categories, published_at,
        expires_at)
    SELECT %(space)s, id, ARRAY(SELECT sin(id * 12.9898 + d * 78.233) FROM generate_series(1, 8) d)::vector::halfvec,
        text_hash, available, price, language, categories, published_at, expires_at
    FROM catalog_item WHERE catalog_id = %(catalog)s
"""


def large_catalog(slug: str = "large") -> Catalog:
    """20,000 items with vectors, 5,000 people and as many sessions, 100,000 events; counted and analysed."""
    catalog = create_catalog(slug)
    provide_event_kinds(catalog)
    pipeline = provide_defaults(catalog, "hashing", {"dimension": 8})
    encoder = pipeline.stages.get(configuration__kind=PluginKind.ENCODER).configuration
    space = ensure_space(encoder)
    kind = EventKind.objects.get(catalog=catalog, name="click")
    values = {"catalog": catalog.pk, "items": ITEMS, "people": PEOPLE, "events": EVENTS}
    values |= {"kind": kind.pk, "space": space.pk}
    with connection.cursor() as cursor:
        for statement in (ITEM_ROWS, PROFILE_ROWS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE catalog_item, users_profile")
        for statement in (EVENT_ROWS, VECTOR_ROWS):
            cursor.execute(statement, values)
    build_index(space)
    analyze(space)
    go_live(space)
    Space.objects.filter(pk=space.pk).update(encoded=ITEMS, total=ITEMS)
    refresh(catalog)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE users_event, recommender_counter, recommender_neighbours")
    return catalog
