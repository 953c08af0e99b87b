"""“Try it”: a request made by hand, its list, and how it came about. Nothing that is tried is recorded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.admin_pages import Page
from catalog.models import Catalog, Item
from catalog.reach import visible_catalogs
from recommender.admin.try_it_form import MOST_HISTORY, TryItForm, Way, is_asked
from recommender.admin.try_it_page import lists, missed
from recommender.exceptions import CaseOfNobodyError, OverrideNotAllowedError, RecommenderError
from recommender.models import Counter, SavedCase
from recommender.schemas import RecommendRequest
from recommender.services.cases import save_case
from recommender.services.previews import Preview, drafted, preview
from recommender.services.why_not import why_not
from recommender.why_not_schemas import WhyNot
from users.models import User

OFFERED = 60
LEAST_INPUTS = 3
ADDRESS = "admin:recommender_savedcase_try"


class CaseForm(forms.Form):
    """The name under which a request is kept."""

    name = forms.CharField(
        max_length=200,
        label=gettext_lazy("Name of the case"),
        widget=UnfoldAdminTextInputWidget({"id": "case-name", "placeholder": gettext_lazy("A suit, in Chinese")}),
    )


def try_it(page: Page, request: HttpRequest) -> HttpResponse:
    """The whole page; a POST keeps the request of the address as a case."""
    catalogs = list(visible_catalogs(request, "recommender.view_savedcase"))
    if not catalogs:
        return _rendered(page, request, {"no_catalogs": True})
    form = TryItForm(request.GET, catalogs)
    shown = _shown(form) if form.is_valid() else []
    may_save = bool(shown) and not form.errors and form.chosen.pk in page.reach(request, "add")
    keeping = CaseForm(request.POST if request.method == "POST" else None)
    if may_save and request.method == "POST" and keeping.is_valid() and _kept(request, form, keeping):
        return HttpResponseRedirect(f"{reverse(ADDRESS)}?{request.GET.urlencode()}")
    return _rendered(
        page,
        request,
        {
            "form": form,
            "asked": is_asked(request.GET),
            "page": lists(form.chosen, shown) if shown else {},
            "missed": missed(form.chosen, _why_not(form)) if shown else [],
            "kept": [(name, value) for name, values in request.GET.lists() if name != "item" for value in values],
            "history": _history(form),
            "offered": _offered(form.chosen),
            "keeping": keeping if may_save else None,
            "cases_url": f"{reverse('admin:recommender_savedcase_changelist')}?catalog__id__exact={form.chosen.pk}",
        },
    )


def _rendered(page: Page, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    request.current_app = page.admin_site.name
    own = {"title": _("Try it"), **context}
    context = {**page.admin_site.each_context(request), **own}
    return TemplateResponse(request, "recommender/admin/try_it.html", context)


def _shown(form: TryItForm) -> list[tuple[str, Preview]]:
    """The list, and the one beside it; what goes wrong is said at the field it comes from."""
    request = form.request
    assert request is not None, "a valid form has one"
    found = {name: _preview(form, request, way, name) for name, way in _ways(form).items()}
    return [(form.label_of(name), one) for name, one in found.items() if one is not None]


def _preview(form: TryItForm, request: RecommendRequest, way: Way, field: str) -> Preview | None:
    try:
        return preview(form.chosen.pk, way.asked(request), draft=way.draft)
    except OverrideNotAllowedError as error:
        form.add_error(error.field if error.field in form.fields and field == "by" else field, str(error))
    except RecommenderError as error:
        form.add_error(field, str(error))
    return None


def _why_not(form: TryItForm) -> list[tuple[str, WhyNot]]:
    """Of the item that is asked about, why it is not in each list."""
    item_id = form.cleaned_data.get("item")
    if not item_id or form.request is None or form.errors:
        return []
    found = []
    for name, way in _ways(form).items():
        asked = way.asked(form.request)
        plan, place = drafted(form.chosen.pk, asked) if way.draft else (None, None)
        try:
            found.append((form.label_of(name), why_not(form.chosen.pk, asked, item_id, plan, place)))
        except RecommenderError as error:
            form.add_error("item", str(error))
            break
    return found


def _ways(form: TryItForm) -> dict[str, Way]:
    """By what the lists are made: one, or two side by side."""
    second = form.second_way
    return {"by": form.way} | ({"beside": second} if second is not None else {})


def _kept(request: HttpRequest, form: TryItForm, keeping: CaseForm) -> bool:
    """Keep the request of the first list; otherwise say at the name's field why not."""
    name = keeping.cleaned_data["name"]
    assert form.request is not None
    author = request.user if isinstance(request.user, User) else None
    if SavedCase.objects.filter(catalog=form.chosen, name=name).exists():
        keeping.add_error("name", _("“%(name)s” is there already: choose another name.") % {"name": name})
        return False
    try:
        save_case(form.chosen, name, form.way.asked(form.request), author)
    except CaseOfNobodyError as error:
        keeping.add_error("name", str(error))
        return False
    messages.success(request, _("The case “%(name)s” is saved.") % {"name": name})
    return True


def _history(form: TryItForm) -> list[tuple[str, str]]:
    """An input for every item of the history with its title, and some that are empty."""
    chosen = form["history"].value() or []
    items = Item.objects.filter(catalog=form.chosen, external_id__in=chosen) if chosen else Item.objects.none()
    titles = dict(items.values_list("external_id", "title"))
    rows = [(one, titles.get(one, _("no such item"))) for one in chosen[:MOST_HISTORY]]
    return [*rows, *[("", "")] * max(1, LEAST_INPUTS - len(rows))]


def _offered(catalog: Catalog) -> list[tuple[str, str]]:
    """Items that an input offers: those chosen most, else the newest."""
    popular = Counter.objects.filter(catalog=catalog).order_by(F("popularity").desc())
    found = list(popular.values_list("item__external_id", "item__title")[:OFFERED])
    newest = Item.objects.filter(catalog=catalog).order_by(F("published_at").desc(nulls_last=True), "-id")
    return found or list(newest.values_list("external_id", "title")[:OFFERED])
