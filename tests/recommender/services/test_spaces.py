"""A space's life on the real database: built, resumed, switched under load, followed, retired and swept."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from catalog.models import Catalog, Item
from recommender.models import Configuration, ItemVector, Space
from recommender.plugins.types import Vectors
from recommender.services import encoding, item_encoding, item_vectors, partitions, spaces
from recommender.services.encoding import sentence_vectors
from recommender.services.item_encoding import encode_items
from tests.recommender.services import spaces_data as data
from tests.recommender.services.space_fixtures import encoder, no_tables_left, shop

__all__ = ["encoder", "no_tables_left", "shop"]  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_tables_left")]


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every item text that is encoded from now on."""
    texts: list[str] = []
    original = encoding.item_vectors

    def noting(space: Space, wanted: list[str]) -> Vectors:
        texts.extend(wanted)
        return original(space, wanted)

    monkeypatch.setattr(encoding, "item_vectors", noting)
    return texts


def test_a_first_run_builds_a_space_and_goes_live(shop: Catalog, encoder: Configuration) -> None:
    seen: list[tuple[int, int]] = []
    done = encode_items(shop, progress=lambda space: seen.append((space.encoded, space.total)))
    space = spaces.live_space(encoder)
    assert space is not None
    assert (done.stored, done.remaining, done.problems) == (30, False, [])
    assert (space.status, space.dimension, space.encoded, space.total) == ("live", 32, 30, 30)
    assert (space.plugin, space.settings) == ("hashing", {"dimension": 32})
    assert seen[0] == (0, 30)
    assert seen[-1] == (30, 30)
    vector = ItemVector.objects.get(space_id=space.pk, item_id=Item.objects.get(external_id="i7").pk)
    assert (vector.price, vector.categories, vector.available) == (7.0, [data.WORDS[1]], True)
    expected = encoding.item_vectors(space, [Item.objects.get(external_id="i7").item_text()])[0]
    np.testing.assert_allclose(vector.vector, expected, atol=1e-3)


def test_the_index_answers_nearest_queries(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    name = partitions.name_of(spaces.ensure_space(encoder).pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [name])
        assert {f"{name}_hnsw", f"{name}_categories"} <= {row[0] for row in cursor.fetchall()}


def test_an_empty_catalog_is_live_at_once_and_new_items_follow() -> None:
    empty = data.catalog("empty", items=0)
    encoder = data.encoder(empty)
    encode_items(empty)
    space = spaces.live_space(encoder)
    assert space is not None
    data.item(empty, 1).save()
    assert encode_items(empty, [Item.objects.get().pk]).stored == 1
    assert ItemVector.objects.filter(space_id=space.pk).count() == 1


def test_only_changed_texts_are_encoded_again(shop: Catalog, encoder: Configuration, encoded: list[str]) -> None:
    encode_items(shop)
    encoded.clear()
    data.retitle(3, "An umbrella")
    Item.objects.filter(external_id="i4").update(price=99.0)
    assert encode_items(shop).stored == 1
    assert [text.split(".")[0] for text in encoded] == ["An umbrella"]
    encoded.clear()
    assert encode_items(shop).stored == 0
    assert encoded == []


def test_single_items_leave_the_others_alone(shop: Catalog, encoder: Configuration, encoded: list[str]) -> None:
    encode_items(shop)
    encoded.clear()
    changed = data.retitle(3, "An umbrella")
    data.retitle(4, "A parasol")
    assert encode_items(shop, [changed.pk]).stored == 1
    assert len(encoded) == 1


def test_filter_columns_and_deletions_follow_the_item(shop: Catalog, encoder: Configuration) -> None:
    space = spaces.ensure_space(encoder)
    encode_items(shop)
    found = Item.objects.get(external_id="i5")
    Item.objects.filter(pk=found.pk).update(available=False, price=1.5)
    vector = ItemVector.objects.get(space_id=space.pk, item_id=found.pk)
    assert (vector.available, vector.price) == (False, 1.5)
    found.delete()
    assert ItemVector.objects.filter(space_id=space.pk).count() == 29


def test_an_interrupted_build_goes_on_where_it_stopped(
    shop: Catalog, encoder: Configuration, encoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_encoding, "FIRST_SLICE", 8)
    original = encoding.item_vectors

    def dying(space: Space, texts: list[str]) -> Vectors:
        if encoded:
            raise KeyboardInterrupt
        return original(space, texts)

    monkeypatch.setattr(encoding, "item_vectors", dying)
    with pytest.raises(KeyboardInterrupt):
        encode_items(shop)
    space = spaces.ensure_space(encoder)
    assert (space.status, space.encoded, len(encoded)) == ("building", 8, 8)
    assert spaces.live_space(encoder) is None
    monkeypatch.setattr(encoding, "item_vectors", original)
    assert encode_items(shop).stored == 22
    assert len(set(encoded)) == len(encoded) == 30
    space.refresh_from_db()
    assert space.status == "live"


def test_a_deadline_leaves_the_rest_for_the_next_run(shop: Catalog, encoder: Configuration) -> None:
    assert encode_items(shop, seconds=0).remaining
    assert spaces.ensure_space(encoder).status == "building"
    assert not encode_items(shop, seconds=60).remaining
    assert spaces.ensure_space(encoder).status == "live"


def test_a_broken_index_is_built_again(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    space = spaces.ensure_space(encoder)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {partitions.name_of(space.pk)}_hnsw")
    encode_items(shop)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{partitions.name_of(space.pk)}_hnsw"])
        assert cursor.fetchone() == (True,)


def test_an_index_whose_building_was_interrupted_is_built_again(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    space, name = spaces.ensure_space(encoder), partitions.name_of(spaces.ensure_space(encoder).pk)
    held, let_go = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            Item.objects.filter(external_id="i1").update(price=5.0)  # the build waits for this to end
            held.set()
            let_go.wait(30)
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}_hnsw")
        thread = threading.Thread(target=writer)
        thread.start()
        assert held.wait(30)
        cursor.execute("SET statement_timeout = '300ms'")
        with pytest.raises(DatabaseError, match="statement timeout"):
            partitions.build_index(space)
        cursor.execute("RESET statement_timeout")
        let_go.set()
        thread.join()
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f"{name}_hnsw"])
        assert cursor.fetchone() == (False,)
        encode_items(shop)
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f"{name}_hnsw"])
        assert cursor.fetchone() == (True,)


def test_a_text_changed_while_it_is_encoded_stays_stale(
    shop: Catalog, encoder: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_items(shop)
    space, before = spaces.ensure_space(encoder), data.retitle(3, "An umbrella")
    original = encoding.item_vectors

    def meanwhile(space: Space, texts: list[str]) -> Vectors:
        if texts == [before.item_text()]:
            data.retitle(3, "A parasol")
        return original(space, texts)

    monkeypatch.setattr(encoding, "item_vectors", meanwhile)
    assert encode_items(shop, [before.pk]).stored == 0
    assert item_vectors.stale_ids(space) == [before.pk]
    assert encode_items(shop, [before.pk]).stored == 1
    stored = ItemVector.objects.get(space_id=space.pk, item_id=before.pk)
    assert stored.text_hash == Item.objects.get(pk=before.pk).text_hash


def test_an_item_that_is_being_written_is_left_for_later(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    changed = data.retitle(3, "An umbrella")
    held, let_go = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            Item.objects.filter(pk=changed.pk).update(available=False)
            held.set()
            let_go.wait(30)
        connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    assert held.wait(30)
    done = encode_items(shop)
    let_go.set()
    thread.join()
    assert (done.stored, done.remaining) == (0, True)
    assert encode_items(shop).stored == 1
    assert not ItemVector.objects.get(space_id=spaces.ensure_space(encoder).pk, item_id=changed.pk).available


def test_a_row_of_another_dimension_is_refused(shop: Catalog, encoder: Configuration) -> None:
    space = spaces.ensure_space(encoder)
    found = Item.objects.get(external_id="i1")
    text = item_vectors.Text(found.pk, found.item_text(), found.text_hash)
    with pytest.raises(IntegrityError, match="vector_check"):
        item_vectors.store(space, [text], np.ones((1, 31), dtype=np.float32))
    with pytest.raises(DatabaseError, match="no partition"):
        item_vectors.store(Space(pk=space.pk + 999), [text], np.ones((1, 32), dtype=np.float32))


def test_another_process_at_the_same_space_is_not_doubled(
    shop: Catalog, encoder: Configuration, encoded: list[str]
) -> None:
    space = spaces.ensure_space(encoder)
    held, let_go = threading.Event(), threading.Event()

    def other() -> None:
        with partitions.working_on(space):
            held.set()
            let_go.wait(30)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(30)
    busy = encode_items(shop)
    one = encode_items(shop, [Item.objects.get(external_id="i1").pk])
    let_go.set()
    thread.join()
    assert (busy.busy, busy.stored, one.stored) == (True, 0, 1)
    assert encode_items(shop).stored == 29
    assert len(encoded) == 30


def test_callers_at_once_make_one_space(shop: Catalog, encoder: Configuration) -> None:
    found: list[int] = []

    def call() -> None:
        found.append(spaces.ensure_space(encoder).pk)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == Space.objects.count() == 1


def test_an_unusable_encoder_is_named_and_the_live_space_serves_on(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    before = spaces.live_space(encoder)
    encoder.plugin, encoder.settings = "sentence-transformer", {"model": "/no/such/folder"}
    encoder.save()
    problems = encode_items(shop).problems
    assert len(problems) == 1
    assert "/no/such/folder" in problems[0]
    assert spaces.live_space(encoder) == before


def test_switch_under_concurrent_reads(shop: Catalog, encoder: Configuration) -> None:
    """Readers always find all items, in the dimension that their sentence is encoded in."""
    encode_items(shop)
    stop, wrong, dimensions = threading.Event(), [], set()

    def reader() -> None:
        while not stop.is_set():
            try:
                dimensions.add(_read_once(encoder))
            except Exception as error:
                wrong.append(error)
        connection.close()

    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for dimension in (48, 32, 40):
            encoder.settings = {"dimension": dimension}
            encoder.save()
            encode_items(shop)
            _read_once(encoder)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert 40 in dimensions | {_read_once(encoder)}
    assert sorted(Space.objects.values_list("dimension", "status")) == [
        (32, "retired"), (32, "retired"), (40, "live"), (48, "retired"),
    ]  # fmt: skip


def _read_once(encoder: Configuration) -> int:
    space = spaces.live_space(Configuration.objects.get(pk=encoder.pk))
    assert space is not None
    sentence = sentence_vectors(space, ["a lamp"])[0]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT item_id FROM item_vector WHERE space_id = {space.pk} ORDER BY "
            f"vector::halfvec({space.dimension}) <#> %s::halfvec({len(sentence)}) LIMIT 100) found",
            [str(sentence.tolist())],
        )
        assert cursor.fetchone() == (30,)
    return space.dimension


def test_a_pipeline_reads_its_own_space_else_the_newest_live_one(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    first = spaces.live_space(encoder)
    other = data.encoder(shop, "other", dimension=48)
    building = spaces.ensure_space(other)
    assert spaces.live_space(other) == first
    encode_items(shop)
    assert spaces.live_space(other) == building
    assert spaces.live_space(encoder) == first


def test_a_second_thought_gives_up_the_space_that_was_being_built(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    live = spaces.ensure_space(encoder)
    encoder.settings = {"dimension": 48}
    given_up = spaces.ensure_space(encoder)
    encoder.settings = {"dimension": 32}
    assert spaces.ensure_space(encoder) == live
    given_up.refresh_from_db()
    assert given_up.status == "retired"
    assert not spaces.go_live(given_up)


def test_sweep_drops_what_is_retired_and_nothing_sooner(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    old = spaces.ensure_space(encoder)
    encoder.settings = {"dimension": 48}
    encoder.save()
    encode_items(shop)
    assert spaces.sweep_spaces() == 0
    Space.objects.filter(pk=old.pk).update(retired_at=timezone.now() - timedelta(hours=1))
    assert spaces.sweep_spaces() == 1
    assert partitions.partitions() == {spaces.ensure_space(encoder).pk}


def test_sweep_retires_the_space_that_no_pipeline_uses(shop: Catalog, encoder: Configuration) -> None:
    other = data.encoder(shop, "other", dimension=48)
    encode_items(shop)
    Space.objects.update(live_at=timezone.now() - timedelta(hours=1))
    encoder.stages.all().delete()
    spaces.sweep_spaces()
    assert list(Space.objects.order_by("dimension").values_list("status", flat=True)) == ["retired", "live"]
    assert spaces.live_space(encoder) == spaces.live_space(other)


def test_sweep_drops_the_tables_of_a_deleted_catalog(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    for pipeline in shop.pipelines.all():
        pipeline.stages.all().delete()
    shop.delete()
    assert spaces.sweep_spaces() == 1
    assert partitions.partitions() == set()
