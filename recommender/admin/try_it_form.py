"""What one tries: the fields of a request, and by which pipeline or placement it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import Catalog
from recommender.models import Pipeline, Placement
from recommender.schemas import LONGEST_TEXT, RecommendRequest

MOST_HISTORY = 20
MOST_SHOWN = 50
SHOWN = 10
OF_ANOTHER_CATALOG = ("profile_id", "session_id", "history", "filter", "by", "beside", "item")
"""What is forgotten when another catalog is chosen: it would mean nothing there."""
LANGUAGES = (("", _("As the sentence")), ("en", "English"), ("zh", "中文"))
NOTHING_BESIDE = ("none", _("Nothing"))


@dataclass(frozen=True)
class Way:
    """By what a request is answered; neither pipeline nor placement: by the catalog's default pipeline."""

    pipeline: str = ""
    placement: str = ""
    draft: bool = False

    @classmethod
    def of(cls, token: str) -> Way:
        """From a choice, such as “pipeline:mail:draft”."""
        kind, _colon, rest = token.partition(":")
        slug, _colon, state = rest.partition(":")
        return cls(slug if kind == "pipeline" else "", slug if kind == "placement" else "", state == "draft")

    def asked(self, request: RecommendRequest) -> RecommendRequest:
        """The request by this way. What it does not say stays unsaid."""
        named = {"pipeline": self.pipeline, "placement": self.placement}
        return request.model_copy(update={name: slug for name, slug in named.items() if slug})


class ManyInputs(forms.TextInput):
    """The values of several inputs with one name."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """In the order of the page."""
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return [value.strip() for value in values if value.strip()]


class TryItForm(forms.Form):
    """A request, as a link has it."""

    catalog = forms.ChoiceField(label=_("Catalog"), widget=UnfoldAdminSelectWidget)
    of = forms.CharField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label=_("What the person says"),
        widget=UnfoldAdminTextareaWidget({"rows": 3, "placeholder": _("I need a smart suit for meetings")}),
    )
    profile_id = forms.CharField(
        required=False,
        max_length=200,
        label=_("Profile"),
        help_text=_("Id of a stored person: their interests and events count."),
        widget=UnfoldAdminTextInputWidget,
    )
    session_id = forms.CharField(
        required=False,
        max_length=200,
        label=_("Session"),
        help_text=_("Id of a visitor without a profile."),
        widget=UnfoldAdminTextInputWidget,
    )
    history = forms.Field(required=False, label=_("What they chose before"), widget=ManyInputs)
    by = forms.ChoiceField(required=False, label=_("Answered by"), widget=UnfoldAdminSelectWidget)
    beside = forms.ChoiceField(required=False, label=_("Beside it"), initial="none", widget=UnfoldAdminSelectWidget)
    language = forms.ChoiceField(
        required=False, label=_("Language of reasons"), choices=LANGUAGES, widget=UnfoldAdminSelectWidget
    )
    limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_SHOWN,
        initial=SHOWN,
        label=_("How many"),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    filter = forms.CharField(
        required=False,
        label=_("Filter"),
        help_text=_('As a request writes it: {"categories_any": ["Shoes"], "price_maximum": 500}.'),
        widget=UnfoldAdminTextareaWidget({"rows": 3, "spellcheck": "false"}),
    )
    minimum_relevance = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        label=_("Minimum relevance"),
        help_text=_("0.9 leaves out what suits no better than 90 % of the catalog does."),
        widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"}),
    )
    item = forms.CharField(
        required=False,
        max_length=200,
        label=_("Why not this item?"),
        widget=UnfoldAdminTextInputWidget({"list": "try-items", "form": "why-not", "placeholder": _("Its id")}),
    )
    request: RecommendRequest | None = None

    def __init__(self, data: QueryDict, catalogs: Sequence[Catalog]) -> None:
        self.catalogs = {one.slug: one for one in catalogs}
        self.chosen = self.catalogs.get(data.get("catalog", "")) or catalogs[0]
        super().__init__(_for_catalog(data, self.chosen) if is_asked(data) else None)
        self.initial.update(catalog=self.chosen.slug, of=self.chosen.slug)
        choices = _ways(self.chosen)
        self.ways = {token: label for _group, group in choices for token, label in group}
        for name, options in (("catalog", _named(catalogs)), ("by", choices), ("beside", [NOTHING_BESIDE, *choices])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    def clean_history(self) -> list[str]:
        """Item ids, oldest first."""
        found: list[str] = self.cleaned_data["history"] or []
        if len(found) > MOST_HISTORY:
            raise forms.ValidationError(_("At most %(most)s items can be tried here."), params={"most": MOST_HISTORY})
        return found

    def clean_filter(self) -> dict[str, Any]:
        """An object in JSON; what it may hold is for the request to say."""
        written = self.cleaned_data["filter"].strip()
        try:
            found = json.loads(written or "{}")
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            told = gettext("This is no JSON: see line %(line)s, column %(column)s.") % place
            raise forms.ValidationError(told) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_('Write an object, such as {"price_maximum": 500}.'))
        return found

    def clean(self) -> dict[str, Any]:
        """As the API would take it."""
        values = super().clean() or self.cleaned_data
        said = {name: values[name] for name in RecommendRequest.model_fields if values.get(name)}
        try:
            asked = RecommendRequest.model_validate({"limit": SHOWN, **said})
        except ValidationError as error:
            self.tell(error)
        else:
            self.request = None if self.errors else asked
        return values

    def tell(self, error: ValidationError) -> None:
        """What a request does not take, at its field."""
        for one in error.errors():
            name, *rest = (str(part) for part in one["loc"]) if one["loc"] else ("",)
            told = f"{'.'.join(rest)}: {one['msg']}" if rest else one["msg"]
            self.add_error(name if name in self.fields else None, told)

    @property
    def way(self) -> Way:
        """By what the first list is made."""
        return Way.of(self.cleaned_data["by"])

    @property
    def second_way(self) -> Way | None:
        """By what the list beside it is made, if there shall be one."""
        token = self.cleaned_data["beside"]
        return None if token in ("none", "") else Way.of(token)

    def label_of(self, name: str) -> str:
        """The words of the choice in `by` or `beside`."""
        return str(self.ways.get(self.cleaned_data[name], ""))


def is_asked(data: Mapping[str, Any]) -> bool:
    """Whether an address asks for a list; one that only names a catalog shows the empty form."""
    return any(name in TryItForm.base_fields for name in data if name != "catalog")


def _for_catalog(data: QueryDict, catalog: Catalog) -> QueryDict:
    """The address without what belongs to the catalog that was chosen before, and with what it leaves unsaid."""
    kept = data.copy()
    if kept.get("of", catalog.slug) != catalog.slug:
        for name in OF_ANOTHER_CATALOG:
            kept.pop(name, None)
    kept["of"] = catalog.slug
    for name, usual in (("catalog", catalog.slug), ("beside", "none"), ("limit", str(SHOWN))):
        kept.setdefault(name, usual)
    return kept


def _named(catalogs: Iterable[Catalog]) -> list[tuple[str, str]]:
    return [(one.slug, str(one)) for one in catalogs]


def _ways(catalog: Catalog) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything by which the catalog may answer, in groups."""
    pipelines = list(Pipeline.objects.filter(catalog=catalog).values_list("slug", "title"))
    placements = list(Placement.objects.filter(catalog=catalog).values_list("slug", "title", "version"))
    live = [(slug, title) for slug, title, version in placements if version]
    every = [(slug, title) for slug, title, _version in placements]
    draft = gettext("%(title)s (draft)")
    groups = [
        (gettext("Usual"), [("", gettext("The default pipeline"))]),
        (gettext("Pipelines"), [(f"pipeline:{slug}", title or slug) for slug, title in pipelines]),
        (gettext("Placements"), [(f"placement:{slug}", title or slug) for slug, title in live]),
        (
            gettext("Drafts of pipelines"),
            [(f"pipeline:{slug}:draft", draft % {"title": title or slug}) for slug, title in pipelines],
        ),
        (
            gettext("Drafts of placements"),
            [(f"placement:{slug}:draft", draft % {"title": title or slug}) for slug, title in every],
        ),
    ]
    return [group for group in groups if group[1]]


def query_of(catalog: Catalog, request: RecommendRequest, by: str = "", beside: str = "") -> str:
    """The address of a request, but for the path; by the choices given, else by what the request names."""
    said = request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    kept = QueryDict(mutable=True)
    kept["catalog"] = kept["of"] = catalog.slug
    for name in ("text", "profile_id", "session_id", "language", "limit", "minimum_relevance"):
        if name in said:
            kept[name] = str(said[name])
    kept.setlist("history", [one.item_id for one in request.history_items()])
    if "filter" in said:
        kept["filter"] = json.dumps(said["filter"], ensure_ascii=False)
    way = "placement" if request.placement else "pipeline" if request.pipeline else ""
    kept["by"] = by or (f"{way}:{getattr(request, way)}" if way else "")
    if beside:
        kept["beside"] = beside
    return kept.urlencode()
