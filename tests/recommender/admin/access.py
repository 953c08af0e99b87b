"""Walks over every address of the admin with somebody's eyes and says where another catalog shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import Concat
from django.forms import ModelChoiceField
from django.test import Client
from django.urls import reverse

from catalog.admin_choices import path_of
from catalog.reach import Reach
from tests.recommender.admin.rows import Shop
from users.models import Membership, User

MARK = "zqx-hidden"
PART = MARK[1:-1]  # what is searched for is repeated on the page, and is no find
NAMES = {"name", "title", "external_id", "slug", "interests", "reason", "tail_name"}
"""Columns of text that people read; each gets the mark in the catalog that must not be seen."""
REGISTERED: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model._meta.label)
FORM = {"post": "yes", "grace": "0", "reason": "no", "title": "Hat", "name": "Hat", "attributes": "{}"}
"""What is sent to every address: enough for deleting, rotating, promoting and the like."""
REFUSALS = {302, 403, 404, 405}


def member(shop: Shop, role: str, name: str = "ben") -> User:
    """Somebody on the staff with that role in the shop; called again with the same name, in one more shop."""
    user, _ = User.objects.get_or_create(username=name, is_staff=True)
    Membership.objects.create(user=user, catalog=shop.catalog, role=role)
    return user


def rows_of(model: type[Model], shop: Shop) -> QuerySet[Any]:
    """The rows that belong to the shop, by the path that the page of the model declares."""
    path = path_of(model, admin.site)
    return model._default_manager.filter(Reach({shop.catalog.pk}).condition(path))


def mark(shop: Shop) -> None:
    """Write the mark into every name of the shop."""
    for model in REGISTERED:
        for name in NAMES & {field.name for field in model._meta.get_fields()}:
            rows_of(model, shop).update(**{name: Concat(F(name), Value(MARK))})
    User.objects.filter(memberships__catalog=shop.catalog).update(username=Concat(F("username"), Value(MARK)))


def state(shop: Shop) -> dict[str, list[Any]]:
    """Everything that is stored of the shop."""
    kept = {model._meta.label: rows_of(model, shop) for model in REGISTERED}
    for model in (one for one in apps.get_models() if "catalog" in {field.name for field in one._meta.fields}):
        kept[model._meta.label] = model._default_manager.filter(catalog=shop.catalog)
    return {label: list(rows.order_by("pk").values()) for label, rows in kept.items()}


def written(client: Client, model: type[Model], shop: Shop) -> list[str]:
    """Every address of a page at which something that is stored of the shop changes when one asks or sends a form."""
    row, before, found = rows_of(model, shop).order_by("pk").first(), state(shop), []
    assert row is not None, f"rows.py makes no {model._meta.label}"
    for address, _of_a_row in addresses(model, row):
        client.get(address)
        client.post(address, FORM | {"catalog": str(shop.catalog.pk)})
        if state(shop) != before:
            found.append(address)
            before = state(shop)
    return found


def leaks(client: Client, model: type[Model], ours: Shop, theirs: Shop) -> list[str]:
    """Every address of the model's page at which something of the other shop can be seen or reached."""
    found = [*_seen(client, model, ours, theirs), *_autocompleted(client, model)]
    return [*found, *_reached(client, model, theirs)]


def addresses(model: type[Model], row: Any) -> Iterator[tuple[str, bool]]:
    """Every named address of a page, and whether it is of one row."""
    page = admin.site._registry[model]
    for pattern in page.get_urls():
        if pattern.name:
            names = list(pattern.pattern.converters)
            yield reverse(f"admin:{pattern.name}", kwargs=dict.fromkeys(names, row.pk)), bool(names)


def _seen(client: Client, model: type[Model], ours: Shop, theirs: Shop) -> Iterator[str]:
    """On pages of no row, and on those of a row of our own."""
    row = rows_of(model, ours).order_by("pk").first()
    assert row is not None, f"rows.py makes no {model._meta.label}"
    chosen: tuple[dict[str, Any], ...] = ({"catalog": theirs.catalog.pk}, {"pipeline": theirs.pipeline.pk})
    hints: tuple[dict[str, Any], ...] = ({}, {"q": PART}, *chosen)
    for address, of_a_row in addresses(model, row):
        for hint in hints[:1] if of_a_row else hints:
            answer = client.get(address, hint, follow=True)
            if MARK in answer.getvalue().decode() or _offered(answer, theirs):
                yield f"{address} {hint}"


def _offered(answer: Any, theirs: Shop) -> bool:
    """Whether a list holds, or a form would take, a row of the other shop."""
    context: Any = answer.context or {}
    forms = [context["adminform"].form] if "adminform" in context else []
    forms += [one.formset.empty_form for one in context.get("inline_admin_formsets") or []]
    fields = [field for form in forms for field in form.fields.values() if isinstance(field, ModelChoiceField)]
    taken = [field.queryset for field in fields if field.queryset is not None]
    taken += [context["cl"].queryset.order_by()] if "cl" in context else []
    outside = Reach({theirs.catalog.pk})
    return any(rows.filter(outside.condition(path_of(rows.model, admin.site))).exists() for rows in taken)


def _autocompleted(client: Client, model: type[Model]) -> Iterator[str]:
    page = admin.site._registry[model]
    for name in page.autocomplete_fields:
        asked = {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name), "field_name": name}
        for term in ("", PART):
            if MARK in client.get(reverse("admin:autocomplete"), {**asked, "term": term}).getvalue().decode():
                yield f"autocomplete of {name}"


def _reached(client: Client, model: type[Model], theirs: Shop) -> Iterator[str]:
    """At addresses of a row of the other shop, read or written."""
    row = rows_of(model, theirs).order_by("pk").first()
    assert row is not None, f"rows.py makes no {model._meta.label}"
    before = state(theirs)
    for address in [address for address, of_a_row in addresses(model, row) if of_a_row]:
        for answer in (client.get(address), client.post(address, FORM)):
            if answer.status_code not in REFUSALS or MARK in client.get(address, follow=True).getvalue().decode():
                yield f"{address} answers {answer.status_code}"
    if state(theirs) != before:
        yield f"{model._meta.label} was written"
