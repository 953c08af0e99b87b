"""What the demo promises, proven through HTTP: each proof returns its figures or raises ProofFailedError."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from recplatform.demo.client import Client
from recplatform.demo.exceptions import ProofFailedError
from recplatform.demo.sundial import SUNDIAL, SUNDIAL_SENTENCE

CHINESE, ENGLISH = "我需要一件高端的商务装", "I need a smart suit for business meetings"
SUIT = "suit-executive-zh"
LIKED = "tea-longjing-zh"
STAR_WARS, SEQUELS = "50", {"172", "181"}
LENGTH = 10
FOUND_WITHIN_SECONDS = 60.0
RELATIVE = 1e-4
Answer = dict[str, Any]


@dataclass(frozen=True)
class Clients:
    """One client for each catalog of the demo."""

    shop: Client
    films: Client


def chinese_sentence(clients: Clients) -> str:
    """A visitor who was never seen, in Chinese: the executive suit comes first."""
    answer = clients.shop.recommend(text=CHINESE, limit=LENGTH)
    _require(_ids(answer)[0] == SUIT, f"「{CHINESE}」 puts {_titles(answer, 3)} first, not 一件高端商务装")
    _require(not answer["degraded"], f"something was left out: {answer['left_out']}")
    return f"「{CHINESE}」 → {_titles(answer, 3)}"


def english_sentence(clients: Clients) -> str:
    """The same need in English: the same suit, whose text is Chinese, among the first three."""
    answer = clients.shop.recommend(text=ENGLISH, limit=LENGTH)
    place = _place(answer, SUIT)
    _require(place <= 3, f"“{ENGLISH}” puts 一件高端商务装 at place {place}, behind {_titles(answer, 3)}")
    return f"“{ENGLISH}” → 一件高端商务装 at place {place} of {_titles(answer, 3)}"


def like_moves_the_list(clients: Clients) -> str:
    """A like changes a new profile's list, which still answers the sentence; forgetting the person restores it."""
    with _profile(clients.shop, ENGLISH) as profile:
        before = clients.shop.recommend(profile_id=profile, limit=LENGTH)
        event = {"profile_id": profile, "item_id": LIKED, "kind": "like"}
        clients.shop.ask("POST", "events/", {**event, "recommendation_id": before["recommendation_id"]})
        after = clients.shop.recommend(profile_id=profile, limit=LENGTH)
    with _profile(clients.shop, ENGLISH) as profile:
        again = clients.shop.recommend(profile_id=profile, limit=LENGTH)
    old, new = _ids(before), _ids(after)
    moved = sum(one != other for one, other in zip(old, new, strict=True))
    kept = len(set(old) & set(new))
    place = _place(after, SUIT)
    _require(before["basis"]["sentence"] and before["basis"]["events"] == 0, f"basis before: {before['basis']}")
    _require(after["basis"]["sentence"] and after["basis"]["events"] == 1, f"basis after: {after['basis']}")
    _require(moved > 0, "the like moved nothing")
    _require(kept >= LENGTH // 3, f"only {kept} of {LENGTH} items of the sentence's list are left")
    _require(place <= 5, f"一件高端商务装 is no longer among the first five: {_titles(after, 5)}")
    _require(_ids(again) == old, "the same person made anew gets another list than before the like")
    return (
        f"a like of 龙井 changed {moved} of {LENGTH} places, kept {kept} items, 一件高端商务装 is at place "
        f"{place}; erased and made anew: the list of before"
    )


def new_item_is_found(clients: Clients) -> str:
    """An item that is saved now answers a sentence about it within seconds."""
    item_id = f"demo-check-{uuid.uuid4().hex[:8]}"
    start = time.monotonic()
    clients.shop.put("items", item_id, SUNDIAL)
    try:
        seconds, place, sources = _wait_for(clients.shop, item_id, start)
    finally:
        clients.shop.delete("items", item_id)
    left = _ids(clients.shop.recommend(text=SUNDIAL_SENTENCE, limit=LENGTH))
    _require(item_id not in left, "the item was deleted and is still recommended")
    return f"at place {place} for a Chinese sentence {seconds:.1f} s after it was saved, by its meaning ({sources})"


def explanations_add_up(clients: Clients) -> str:
    """The sources' shares of every item, added up, are its score."""
    wanted: list[tuple[Client, Answer]] = [
        (clients.shop, {"text": CHINESE}),
        (clients.shop, {"text": ENGLISH, "history": [{"item_id": LIKED, "kind": "like"}]}),
        (clients.films, {"history": [STAR_WARS]}),
        (clients.films, {}),
    ]
    worst, items = 0.0, 0
    for client, request in wanted:
        for item in client.recommend(**request, limit=50, explain=True)["items"]:
            shares = [source["share"] for source in item["explanation"]["sources"]]
            off = abs(sum(shares) - item["score"]) / max(abs(item["score"]), *map(abs, shares), 1e-9)
            worst, items = max(worst, off), items + 1
            _require(off <= RELATIVE, f"the shares of {item['item_id']} make {sum(shares)}, its score {item['score']}")
    return f"{items} items in {len(wanted)} lists, the largest relative difference is {worst:.1e}"


def both_languages_explained(clients: Clients) -> str:
    """Reasons come in the sentence's language, or in the one that is asked for."""
    asked = (("zh", {"text": CHINESE}), ("en", {"text": ENGLISH}), ("zh", {"text": ENGLISH, "language": "zh"}))
    said = []
    for language, request in asked:
        first = clients.shop.recommend(**request, limit=3, explain=True)["items"][0]
        sentence = first["explanation"]["sentence"]
        _require(bool(first["reasons"]), f"{first['item_id']} has no reason")
        begins = "推荐理由" if language == "zh" else "Recommended because"
        _require(sentence.startswith(begins), f"the explanation in {language} reads: {sentence}")
        said.append(sentence)
    return " | ".join(said[:2])


def stranger_gets_the_popular(clients: Clients) -> str:
    """An unknown profile and nothing else: the popular, and the answer says so."""
    stranger = f"demo-check-{uuid.uuid4().hex[:8]}"
    answer = clients.films.recommend(profile_id=stranger, limit=LENGTH)
    basis = answer["basis"]
    _require(basis["popular"] and not basis["sentence"] and not basis["events"], f"its basis is {basis}")
    _require(any(stranger in word for word in basis["missing"]), "it does not say that the profile is unknown")
    _require(len(answer["items"]) == LENGTH, f"it has {len(answer['items'])} of {LENGTH} items")
    _require(_place(answer, STAR_WARS) <= 3, f"the most rated film is not among the first three: {_titles(answer, 3)}")
    return f"{_titles(answer, 3)}; said: {'; '.join(basis['missing'])}"


def film_leads_to_its_sequels(clients: Clients) -> str:
    """One film of an anonymous visitor: films that the same people liked."""
    answer = clients.films.recommend(history=[{"item_id": STAR_WARS, "kind": "play"}], limit=LENGTH)
    found = SEQUELS & set(_ids(answer))
    _require(found == SEQUELS, f"Star Wars leads to {_titles(answer, LENGTH)}, without its sequels")
    return f"Star Wars → {_titles(answer, 4)}"


PROOFS: tuple[tuple[str, Callable[[Clients], str]], ...] = (
    ("A sentence in Chinese", chinese_sentence),
    ("A sentence in English", english_sentence),
    ("A like moves the list", like_moves_the_list),
    ("A new item is found", new_item_is_found),
    ("Explanations add up", explanations_add_up),
    ("Both languages are explained", both_languages_explained),
    ("A stranger gets the popular", stranger_gets_the_popular),
    ("A film leads to others", film_leads_to_its_sequels),
)


def _wait_for(client: Client, item_id: str, start: float) -> tuple[float, int, str]:
    """Seconds until the item is among the first three by its meaning, its place, and the columns that know its vector.

    The sentence shares no word with the item's text but the tag, which lexical matching finds at once; the item counts
    as found when its vector is there too.
    """
    while True:
        answer = client.recommend(text=SUNDIAL_SENTENCE, limit=LENGTH, explain=True)
        place = _place(answer, item_id)
        if place <= 3:
            sources = answer["items"][place - 1]["explanation"]["sources"]
            near = [one for one in sources if one["source"].startswith("similarity") and one["raw"] is not None]
            if near:
                return time.monotonic() - start, place, f"{near[0]['source']} {near[0]['raw']:.2f}"
        waited = time.monotonic() - start
        _require(
            waited < FOUND_WITHIN_SECONDS, f"after {waited:.0f} s it is not among the first three: is the worker up?"
        )
        time.sleep(0.2)


@contextmanager
def _profile(client: Client, interests: str) -> Iterator[str]:
    """A profile for the time of a proof, which nothing is learned from; erased through the API whatever happens."""
    profile = f"demo-check-{uuid.uuid4().hex[:8]}"
    client.put("profiles", profile, {"interests": interests, "is_test": True})
    try:
        yield profile
    finally:
        client.delete("profiles", profile)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ProofFailedError(otherwise)


def _ids(answer: Answer) -> list[str]:
    return [item["item_id"] for item in answer["items"]]


def _titles(answer: Answer, count: int) -> str:
    return ", ".join(item["title"] for item in answer["items"][:count])


def _place(answer: Answer, item_id: str) -> int:
    """The item's place, counted from 1; one behind the last when it is not in the list."""
    ids = _ids(answer)
    return ids.index(item_id) + 1 if item_id in ids else len(ids) + 1
