"""What needs attention in a catalog today: each with one sentence, and the link to where it is mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender.models import Space
from recommender.selectors import attention
from recommender.selectors.attention import SpaceState
from recommender.selectors.home import Counts
from recommender.selectors.revisions import Subject

STALE_SHARE = 0.01
DEGRADED_SHARE = 0.01
SILENCE = timedelta(days=2)
BYGONE = timedelta(days=365)
"""Data that ends before was imported, and no shop has stopped sending it."""
COUNTED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Notice:
    """One thing to do: what is wrong, and the button that leads to mending it."""

    text: str
    button: str
    link: str
    is_problem: bool = True


@dataclass(frozen=True)
class Facts:
    """What the page has read anyway: `recent` are the answers of the last two days, `queue` None without Redis."""

    catalog_id: int
    items: int
    spaces: Sequence[SpaceState]
    queue: int | None
    recent: Counts
    counted_at: datetime | None
    now: datetime


def notices(facts: Facts) -> list[Notice]:
    """Everything that needs somebody, problems first."""
    sources = (_spaces, _services, _failures, _answers, _silence, _drafts, _candidates)
    found = [notice for source in sources for notice in source(facts)]
    return sorted(found, key=lambda notice: not notice.is_problem)


def _spaces(facts: Facts) -> Iterator[Notice]:
    live = [one for one in facts.spaces if one.space.status == Space.Status.LIVE]
    if not live and facts.items:
        building = next((one.space for one in facts.spaces), None)
        if building is None:
            text = _("No vector space is live: sentences are matched by their words alone. Is a worker running?")
            yield Notice(text, _("See the spaces"), reverse("admin:recommender_space_changelist"))
        else:
            text = _("The first vector space is still being built: until then sentences count by their words alone.")
            yield Notice(text, _("See how far it is"), change("space", building), bool(building.error))
    for one in live:
        if one.stale is not None and one.stale.share > STALE_SHARE:
            told = {"share": percent(one.stale.share), "space": one.space.configuration}
            text = _(
                "%(share)s of the vectors of “%(space)s” are stale: these items are found by old texts or words alone."
            )
            yield Notice(text % told, _("See the space"), change("space", one.space))


def _services(facts: Facts) -> Iterator[Notice]:
    if facts.queue is None:
        text = _("Redis does not answer: nothing is encoded, trained or counted until it does.")
        yield Notice(text, _("See the spaces"), reverse("admin:recommender_space_changelist"))
    if facts.counted_at is None or facts.now - facts.counted_at > COUNTED_WITHIN:
        text = _("The figures of this page were not counted within the last hour: beat or its worker does not run.")
        yield Notice(text, _("See what was counted"), reverse("admin:recommender_statistics_changelist"))


def _failures(facts: Facts) -> Iterator[Notice]:
    run = attention.failed_training(facts.catalog_id)
    if run is not None:
        text = _("The last training of “%(pipeline)s” failed: %(reason)s")
        told = {"pipeline": run.pipeline, "reason": run.reason or _("no reason was told.")}
        yield Notice(text % told, _("See the run"), change("trainingrun", run))
    for one in attention.failed_imports(facts.catalog_id, facts.now):
        text = _("The import of “%(file)s” failed: %(reason)s")
        told = {"file": one.original_name, "reason": one.message or _("no reason was told.")}
        yield Notice(text % told, _("Mend and run it again"), reverse("admin:catalog_importrun_change", args=(one.pk,)))


def _answers(facts: Facts) -> Iterator[Notice]:
    share = facts.recent.degraded_share
    if share is not None and share > DEGRADED_SHARE:
        text = _("%(share)s of the answers of the last two days left something out: a stage failed or was too slow.")
        link = (
            reverse("admin:recommender_recommendation_changelist") + f"?catalog_id={facts.catalog_id}&degraded__exact=1"
        )
        yield Notice(text % {"share": percent(share)}, _("See these answers"), link)


def _silence(facts: Facts) -> Iterator[Notice]:
    newest = attention.newest_event(facts.catalog_id)
    link = reverse("admin:users_event_changelist")
    if newest is None:
        yield Notice(
            _("No event has come yet: without clicks nothing is learned and no click-through is counted."),
            _("See the API keys"),
            reverse("admin:users_apikey_changelist"),
            is_problem=False,
        )
    elif SILENCE < facts.now - newest < BYGONE:
        days = (facts.now - newest).days
        text = ngettext(
            "No event for %(days)s day: does the shop still send them?",
            "No event for %(days)s days: does the shop still send them?",
            days,
        )
        yield Notice(text % {"days": f"{days:,}"}, _("See the newest events"), link)


def _drafts(facts: Facts) -> Iterator[Notice]:
    for one in attention.waiting_drafts(facts.catalog_id):
        text = _("The draft of “%(title)s” differs from what answers.") % {"title": one}
        yield Notice(text, _("Look at it and publish"), _change_subject(one), is_problem=False)


def _candidates(facts: Facts) -> Iterator[Notice]:
    for one in attention.undecided_versions(facts.catalog_id):
        text = _("Model version %(number)s of “%(pipeline)s” is a candidate and waits for a decision.")
        told = {"number": one.number, "pipeline": one.pipeline}
        yield Notice(text % told, _("See why, and decide"), change("modelversion", one), is_problem=False)


def change(model: str, row: Model) -> str:
    """The page of a row of the recommender."""
    return reverse(f"admin:recommender_{model}_change", args=(row.pk,))


def _change_subject(subject: Subject) -> str:
    return change(str(subject._meta.model_name), subject)


def percent(share: Any) -> str:
    """A share as one reads it; — where there is none."""
    if share is None:
        return "—"
    value = 100 * float(share)
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"
