from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from recommender.models import Configuration, Pipeline, Stage
from recommender.serving.assembly import specifications
from tests.recommender.admin.forms import errors, shown
from tests.recommender.admin.rows import Shop
from users.models import User

pytestmark = pytest.mark.django_db


def page(pipeline: Pipeline) -> str:
    return reverse("admin:recommender_pipeline_change", args=(pipeline.pk,))


def row(values: dict[str, Any], configuration: Configuration) -> str:
    """The prefix of the row in which the configuration stands."""
    for name, value in values.items():
        if name.endswith("-configuration") and value == configuration.pk:
            return name.removesuffix("configuration")
    raise AssertionError(f"{configuration} is no stage")


def new_row(values: dict[str, Any], configuration: Configuration) -> dict[str, Any]:
    """The last, empty row filled in."""
    last = int(values["stages-TOTAL_FORMS"]) - 1
    return {f"stages-{last}-configuration": configuration.pk, f"stages-{last}-enabled": "on"}


def post(client: Client, shop: Shop, *changes: dict[str, Any]) -> Any:
    values = shown(client, page(shop.pipeline))
    for change in changes:
        values |= change
    answer = client.post(page(shop.pipeline), values)
    shop.pipeline.refresh_from_db()
    return answer


def press(client: Client, pipeline: Pipeline, button: str, **fields: Any) -> str:
    """A button of the page, and the messages that follow."""
    answer = client.post(reverse(f"admin:recommender_pipeline_{button}", args=(pipeline.pk,)), fields, follow=True)
    pipeline.refresh_from_db()
    return " ".join(str(one) for one in answer.context["messages"])


def answering(pipeline: Pipeline) -> set[str]:
    return {one.slug for one in specifications(pipeline.pk)}


def stages(pipeline: Pipeline) -> set[str]:
    return set(pipeline.stages.filter(enabled=True).values_list("configuration__slug", flat=True))


def test_a_stage_says_its_kind_in_a_word(shop: Shop, admin_client: Client) -> None:
    text = admin_client.get(page(shop.pipeline)).content.decode()
    assert re.search(r">\s*Retriever\s*<", text)
    assert "(&#x27;" not in text


def test_another_fusion_strategy_answers_when_it_is_published(shop: Shop, admin_client: Client) -> None:
    other = shop.configuration("fusion_strategy", "weighted-sum")
    values = shown(admin_client, page(shop.pipeline))
    answer = post(admin_client, shop, {row(values, shop.fusion) + "configuration": other.pk})
    assert answer.status_code == 302, errors(answer)
    assert stages(shop.pipeline) == {"popular", "weighted-sum"}
    assert (shop.pipeline.version, answering(shop.pipeline)) == (1, {"popular", "reciprocal-rank"})
    assert "Version 2" in press(admin_client, shop.pipeline, "publish")
    assert (shop.pipeline.version, answering(shop.pipeline)) == (2, {"popular", "weighted-sum"})
    assert shop.pipeline.revisions.get(version=2).author == User.objects.get(username="anna")


def test_a_stage_is_added_at_the_end_and_removed(shop: Shop, admin_client: Client) -> None:
    recent = shop.configuration("retriever", "recent")
    values = shown(admin_client, page(shop.pipeline))
    answer = post(admin_client, shop, new_row(values, recent))
    assert answer.status_code == 302, errors(answer)
    assert stages(shop.pipeline) == {"popular", "recent", "reciprocal-rank"}
    assert Stage.objects.get(configuration=recent).position == 11
    values = shown(admin_client, page(shop.pipeline))
    post(admin_client, shop, {row(values, recent) + "DELETE": "on"})
    assert stages(shop.pipeline) == {"popular", "reciprocal-rank"}
    assert shop.pipeline.revisions.count() == 3


def test_two_fusion_strategies_are_refused(shop: Shop, admin_client: Client) -> None:
    values = shown(admin_client, page(shop.pipeline))
    answer = post(admin_client, shop, new_row(values, shop.configuration("fusion_strategy", "weighted-sum")))
    assert "remove or disable all but one" in errors(answer)
    assert shop.pipeline.version == 1


@pytest.mark.parametrize(("stage", "way_out"), [("fusion", "add a stage with one"), ("popular", "at least one stage")])
@pytest.mark.parametrize("change", ["DELETE", "enabled"])
def test_what_must_be_there_cannot_be_taken_away(
    stage: str, way_out: str, change: str, shop: Shop, admin_client: Client
) -> None:
    values = shown(admin_client, page(shop.pipeline))
    name = row(values, getattr(shop, stage)) + change
    answer = post(admin_client, shop, {name: "on" if change == "DELETE" else ""})
    assert way_out in errors(answer)
    assert stages(shop.pipeline) == {"popular", "reciprocal-rank"}


def test_a_configuration_of_another_catalog_cannot_be_chosen(shop: Shop, admin_client: Client) -> None:
    stranger = Shop().popular
    assert str(stranger.pk) not in [
        str(value)
        for inline in admin_client.get(page(shop.pipeline)).context["inline_admin_formsets"]
        for form in inline.formset.forms
        for _, group in form.fields["configuration"].choices
        for value, _ in (group if isinstance(group, list) else [])
    ]
    values = shown(admin_client, page(shop.pipeline))
    answer = post(admin_client, shop, new_row(values, stranger))
    assert "Select a valid choice" in errors(answer)


def test_a_new_pipeline_starts_as_a_copy_of_the_default(shop: Shop, admin_client: Client) -> None:
    address = reverse("admin:recommender_pipeline_add")
    answer = admin_client.post(address, {"catalog": shop.catalog.pk, "title": "Mail", "slug": "mail"})
    made = Pipeline.objects.get(slug="mail")
    assert answer.headers["Location"] == page(made)
    assert stages(made) == stages(shop.pipeline) == answering(made)
    assert made.revisions.get().version == made.version
    assert not made.is_default


def test_there_is_one_default(shop: Shop, admin_client: Client) -> None:
    answer = post(admin_client, shop, {"is_default": ""})
    assert "Make another pipeline the default instead" in errors(answer)
    admin_client.post(
        reverse("admin:recommender_pipeline_add"), {"catalog": shop.catalog.pk, "title": "Mail", "slug": "mail"}
    )
    mail = Pipeline.objects.get(slug="mail")
    answer = admin_client.post(page(mail), shown(admin_client, page(mail)) | {"is_default": "on"})
    assert answer.status_code == 302, errors(answer)
    assert list(Pipeline.objects.filter(is_default=True)) == [mail]


def test_a_slug_that_is_taken_is_refused(shop: Shop, admin_client: Client) -> None:
    address = reverse("admin:recommender_pipeline_add")
    answer = admin_client.post(address, {"catalog": shop.catalog.pk, "title": "Again", "slug": "default"})
    assert "already exists" in errors(answer)


def test_the_default_is_not_deleted_but_others_are(shop: Shop, admin_client: Client) -> None:
    other = Pipeline.objects.create(catalog=shop.catalog, slug="old")
    for pipeline in (shop.pipeline, other):
        admin_client.post(reverse("admin:recommender_pipeline_delete", args=(pipeline.pk,)), {"post": "yes"})
    assert list(Pipeline.objects.all()) == [shop.pipeline]
