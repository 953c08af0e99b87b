"""The page of a scorecard: plots and tables made of its stored figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommender.admin.plots import Mean, Series, bars, lines
from recommender.training.metrics import TOTAL
from recommender.training.scorecard import EVENTS, against, comparisons_of, segments_of, systems_of
from recommender.training.scorecard_text import NAMES, SHOWS, clicks, duration

LABELS = {
    "win": ("success", gettext_lazy("better")),
    "loss": ("danger", gettext_lazy("worse")),
    "even": ("", gettext_lazy("even")),
}
SEGMENT_NAMES = {
    "text0": gettext_lazy("a sentence"),
    "shot1": gettext_lazy("1 event"),
    "shot2": gettext_lazy("2 events"),
    "shot5": gettext_lazy("5 events"),
    "known": gettext_lazy("known people"),
    "new_items": gettext_lazy("new items"),
    TOTAL: gettext_lazy("mean"),
}
Table = dict[str, Any]


def page(figures: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows of one scorecard."""
    segments = [*segments_of(figures), TOTAL]
    by_events = [name for name in EVENTS if name in segments]
    return {
        "by_segment": bars(
            _("NDCG@20 by segment"),
            [str(SEGMENT_NAMES[name]) for name in segments],
            _series(systems_of(figures), segments),
        ),
        "by_events": lines(
            _("NDCG@20 by the number of known events"),
            [_(EVENTS[name]) for name in by_events],
            _series(systems_of(figures), by_events),
        ),
        "tables": [_quality(figures, segments), *(_measure(figures, segments, name) for name in ("recall", "mrr"))],
        "shows": _shows(figures),
        "rest": [
            table
            for table in (_calibration(figures), *_gaps(figures), _clicks(figures), _costs(figures))
            if table["rows"]
        ],
    }


def comparison(figures: Mapping[str, Any], other: Mapping[str, Any], titles: tuple[str, str]) -> dict[str, Any]:
    """What the template shows of two scorecards."""
    rows, same = against(figures, other)
    segments = list(rows)
    shown = [{**systems_of(card)[0], "title": title} for title, card in zip(titles, (figures, other), strict=True)]
    headers = (_("Segment"), *titles, _("Ratio"), _("Difference"), "p", "")
    cells = [
        (
            SEGMENT_NAMES[name],
            f"{row['ours']:.4f}",
            f"{row['theirs']:.4f}",
            "—" if row["ratio"] is None else f"× {row['ratio']:.3f}",
            _bounds(row["difference"], row["interval"], "+.4f", _(" to ")),
            f"{row['p']:.3f}",
            _label(row["word"]),
        )
        for name, row in rows.items()
    ]
    return {
        "same": same,
        "plot": bars(_("NDCG@20 of both"), [str(SEGMENT_NAMES[name]) for name in segments], _series(shown, segments)),
        "table": {"headers": headers, "rows": cells},
    }


def _series(systems: Sequence[Mapping[str, Any]], segments: Sequence[str]) -> list[Series]:
    return [Series(one["title"], [_mean(one["segments"].get(name), "ndcg") for name in segments]) for one in systems]


def _mean(told: Mapping[str, Any] | None, measure: str) -> Mean | None:
    return Mean(told[measure]["mean"], *told[measure]["interval"]) if told else None


def _quality(figures: Mapping[str, Any], segments: Sequence[str]) -> Table:
    """NDCG@20, and in which segments the pipeline differs from the others beyond luck."""
    systems, compared = systems_of(figures), comparisons_of(figures)
    rows = []
    for segment in segments:
        told = systems[0]["segments"][segment]
        cells = [_cell(one["segments"][segment], "ndcg") for one in systems]
        words = [_against(row[segment]) for _title, row in compared]
        rows.append((SEGMENT_NAMES[segment], f"{told['questions']:,}", f"{told['people']:,}", *cells, *words))
    headers = (_("Segment"), _("Questions"), _("People"), *(one["title"] for one in systems))
    return {
        "title": "NDCG@20",
        "headers": (*headers, *(_("against %(name)s") % {"name": title} for title, _rows in compared)),
        "rows": rows,
    }


def _measure(figures: Mapping[str, Any], segments: Sequence[str], measure: str) -> Table:
    systems = systems_of(figures)
    rows = [(SEGMENT_NAMES[name], *(_cell(one["segments"][name], measure) for one in systems)) for name in segments]
    return {"title": NAMES[measure], "headers": (_("Segment"), *(one["title"] for one in systems)), "rows": rows}


def _cell(told: Mapping[str, Any], measure: str) -> SafeString:
    return _bounds(told[measure]["mean"], told[measure]["interval"], ".4f", "–")


def _bounds(value: float, interval: Sequence[float | None], form: str, between: str) -> SafeString:
    """A figure, its interval below it."""
    low, high = interval
    bounds = _("no interval") if low is None or high is None else f"{low:{form}}{between}{high:{form}}"
    return format_html('{}<br><span class="text-xs whitespace-nowrap">{}</span>', f"{value:{form}}", bounds)


def _against(row: Mapping[str, Any]) -> SafeString:
    ratio = "" if row["ratio"] is None else f"{row['ratio'] - 1:+.0%} "
    return format_html('<span class="whitespace-nowrap">{}{}</span>', ratio, _label(row["word"]))


def _label(word: str) -> str:
    variant, text = LABELS[word]
    return render_to_string("unfold/helpers/label.html", {"variant": variant, "text": str(text)})


def _shows(figures: Mapping[str, Any]) -> Table:
    """Coverage, newcomers, popularity, diversity."""
    systems = systems_of(figures)
    rows = []
    for key, (name, form) in SHOWS.items():
        values = (one["shows"][key] for one in systems)
        rows.append((_(name.capitalize()), *("—" if value is None else form.format(value) for value in values)))
    return {"title": _("What the lists show"), "headers": ("", *(one["title"] for one in systems)), "rows": rows}


def _calibration(figures: Mapping[str, Any]) -> Table:
    rows = [
        (name, f"{one['ece']:.4f}", f"{one['stated']:.4f}", f"{one['happened']:.4f}", f"{one['answers']:,}")
        for name, one in sorted(figures["calibration"].items())
    ]
    headers = (
        _("Of"),
        _("Error (ECE)"),
        _("Mean probability stated"),
        _("Share that came to pass"),
        _("Items judged"),
    )
    return {"title": _("Calibration"), "headers": headers, "rows": rows}


def _gaps(figures: Mapping[str, Any]) -> list[Table]:
    """A table for each attribute; the title says whether the gap is more than chance."""
    tables = []
    for name, gap in sorted(figures["gaps"].items()):
        more = _("Groups of “%(name)s”: NDCG@20 lies %(gap)s apart, more than chance (%(chance)s)")
        no_more = _("Groups of “%(name)s”: NDCG@20 lies %(gap)s apart, no more than chance (%(chance)s)")
        told = {"name": name, "gap": f"{gap['gap']:.4f}", "chance": f"{gap['by_chance']:.4f}"}
        title = (more if gap["gap"] > gap["by_chance"] else no_more) % told
        rows = [(group, f"{one['ndcg']:.4f}", f"{one['people']:,}") for group, one in sorted(gap["groups"].items())]
        tables.append({"title": title, "headers": (_("Group"), "NDCG@20", _("People")), "rows": rows})
    return tables


def _clicks(figures: Mapping[str, Any]) -> Table:
    rows = [(line,) for line in clicks(figures)]
    return {"title": _("What recorded clicks say"), "headers": (_("Estimated from answers on record"),), "rows": rows}


def _costs(figures: Mapping[str, Any]) -> Table:
    rows = [(_(step), duration(seconds)) for step, seconds in figures["seconds"]]
    return {"title": _("What it costs"), "headers": (_("Step"), _("Time")), "rows": rows}
