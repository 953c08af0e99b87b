"""What the page “Try it” shows of one list, or of two: cards, differences, and how each came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.admin_pictures import picture
from catalog.models import Catalog, Item
from recommender.admin.share_bars import Palette, Scale, bar, signed, title_of
from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.schemas import Basis, RecommendedItem
from recommender.services.previews import Difference, Preview
from recommender.why_not_schemas import WhyNot, WhyNotStage

PICTURE = 64
COLUMNS = ("id", "external_id", "title", "categories", "price", "image_url", "url")


def lists(catalog: Catalog, shown: Sequence[tuple[str, Preview]]) -> dict[str, Any]:
    """One list or two, each under a label; the second one is told by how it differs from the first."""
    titles = _titles(catalog)
    items = _items(catalog, {one for _label, preview in shown for one in preview.ids})
    palette = Palette.of((item for _label, preview in shown for item in preview.items), titles[PluginKind.RANKER])
    scales = _scales([preview for _label, preview in shown])
    marks = _marks([preview.ids for _label, preview in shown])
    told = [
        {
            "label": label,
            "cards": [
                _card(one, items.get(one.item_id), titles) | {"mark": mark, "bar": bar(one, scale, palette)}
                for one, mark in zip(preview.items, own, strict=True)
            ],
            "basis": basis_told(preview.told.basis),
            "missing": preview.told.basis.missing,
            "muted": preview.told.basis.muted,
            "left_out": preview.told.left_out,
            "trace": _trace(preview, titles),
        }
        for (label, preview), own, scale in zip(shown, marks, scales, strict=True)
    ]
    return {
        "lists": told,
        "legend": palette.legend,
        "summary": _summary(shown),
        "scales_differ": len(set(scales)) > 1,
    }


def missed(catalog: Catalog, asked: Sequence[tuple[str, WhyNot]]) -> list[dict[str, Any]]:
    """Of the item that somebody misses, what became of it on the way to each list."""
    titles = _titles(catalog) if asked else {}
    return [
        {
            "label": label,
            "title": told.title,
            "told": told.told,
            "shown": told.shown,
            "changes": told.changes,
            "stages": [(one.passed, _passing(one, titles[PluginKind.RULE])) for one in told.stages],
            "sources": [
                (title_of(one.source, titles[PluginKind.RANKER]), signed(one.share), signed(one.last_share))
                for one in told.sources
            ],
        }
        for label, told in asked
    ]


def basis_told(basis: Basis) -> str:
    """What a list rests on, in a few words."""
    parts = [_("the sentence")] if basis.sentence else []
    if basis.events:
        told = ngettext("%(count)s item chosen before", "%(count)s items chosen before", basis.events)
        parts.append(told % {"count": basis.events})
    if not parts:
        return _("Nothing is known of the person: the popular and the new.")
    return _("It rests on %(parts)s.") % {"parts": _(" and ").join(parts)}


def _titles(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Titles of the catalog's configurations by kind and slug."""
    titles: dict[str, dict[str, str]] = {str(kind): {} for kind in PluginKind.values}
    for kind, slug, title in Configuration.objects.filter(catalog=catalog).values_list("kind", "slug", "title"):
        titles[kind][slug] = title or slug
    return titles


def _items(catalog: Catalog, external_ids: Iterable[str]) -> dict[str, Item]:
    found = Item.objects.filter(catalog=catalog, external_id__in=list(external_ids)).only(*COLUMNS)
    return {one.external_id: one for one in found}


def _scales(shown: Sequence[Preview]) -> list[Scale]:
    """One scale for lists of one fusion strategy; scores of two strategies are no more alike than their units."""
    if len({preview.answer.slate.method for preview in shown}) == 1:
        return [Scale.of(item for preview in shown for item in preview.items)] * len(shown)
    return [Scale.of(preview.items) for preview in shown]


def _card(told: RecommendedItem, item: Item | None, titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    explained = told.explanation
    rankers = titles[PluginKind.RANKER]
    return {
        "rank": told.rank,
        "id": told.item_id,
        "title": told.title,
        "link": reverse("admin:catalog_item_change", args=(item.pk,)) if item else "",
        "picture": picture(item.image_url, item.url, PICTURE) if item else picture("", "", PICTURE),
        "about": _about(item) if item else "",
        "score": f"{told.score:.3f}",
        "reasons": told.reasons,
        "rules": [_rule(one, titles[PluginKind.RULE]) for one in (explained.rules if explained else [])],
        "sources": [
            (title_of(one.source, rankers), _number(one.raw), _number(one.standardised), signed(one.share))
            for one in (explained.sources if explained else [])
        ],
    }


def _about(item: Item) -> str:
    price = [] if item.price is None else [f"{item.price:,.2f}"]
    return " · ".join([*item.categories[:2], *price])


def _rule(told: str, titles: Mapping[str, str]) -> str:
    """“pin: pinned to place 1” with the title that an editor knows."""
    slug, colon, effect = told.partition(": ")
    return f"{titles.get(slug, slug)}{colon}{effect}"


def _passing(stage: WhyNotStage, titles: Mapping[str, str]) -> str:
    """What happened at a stage; at a rule with the rule's name."""
    kind, _blank, slug = stage.stage.partition(" ")
    return f"{titles.get(slug, slug)}: {stage.told}" if kind == "rule" else stage.told


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _marks(shown: Sequence[Sequence[str]]) -> list[list[tuple[str, str] | None]]:
    """For each card how it differs from the other list, as kind and words; None where it does not."""
    if len(shown) < 2:
        return [[None] * len(ids) for ids in shown]
    first, second = shown
    only = ("only", _("only here"))
    left: list[tuple[str, str] | None] = [None if one in set(second) else only for one in first]
    return [left, [_moved(places) for places in Difference(first, second).moved.values()]]


def _moved(places: int | None) -> tuple[str, str] | None:
    if places is None:
        return "only", _("only here")
    if places > 0:
        return "up", _("up by %(places)s") % {"places": places}
    return ("down", _("down by %(places)s") % {"places": -places}) if places else None


def _summary(shown: Sequence[tuple[str, Preview]]) -> str:
    """How much two lists have in common."""
    return difference_told(Difference(shown[0][1].ids, shown[1][1].ids)) if len(shown) == 2 else ""


def difference_told(difference: Difference) -> str:
    """The same in words."""
    if not difference.changed_places:
        return _("Both lists are the same.")
    changed = ngettext("%(count)s place differs", "%(count)s places differ", difference.changed_places)
    common = _("the first %(first)s have %(common)s in common")
    told = {"count": difference.changed_places, "first": difference.compared, "common": difference.overlap}
    return f"{changed % told}; {common % told}."


def _trace(preview: Preview, titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Milliseconds per stage, and how many candidates each retriever found."""
    trace = preview.answer.trace
    longest = max(trace.timings.values(), default=0.0) or 1.0
    return {
        "milliseconds": f"{preview.milliseconds:.0f}",
        "stages": [
            (_stage(name, titles), f"{spent:.1f}", round(100 * spent / longest, 1))
            for name, spent in trace.timings.items()
        ],
        "sources": [(titles[PluginKind.RETRIEVER].get(slug, slug), len(one)) for slug, one in trace.shortlists.items()],
        "candidates": len(preview.answer.slate.candidates),
        "method": titles[PluginKind.FUSION_STRATEGY].get(preview.answer.slate.method, preview.answer.slate.method),
    }


def _stage(name: str, titles: Mapping[str, Mapping[str, str]]) -> str:
    """A stage by the words that the pipeline's page has for it."""
    kinds = {
        "retriever": (_("Retriever"), PluginKind.RETRIEVER),
        "ranker": (_("Ranker"), PluginKind.RANKER),
        "fusion": (_("Fusion"), PluginKind.FUSION_STRATEGY),
        "rule": (_("Rule"), PluginKind.RULE),
    }
    own = {
        "profile": _("Who asks"),
        "encode": _("Sentence encoded"),
        "candidates": _("Candidates read"),
        "explain": _("Reasons"),
    }
    start, _blank, slug = name.partition(" ")
    if slug and start in kinds:
        word, kind = kinds[start]
        return f"{word} · {titles[kind].get(slug, slug)}"
    return own.get(name, name)
