"""Posting a page of the admin as a browser does: everything that the form shows, but for the changes."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm, MultiWidget
from django.test import Client


def shown(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send for the page as it stands, inlines included."""
    context = client.get(address).context
    forms: list[BaseForm] = [context["adminform"].form]
    for inline in context.get("inline_admin_formsets", []):
        forms += [inline.formset.management_form, *inline.formset.forms]
    values: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if isinstance(bound.field.widget, MultiWidget):
                parts = bound.field.widget.decompress(value) or []
                values |= {f"{bound.html_name}_{place}": part or "" for place, part in enumerate(parts)}
            elif value is not False:
                values[bound.html_name] = "" if value is None else value
    return values


def errors(response: Any) -> str:
    """The messages of a page that was not accepted."""
    context = response.context
    found = [str(context["adminform"].form.errors)]
    for inline in context.get("inline_admin_formsets", []):
        found += [str(inline.formset.errors), str(inline.formset.non_form_errors())]
    return " ".join(found)
