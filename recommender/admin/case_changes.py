"""Which saved cases a draft would change, seen before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import ValidationError

from catalog.admin_pages import Page
from catalog.models import Item
from catalog.reach import reach
from recommender.admin.try_it_form import query_of
from recommender.admin.try_it_page import difference_told
from recommender.exceptions import RecommenderError
from recommender.models import Pipeline, Placement, SavedCase
from recommender.selectors.revisions import unpublished_changes
from recommender.services.cases import CaseChange, Subject, changes, concerned, request_of
from recommender.services.previews import OVERLAP

PER_PAGE = 10
"""Every case costs two answers."""
KINDS: dict[str, type[Pipeline] | type[Placement]] = {"pipeline": Pipeline, "placement": Placement}


def case_changes(page: Page, request: HttpRequest) -> HttpResponse:
    """The cases of one pipeline or placement; without one, those that may be chosen."""
    subject = _subject(request)
    context: dict[str, Any] = {"title": _("What a draft would change"), "subject": subject}
    if subject is None or subject.catalog_id not in page.reach(request, "view"):
        context |= {"subject": None, "choices": list(_choices(request))}
    else:
        context |= _told(request, subject)
    request.current_app = page.admin_site.name
    return TemplateResponse(
        request, "recommender/admin/case_changes.html", {**page.admin_site.each_context(request), **context}
    )


def changes_address(subject: Subject) -> str:
    """Where the cases of a pipeline or placement are seen."""
    kind = subject._meta.model_name
    return f"{reverse('admin:recommender_savedcase_changes')}?{kind}={subject.pk}"


def _subject(request: HttpRequest) -> Subject | None:
    """What the address names, if whoever asks may see it."""
    for kind, model in KINDS.items():
        if (pk := request.GET.get(kind, "")).isdecimal() and len(pk) < 19:
            rows: Any = model._default_manager.select_related("catalog").filter(pk=pk)
            found: Subject | None = reach(request.user, f"recommender.view_{kind}").narrow(rows, "catalog").first()
            return found
    return None


def _choices(request: HttpRequest) -> Iterator[tuple[str, str, str]]:
    """Every pipeline and placement that may be looked at: kind, name, address."""
    for kind, model in KINDS.items():
        rows: Any = model._default_manager.select_related("catalog").order_by("catalog__slug", "slug")
        for one in reach(request.user, f"recommender.view_{kind}").narrow(rows, "catalog"):
            yield str(one._meta.verbose_name).capitalize(), f"{one} · {one.catalog}", changes_address(one)


def _told(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    kept = list(SavedCase.objects.filter(catalog=subject.catalog_id).select_related("catalog", "profile"))
    asked = concerned(subject, kept)
    part = Paginator(asked, PER_PAGE).get_page(request.GET.get("page"))
    is_new = isinstance(subject, Placement) and not subject.version
    told: dict[str, Any] = {
        "part": part,
        "others": len(kept) - len(asked),
        "differs": is_new or bool(unpublished_changes(subject)),
        "is_new": is_new,
        "back": reverse(f"admin:recommender_{subject._meta.model_name}_change", args=(subject.pk,)),
        "try_url": reverse("admin:recommender_savedcase_try") + f"?catalog={subject.catalog.slug}",
        "here": changes_address(subject),
    }
    if not told["differs"]:
        return told
    try:
        seen = list(changes(subject, part.object_list))
    except RecommenderError as error:
        return {**told, "problem": str(error)}
    titles = _titles(subject, seen)
    changing = sum(bool(one.difference.changed_places) for one in seen)
    words = ngettext(
        "%(changing)s of this %(count)s case changes.", "%(changing)s of these %(count)s cases change.", len(seen)
    )
    told["changing"] = words % {"changing": changing, "count": len(seen)} if seen else ""
    return {**told, "cases": [_case(subject, one, titles) for one in seen]}


def _titles(subject: Subject, seen: list[CaseChange]) -> dict[str, str]:
    ids = {item for one in seen for ids in (one.difference.before, one.difference.after) for item in ids[:OVERLAP]}
    found = Item.objects.filter(catalog=subject.catalog_id, external_id__in=ids)
    return dict(found.values_list("external_id", "title"))


def _case(subject: Subject, seen: CaseChange, titles: dict[str, str]) -> dict[str, Any]:
    difference = seen.difference
    before, after = list(difference.before[:OVERLAP]), list(difference.after[:OVERLAP])
    moved = difference.moved
    return {
        "name": seen.case.name,
        "problem": seen.problem,
        "link": _link(subject, seen.case),
        "changed": difference.changed_places,
        "told": difference_told(difference),
        "overlap": difference.overlap,
        "compared": difference.compared,
        "before": [(titles.get(one, one), one not in difference.after) for one in before],
        "after": [(titles.get(one, one), moved[one]) for one in after],
    }


def _link(subject: Subject, case: SavedCase) -> str:
    """To “Try it” with both lists side by side; there a list is by a placement or by a pipeline, not by both."""
    try:
        request = request_of(case)
    except ValidationError:
        return ""
    if request.placement and isinstance(subject, Pipeline):
        return ""
    live = f"{subject._meta.model_name}:{subject.slug}"
    by, beside = (live, f"{live}:draft") if subject.version else (f"{live}:draft", "")
    return f"{reverse('admin:recommender_savedcase_try')}?{query_of(case.catalog, request, by, beside)}"
