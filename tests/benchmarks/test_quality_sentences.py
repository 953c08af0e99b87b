"""Sentences come from labels of the first three items, or from their titles."""

import numpy as np

from benchmarks.quality import sentences, split
from benchmarks.quality.data import Dataset


def some(items: list[dict[str, object]], count: int = 60) -> list[str]:
    return [sentences.write(items, np.random.default_rng(seed)) for seed in range(count)]


def test_only_the_first_three_items_are_read() -> None:
    items: list[dict[str, object]] = [{"title": f"t{n}", "categories": [f"label{n}"]} for n in range(5)]
    written = " ".join(some(items))
    assert all(f"label{n}" in written for n in range(3))
    assert "label3" not in written
    assert "label4" not in written


def test_categories_tags_and_brands_are_used() -> None:
    item: dict[str, object] = {"title": "x", "categories": ["Pens"], "tags": ["blue"], "attributes": {"brand": "Pilot"}}
    written = " ".join(some([item]))
    assert all(word in written for word in ("Pens", "blue", "Pilot"))


def test_a_title_stands_in_where_there_is_no_label() -> None:
    written = some([{"title": "The Return of the Grey Heron"}])
    assert all("The Return of the Grey Heron" not in sentence for sentence in written)
    assert any("Grey Heron" in sentence for sentence in written)


def test_wordings_vary() -> None:
    written = some([{"categories": ["Pens", "Ink"]}])
    assert len({sentence.replace("Pens", "").replace("Ink", "") for sentence in written}) > 5


def test_no_word_comes_from_relevant_events(town: Dataset) -> None:
    for question in split.make(town, 0).questions["text0"]:
        shown = {label for n in question.exclude[:3] for label in town.items[n]["categories"]}
        others = {f"shelf {n}" for n in range(7)} - shown
        assert not any(label in question.text for label in others)
