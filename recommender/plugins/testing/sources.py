"""Contracts of the kinds that bring something in: encoders from texts, retrievers from the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from recommender.plugins import data
from recommender.plugins.output_checks import checked_shortlist, checked_vectors
from recommender.plugins.testing.contract import PluginContract
from recommender.plugins.testing.values import fingerprint
from recommender.plugins.types import Profile, Query, Role

TEXTS = ("我需要一件高端的商务装", "", "I need a smart suit for business meetings", "   ", "red wool coat, size 40")
AWKWARD = ("\0", "a\0b", "\ud800", "🧥" * 50, "word " * 5_000, "\n\t", "e\u0301")
ROLES: tuple[Role, Role] = ("query", "item")
QUERIES = ("plain", "one item", "everything", "a category", "a price", "without some", "among some", "among none")


class EncoderContract(PluginContract):
    """Unit rows in the order of the texts, zero for an empty one, in both roles, the same for the same."""

    @pytest.mark.parametrize("role", ROLES)
    def test_unit_rows_in_order(self, role: Role) -> None:
        """(n, d) float32; an empty text gives zeros; a text's row does not depend on where it stands."""
        encoder, texts = self.loaded(), list(TEXTS)
        rows = encoder.encode(texts, role)
        checked_vectors(rows, len(TEXTS), encoder.dimension)
        assert rows.dtype == np.float32
        assert texts == list(TEXTS), "the list of texts was changed"
        assert [bool(row.any()) for row in rows] == [bool(text.strip()) for text in TEXTS]
        turned = encoder.encode(texts[::-1], role)[::-1]
        np.testing.assert_allclose(turned, rows, atol=0.01)
        for text, row in zip(texts, rows, strict=True):
            np.testing.assert_allclose(encoder.encode([text], role)[0], row, atol=0.01)

    @pytest.mark.parametrize("role", ROLES)
    def test_it_repeats_itself(self, role: Role) -> None:
        """A vector that is stored must fit one that is made later."""
        first, again = (self.loaded().encode(list(TEXTS), role) for _ in range(2))
        np.testing.assert_allclose(first, again, atol=1e-5)

    @pytest.mark.parametrize("role", ROLES)
    def test_no_text_is_too_strange(self, role: Role) -> None:
        """Visitors write NUL, halves of characters and whole books; no texts at all is a question too."""
        encoder = self.loaded()
        checked_vectors(encoder.encode(list(AWKWARD), role), len(AWKWARD), encoder.dimension)
        assert encoder.encode([], role).shape == (0, encoder.dimension)

    def test_different_texts_have_different_rows(self) -> None:
        """Otherwise nothing can be told apart."""
        rows = self.loaded().encode(list(TEXTS), "item")
        assert float(rows[0] @ rows[4]) < 0.999


@pytest.mark.django_db
class RetrieverContract(PluginContract):
    """Eligible items only, each once, best first; empty with nothing to go by. Needs the database."""

    @pytest.fixture
    def stock(self, db: None) -> Any:
        """The small real catalog of `testing.stock`."""
        from recommender.plugins.testing.stock import stocked  # models can only be imported once Django is set up

        return stocked()

    @pytest.mark.parametrize("kind", QUERIES)
    def test_eligible_items_best_first(self, stock: Any, kind: str) -> None:
        """For everyone: what is found is unique, ordered, and passes the query's eligibility."""
        query: Query = stock.queries[kind]
        people: Mapping[str, Profile] = stock.people
        for profile in people.values():
            found = checked_shortlist(self.loaded().retrieve(profile, query))
            passed = data.eligible(query, found.item_ids, found.scores, len(found))
            assert set(found.item_ids.tolist()) == set(passed.item_ids.tolist()), f"{kind}: not all are eligible"

    def test_it_finds_something_for_someone(self, stock: Any) -> None:
        """A retriever that finds nothing for anybody is not tested by this catalog: override `stock` then."""
        finds = [len(self.loaded().retrieve(profile, stock.query)) for profile in stock.people.values()]
        assert max(finds) > 0

    def test_it_repeats_itself_and_changes_nothing(self, stock: Any) -> None:
        """The same question finds the same, and the values it was given are as before."""
        given = (stock.people["anna"], stock.query)
        before = fingerprint(given)
        first, again = self.loaded().retrieve(*given), self.loaded().retrieve(*given)
        np.testing.assert_array_equal(first.item_ids, again.item_ids)
        assert fingerprint(given) == before, "what it was given was changed"

    def test_an_unknown_space_is_no_error(self, stock: Any) -> None:
        """A profile without vectors, as while the first space is being built."""
        checked_shortlist(self.loaded().retrieve(Profile(text="a coat", terms=("coat",)), stock.query))
