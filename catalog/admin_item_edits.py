"""Change many items at once: those that are ticked, or all that the filters leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.exceptions import RowError
from catalog.form_fields import LinesField
from catalog.item_edits import ItemEdit
from catalog.models import Item
from catalog.services import edit_items

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin

MOST_ITEMS = 5_000
"""One request takes about 7 seconds for them where availability changes: each vector enters its index again."""
NAMED = 10
"""How many of the items the page names."""
LABEL_FIELDS = ("add_categories", "remove_categories", "add_tags", "remove_tags")
AVAILABILITY = {"": None, "yes": True, "no": False}


def labels(label: Any) -> LinesField:
    """Categories or tags, one a line."""
    return LinesField(CharField(max_length=200), label=label, required=False)


class ItemEditForm(forms.Form):
    """What is to change; what is left empty stays."""

    available = forms.ChoiceField(
        label=_("Availability"),
        required=False,
        choices=(("", _("Leave as it is")), ("yes", _("Available")), ("no", _("Not available: shown in no list"))),
        widget=UnfoldAdminSelectWidget,
    )
    add_categories = labels(_("Add categories"))
    remove_categories = labels(_("Remove categories"))
    add_tags = labels(_("Add tags"))
    remove_tags = labels(_("Remove tags"))

    def clean(self) -> dict[str, Any]:
        """As an edit, which knows the limits of labels."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            edit = ItemEdit.read({**values, "available": AVAILABILITY[values["available"]]})
        except RowError as error:
            for problem in error.problems:
                self.add_error(problem.field.partition("[")[0], str(problem))  # tags[2] is a line of tags
            return values
        if edit == ItemEdit():
            raise ValidationError(_("Nothing is to change: choose an availability, or write a category or a tag."))
        return {"edit": edit}


@admin.action(description=_("Change availability, categories, tags…"), permissions=["change"])
def edit_chosen_items(page: ModelAdmin, request: HttpRequest, chosen: QuerySet[Item]) -> HttpResponse | None:
    """Ask what is to change, then change it."""
    many = chosen.count()
    if many > MOST_ITEMS:
        text = gettext("%(many)s items are too many for one change: filter the list down to %(most)s or fewer.")
        messages.error(request, text % {"many": f"{many:,}", "most": f"{MOST_ITEMS:,}"})
        return None
    form = ItemEditForm(request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid():
        _edit(request, chosen, form.cleaned_data["edit"])
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": _("Change many items"),
        "opts": page.opts,
        "media": page.media,
        "form": form,
        "label_fields": [form[name] for name in LABEL_FIELDS],
        "heading": ngettext("%(many)s item", "%(many)s items", many) % {"many": f"{many:,}"},
        "many": many,
        "many_shown": f"{many:,}",
        "named": chosen.select_related(None).only("title")[:NAMED],
        "more": max(0, many - NAMED),
        "more_shown": f"{many - NAMED:,}",
        "back": request.get_full_path(),
        "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "catalog/admin/edit_items.html", context)


def _edit(request: HttpRequest, chosen: QuerySet[Item], edit: ItemEdit) -> None:
    by_catalog: dict[int, list[int]] = {}
    for item_id, catalog_id in chosen.order_by("pk").values_list("pk", "catalog_id"):
        by_catalog.setdefault(catalog_id, []).append(item_id)
    changed = [one for catalog_id, ids in by_catalog.items() for one in edit_items(catalog_id, ids, edit)]
    _log(request, changed)
    text = ngettext("%(changed)s item was changed.", "%(changed)s items were changed.", len(changed))
    told = text % {"changed": f"{len(changed):,}"}
    if same := sum(map(len, by_catalog.values())) - len(changed):
        told += " " + gettext("%(same)s were so already.") % {"same": f"{same:,}"}
    if changed and edit != ItemEdit(available=edit.available):
        told += " " + gettext("Their texts are encoded anew in the background.")
    messages.success(request, told)


def _log(request: HttpRequest, changed: list[int]) -> None:
    """In the history of each item."""
    items = Item.objects.filter(pk__in=changed).only("title")
    if changed and request.user.pk:
        LogEntry.objects.log_actions(request.user.pk, items, CHANGE, gettext("Changed together with other items."))
