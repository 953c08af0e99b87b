"""What would have to change for an item to appear, each change tried out where it can be, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

import numpy as np
from django.utils.translation import gettext as _

from catalog.terms import word_terms, words
from recommender.plugins.types import Profile
from recommender.schemas import MOST_ITEMS
from recommender.selectors.source import source
from recommender.services.why_not_stages import Found
from recommender.serving.standing import MINIMUM, STRONGEST

WORDS_NAMED = 8


def changes(found: Found, has_words: bool) -> list[str]:
    """The changes, first those without which all others are in vain; none for an item that is shown."""
    if found.place is not None:
        return []
    given = [one.change for one in found.refusals if one.change]
    if found.may_be_shown and not found.retrieved.passed:
        given.append(_("Pin it: a rule of the kind “pin” makes it a candidate though no source finds it."))
    given += _undropped(found)
    outside = found.standing.place >= found.standing.query.limit
    if outside:
        far = _("Once it comes that far: %s") if found.is_hypothetical else "%s"
        given += [far % change for change in _further_up(found)]
    if outside or not found.retrieved.passed:
        given += _better_known(found, has_words)
    return list(dict.fromkeys(given))


def _undropped(found: Found) -> Iterator[str]:
    for step in found.standing.dropping:
        if step.name == MINIMUM:
            most = floor(found.relevance * 1000) / 1000
            told = _("Lower the minimum relevance of placement “%(placement)s” to at most %(most)g.")
            told = told if found.minimum_of else _("Ask for a minimum relevance of at most %(most)g.")
            yield told % {"placement": found.minimum_of, "most": most}
        else:
            yield _("Change or end “%(stage)s”, which takes it out.") % {"stage": step.name}


def _further_up(found: Found) -> Iterator[str]:
    """Each of these alone would bring an item that has come so far into the list: every one was tried."""
    stands = found.standing
    limit = stands.query.limit
    for step in stands.steps:
        if step.sank and (place := stands.without(step.name)) < limit:
            told = _("Change or end “%(stage)s”: without it the item would stand at place %(place)d.")
            yield told % {"stage": step.name, "place": place + 1}
    rank = stands.place + 1
    if rank <= MOST_ITEMS and stands.with_limit(rank) < rank:
        yield _("Ask for a limit of at least %(limit)d.") % {"limit": rank}
    yield _boosted(found)


def _boosted(found: Found) -> str:
    strength = found.standing.needed_boost(found.item.external_id)
    if strength is None:
        return _("Pin it: not even a boost of %(most)g standard deviations is enough.") % {"most": STRONGEST}
    return _("Boost it by at least %(strength)g standard deviations of the scores.") % {"strength": strength}


def _better_known(found: Found, has_words: bool) -> Iterator[str]:
    """What the sources lack to find it, or to score it higher."""
    stands = found.standing
    ids = np.array([found.item.pk], dtype=np.int64)
    for space in found.texts:
        if not source().vectors(space, ids).any():
            told = _("Wait for its vector in the space “%(space)s”: until it is encoded its meaning is not known.")
            yield told % {"space": space.key}
    if stands.profile.has_text and not has_words and (lacking := _lacking(stands.profile, found)):
        told = _("Its text: title, description, categories and tags have none of the words %(words)s.")
        yield told % {"words": ", ".join(f"“{word}”" for word in lacking)}
    row = int((stands.candidates.item_ids == found.item.pk).argmax())
    if not stands.candidates.features.people[row]:
        yield _("Events: nobody has chosen it yet, so nothing that rests on behaviour lifts it.")


def _lacking(profile: Profile, found: Found) -> list[str]:
    """Words of the sentence that the item does not have, in the order in which they were said."""
    has = set(found.item.terms)
    said = dict.fromkeys(words(profile.text))
    return [word for word in said if not has.intersection(word_terms(word))][:WORDS_NAMED]
