"""Whitening: fitted on the items of a space, kept with it, fitted again when the catalog has grown."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Catalog, Item
from recommender.models import Configuration, Space
from recommender.plugins.types import SpaceInfo
from recommender.services import encoding, spaces
from recommender.services.item_encoding import encode_items
from recommender.services.whitening import fit_whitening, unpack_whitening, whitening_of
from tests.recommender.services import spaces_data as data
from tests.recommender.services.space_fixtures import encoder, no_tables_left, shop

__all__ = ["encoder", "no_tables_left", "shop"]  # fixtures


def test_the_directions_are_evened() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(2_000, 16)) * np.geomspace(10, 0.1, 16) + 3).astype(np.float32)
    fitted = whitening_of(rows)
    assert fitted is not None
    mean, matrix = fitted
    spread = np.linalg.eigvalsh(np.cov(rows.T, bias=True))
    values = np.linalg.eigvalsh(np.cov(((rows - mean) @ matrix).T, bias=True))
    np.testing.assert_allclose(values, spread / (spread + 0.1 * spread.mean()), rtol=0.01, atol=1e-4)


def test_another_fit_leaves_the_coordinates_where_they_were() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(2_000, 16)) + 3).astype(np.float32)
    fitted, later = whitening_of(rows[:1_900]), whitening_of(rows)
    assert fitted is not None
    assert later is not None
    before, after = (SpaceInfo(1, "", 16, 2_000, *one).whiten(rows) for one in (fitted, later))
    assert np.einsum("ij,ij->i", before, after).min() > 0.99


@pytest.mark.parametrize("rows", [np.eye(9, 16), np.ones((50, 16)), np.zeros((50, 16)), np.empty((0, 16))])
def test_too_few_or_equal_vectors_say_nothing(rows: np.ndarray) -> None:
    assert whitening_of(rows.astype(np.float32)) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_tables_left")
def test_a_space_keeps_what_was_fitted_on_its_items(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    space = Space.objects.get()
    fitted = unpack_whitening(space)
    assert fitted is not None
    rows = encoding.item_vectors(space, [item.item_text() for item in Item.objects.order_by("id")])
    expected = whitening_of(rows)
    assert expected is not None
    np.testing.assert_allclose(fitted[0], expected[0], atol=1e-3)
    info = SpaceInfo(space.pk, "", 32, 30, *fitted)
    np.testing.assert_allclose(np.linalg.norm(info.whiten(rows), axis=1), 1, atol=1e-5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_tables_left")
def test_it_is_fitted_again_when_the_catalog_has_grown(shop: Catalog, encoder: Configuration) -> None:
    encode_items(shop)
    first = Space.objects.get()
    Item.objects.bulk_create([data.item(shop, number) for number in range(30, 40)])
    encode_items(shop)
    assert Space.objects.get().fitted_at == first.fitted_at
    Item.objects.bulk_create([data.item(shop, number) for number in range(40, 50)])
    encode_items(shop)
    assert (Space.objects.get().fitted_items, first.fitted_items) == (50, 30)
    assert spaces.refit_spaces(shop) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_tables_left")
def test_a_space_of_few_items_stays_as_it_is() -> None:
    few = data.catalog("few", items=5)
    data.encoder(few)
    encode_items(few)
    space = Space.objects.get()
    assert (space.status, space.fitted_at, unpack_whitening(space)) == ("live", None, None)
    assert not fit_whitening(space)


def test_of_a_small_catalog_only_what_its_items_vary_in_counts() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(20, 64)).astype(np.float32)
    rows[:, 40:] = 0.25
    fitted = whitening_of(rows)
    assert fitted is not None
    mean, matrix = fitted
    unseen = np.zeros(64, dtype=np.float32)
    unseen[40:] = 1.0
    np.testing.assert_allclose(unseen @ matrix, 0.0, atol=1e-4)
    assert (np.linalg.norm((rows - mean) @ matrix, axis=1) > 0.1).all()
