"""The sentences that come with the shop, through the real pipeline with the real encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Catalog
from recommender.schemas import RecommendRequest
from recommender.services.answers import recommend
from recplatform.demo.loading import SHOP, SHOP_FOLDER, load
from recplatform.demo.proofs import CHINESE, ENGLISH, SUIT

pytestmark = [pytest.mark.long, pytest.mark.django_db]
FIRST = 5
ENOUGH = 21


@pytest.fixture
def shop(db: None, data_folder: Path) -> Catalog:
    """All 150 items, encoded."""
    load(lambda _: None, (SHOP,))
    return Catalog.objects.get(slug="shop")


def ids(shop: Catalog, text: str, **more: Any) -> list[str]:
    return [item.item_id for item in recommend(shop.pk, RecommendRequest(text=text, **more)).items]


def test_sentences_find_what_they_mean(shop: Catalog) -> None:
    pairs = [json.loads(line) for line in (SHOP_FOLDER / "sentences.jsonl").read_text("utf-8").splitlines()]
    missed = [pair["text"] for pair in pairs if not set(pair["expected"]) & set(ids(shop, pair["text"])[:FIRST])]
    assert len(pairs) == 24
    assert len(pairs) - len(missed) >= ENOUGH, missed
    assert ids(shop, CHINESE)[0] == SUIT
    assert SUIT in ids(shop, ENGLISH)[:3]
    likes = [{"item_id": "tea-longjing-zh", "kind": "like"}]
    assert ids(shop, CHINESE, history=likes)[0] == SUIT, "a like of tea erased the sentence"
