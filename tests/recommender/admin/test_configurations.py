from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Catalog
from recommender.models import Configuration
from recommender.serving.assembly import specifications
from tests.recommender.admin.forms import errors, shown
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db
ADD = "admin:recommender_configuration_add"


def page(configuration: Configuration) -> str:
    return reverse("admin:recommender_configuration_change", args=(configuration.pk,))


def add(client: Client, catalog: Catalog, chosen: str, title: str, **more: str) -> Any:
    return client.post(reverse(ADD), {"catalog": catalog.pk, "chosen": chosen, "title": title, "slug": "", **more})


def messages(client: Client, address: str) -> str:
    return " ".join(str(message) for message in client.get(address, follow=True).context["messages"])


def test_the_first_step_shows_every_plugin_with_what_it_does(shop: Shop, admin_client: Client) -> None:
    text = admin_client.get(reverse(ADD)).content.decode()
    for word in ("Fusion strategy", 'value="fusion_strategy:linear"', "Finds what most people chose lately."):
        assert word in text


def test_two_steps_make_a_configuration(shop: Shop, admin_client: Client) -> None:
    answer = add(admin_client, shop.catalog, "retriever:recent", "Fresh from the press")
    made = Configuration.objects.get(plugin="recent")
    assert answer.url == page(made)
    assert (made.kind, made.slug, made.settings) == ("retriever", "fresh-from-the-press", {})
    values = shown(admin_client, page(made))
    admin_client.post(page(made), values | {"setting-k": "42"})
    made.refresh_from_db()
    assert made.settings == {"k": 42}
    assert shown(admin_client, page(made))["setting-k"] == 42


def test_a_chinese_title_gives_the_name_of_the_plugin(shop: Shop, admin_client: Client) -> None:
    for _ in range(2):
        add(admin_client, shop.catalog, "retriever:recent", "最新")
    slugs = Configuration.objects.filter(plugin="recent").values_list("slug", flat=True)
    assert set(slugs) == {"recent", "recent-2"}


def test_a_name_that_is_taken_is_refused(shop: Shop, admin_client: Client) -> None:
    answer = add(admin_client, shop.catalog, "retriever:recent", "Popular", slug="popular")
    assert "choose another" in errors(answer)


def test_a_wrong_setting_is_named_at_its_field(shop: Shop, admin_client: Client) -> None:
    values = shown(admin_client, page(shop.popular))
    answer = admin_client.post(page(shop.popular), values | {"setting-k": "0"})
    assert list(answer.context["adminform"].form.errors) == ["setting-k"]
    shop.popular.refresh_from_db()
    assert shop.popular.settings == {}


def test_saving_leaves_pipelines_with_unpublished_changes(shop: Shop, admin_client: Client) -> None:
    values = shown(admin_client, page(shop.popular)) | {"setting-k": "7"}
    answer = admin_client.post(page(shop.popular), values, follow=True)
    shop.pipeline.refresh_from_db()
    assert shop.pipeline.version == 1
    assert [one.settings for one in specifications(shop.pipeline.pk)] == [{}, {}]
    link = reverse("admin:recommender_pipeline_change", args=(shop.pipeline.pk,))
    assert [link in str(one) for one in answer.context["messages"]] == [True, False]
    assert "open and publish them" in admin_client.get(page(shop.popular)).content.decode()
    unused = shop.configuration("retriever", "recent")
    admin_client.post(page(unused), shown(admin_client, page(unused)) | {"setting-k": "7"})
    assert shop.pipeline.revisions.count() == 2


def test_a_rule_is_a_form_in_four_parts(shop: Shop, admin_client: Client) -> None:
    rule = shop.configuration("rule", "boost", "sale")
    page_shown = admin_client.get(page(rule))
    headings = [str(part.name) for part in page_shown.context["adminform"]]
    assert headings[1:] == ["Settings", "Which items", "When", "For whom"]
    values = shown(admin_client, page(rule))
    changes = {
        "setting-starts_at": "2026-12-01T08:00",
        "setting-weekdays": ["saturday", "sunday"],
        "setting-from_time": "10:00",
        "setting-to_time": "14:00",
        "setting-tags": "sale",
        "setting-attributes": "brand = Acme",
        "setting-audience": "new",
    }
    admin_client.post(page(rule), values | changes)
    rule.refresh_from_db()
    assert rule.settings == {
        "starts_at": "2026-12-01T08:00:00",
        "weekdays": ["saturday", "sunday"],
        "from_time": "10:00:00",
        "to_time": "14:00:00",
        "tags": ["sale"],
        "attributes": ["brand = Acme"],
        "audience": "new",
    }
    assert shown(admin_client, page(rule))["setting-starts_at"] == "2026-12-01T08:00"
    wrong = admin_client.post(page(rule), values | {"setting-ends_at": "2026-12-01T08:00", "setting-attributes": "red"})
    assert "write brand = Acme" in errors(wrong)


def test_a_plugin_that_is_gone_can_still_be_looked_at(shop: Shop, admin_client: Client) -> None:
    lost = shop.configuration("ranker", "lost", secret="kept")
    text = admin_client.get(page(lost)).content.decode()
    assert "not installed" in text
    assert "kept" in text
    admin_client.post(page(lost), {"title": "Lost and found"})
    lost.refresh_from_db()
    assert (lost.title, lost.settings) == ("Lost and found", {"secret": "kept"})


def test_the_test_button_runs_the_plugin(shop: Shop, admin_client: Client) -> None:
    encoder = shop.configuration("encoder", "hashing", "words", dimension=128)
    address = reverse("admin:recommender_configuration_try_out", args=(encoder.pk,))
    assert address in admin_client.get(page(encoder)).content.decode()
    assert "vector of 128 dimensions" in messages(admin_client, address)


def test_the_test_button_says_what_is_wrong(shop: Shop, admin_client: Client) -> None:
    broken = shop.configuration("retriever", "popular", "broken", k=0)
    text = messages(admin_client, reverse("admin:recommender_configuration_try_out", args=(broken.pk,)))
    assert "The test failed" in text
    assert "k: " in text


def test_a_configuration_in_use_is_not_deleted(shop: Shop, admin_client: Client) -> None:
    address = reverse("admin:recommender_configuration_delete", args=(shop.popular.pk,))
    admin_client.post(address, {"post": "yes"})
    assert Configuration.objects.filter(pk=shop.popular.pk).exists()
    unused = shop.configuration("retriever", "recent")
    admin_client.post(reverse("admin:recommender_configuration_delete", args=(unused.pk,)), {"post": "yes"})
    assert not Configuration.objects.filter(pk=unused.pk).exists()
