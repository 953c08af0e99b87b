"""Each peer's settings, chosen on a validation slice: the same cut, made once more inside the training events.

The grids, all of them: item-kNN shrinkage 20, 100, 500; EASE λ 200, 1,000, 5,000; ALS α 1, 10, 40 (64 factors,
regularization .1, 15 iterations), its map from text λ 1, 10, 100, as it comes or rescaled; LightFM 10 or 30 epochs with
words alone or with a vector of each item's own beside them (64 factors, WARP); whitening floor .1, 1, 10; z-sum of the
whitened text with EASE at weight .5, 1, 2; reciprocal rank fusion of the content list and the collaborative list that
were best here. Beside the peers a fusion by hand: the same sum with popularity, item-kNN, EASE and ALS.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np

from benchmarks.quality import combined, factors, metrics, peers, split, vectors
from benchmarks.quality.data import Dataset, item_text
from benchmarks.quality.peers import Material, Scorer
from benchmarks.quality.split import Question, Split, allowed
from recommender.training.metrics import SEGMENTS, Judged, judge, rows_of

VALIDATION_QUERIES = 300
VALIDATION_SEED = 1000
CHUNK = 250
Fitted = Mapping[str, Scorer]
Maker = Callable[[Material], Scorer]
Combiner = Callable[[Material, Fitted], Scorer]
SINGLES: dict[str, dict[str, Maker]] = {
    "popularity": {"": peers.popularity},
    "item-knn": {f"shrinkage {value}": partial(peers.item_knn, shrink=value) for value in (20, 100, 500)},
    "ease": {f"λ {value}": partial(peers.ease, ridge=value) for value in (200, 1000, 5000)},
    "als": {f"α {value}": partial(factors.als, regularization=0.1, alpha=value) for value in (1, 10, 40)},
    "lightfm": {
        f"{epochs} epochs, words{' and own' if own else ''}": partial(factors.lightfm, epochs=epochs, own=own)
        for epochs in (10, 30)
        for own in (False, True)
    },
    "content": {"": peers.content},
    "whitened": {f"floor {value}": partial(peers.whitened, floor=value) for value in (0.1, 1.0, 10.0)},
}
CONTENT, COLLABORATIVE = ("content", "whitened"), ("item-knn", "ease", "als")
ALS_RIDGE, Z_SUM, RECIPROCAL_RANK = "als-ridge", "z-sum", "rrf"
PEERS = (*SINGLES, ALS_RIDGE, Z_SUM, RECIPROCAL_RANK)
BY_HAND = "by-hand"
"""No peer, since nobody serves it: what a sum of five standardised sources reaches without any learning of weights."""
SUMMED = {Z_SUM: ("ease",), BY_HAND: ("popularity", "item-knn", "ease", "als")}
"""What is added to the whitened text."""


@dataclass(frozen=True)
class Chosen:
    """A peer's best settings: their name, how to fit it beside the fitted peers before it, validation NDCG@20."""

    setting: str
    fit: Combiner
    ndcg: float


def material(cut: Split) -> Material:
    """The split with the vectors of its items and sentences; encodes what no earlier run has encoded."""
    name, encoder = cut.dataset.slug, cut.dataset.encoder
    items = vectors.encode([item_text(item) for item in cut.dataset.items], f"{name}-items", encoder)
    asked = [question for question in cut.questions["text0"] if question.text]
    sentences = vectors.encode([question.text for question in asked], f"{name}-sentences", encoder, "query")
    return Material(cut, items, {question.query_id: row for question, row in zip(asked, sentences, strict=True)})


def validation(cut: Split) -> Split:
    """The inner split; nothing of the outer one's held-out events, people or sentences is in it."""
    seen = [person for person, history in enumerate(cut.train) if len(history)]
    inner = Dataset(
        name=cut.dataset.name,
        items=cut.dataset.items,
        people=tuple(cut.dataset.people[person] for person in seen),
        histories=tuple(cut.train[person] for person in seen),
        rows=tuple(() for _ in seen),
        encoder=cut.dataset.encoder,
    )
    return split.make(inner, cut.seed + VALIDATION_SEED, VALIDATION_QUERIES)


def answer(scorer: Scorer, cut: Split, questions: Sequence[Question], rng: np.random.Generator) -> list[list[int]]:
    """The 20 best items of each question over the full catalogue (over the new items in ``new_items``)."""
    lists: list[list[int]] = []
    for start in range(0, len(questions), CHUNK):
        part = questions[start : start + CHUNK]
        lists += [metrics.top(row, allowed(cut, q), rng) for q, row in zip(part, scorer(part), strict=True)]
    return lists


def mean_ndcg(scorer: Scorer, cut: Split, seed: int) -> float:
    """NDCG@20, each segment that is asked weighing the same."""
    rng = np.random.default_rng(seed)
    asked = [questions for questions in cut.questions.values() if questions]
    means = [judged(questions, answer(scorer, cut, questions, rng)).ndcg.mean() for questions in asked]
    return float(np.mean(means)) if means else 0.0


def judged(questions: Sequence[Question], lists: Sequence[Sequence[int]]) -> Judged:
    """How good the lists are that answer these questions."""
    segment = np.array([SEGMENTS.index(one.segment) for one in questions], dtype=np.int64)
    person = np.array([one.person for one in questions], dtype=np.int64)
    return judge(rows_of(lists), [np.array(one.relevant, dtype=np.int64) for one in questions], segment, person)


def choose(cut: Split) -> dict[str, Chosen]:
    """Per peer the settings with the best validation NDCG@20, in the order in which they are to be fitted."""
    inner = material(validation(cut))
    chosen: dict[str, Chosen] = {}
    fitted: dict[str, Scorer] = {}
    for peer in (*PEERS, BY_HAND):
        chosen[peer], fitted[peer] = _best(inner, _grid(peer, chosen), fitted)
    return chosen


def _grid(peer: str, chosen: Mapping[str, Chosen]) -> dict[str, Combiner]:
    """Settings → how to fit them."""
    if peer in SINGLES:
        return {setting: partial(_single, maker) for setting, maker in SINGLES[peer].items()}
    if peer == ALS_RIDGE:
        return dict(_als_ridges())
    if peer in SUMMED:
        return {f"weight {weight}": partial(_z_sum, SUMMED[peer], weight) for weight in (0.5, 1.0, 2.0)}
    best = [max(names, key=lambda name: chosen[name].ndcg) for names in (CONTENT, COLLABORATIVE)]
    return {" + ".join(best): partial(_reciprocal_rank, best)}


def _als_ridges() -> Iterator[tuple[str, Combiner]]:
    for ridge in (1.0, 10.0, 100.0):
        for rescaled in (False, True):
            yield f"λ {ridge:.0f}{', rescaled' if rescaled else ''}", partial(_als_ridge, ridge, rescaled)


def _best(inner: Material, grid: Mapping[str, Combiner], before: Fitted) -> tuple[Chosen, Scorer]:
    """One fitted peer at a time: a large catalogue's matrices would not fit side by side."""
    found: tuple[Chosen, Scorer] | None = None
    for setting, fit in grid.items():
        scorer = fit(inner, before)
        ndcg = mean_ndcg(scorer, inner.split, inner.split.seed)
        if found is None or ndcg > found[0].ndcg:
            found = Chosen(setting, fit, ndcg), scorer
    assert found is not None, "a grid has at least one setting"
    return found


def _single(maker: Maker, on: Material, _before: Fitted) -> Scorer:
    return maker(on)


def _als_ridge(ridge: float, rescaled: bool, on: Material, before: Fitted) -> Scorer:
    return factors.als_ridge(on, cast(factors.Als, before["als"]), ridge, rescaled)


def _z_sum(names: Sequence[str], weight: float, on: Material, before: Fitted) -> Scorer:
    return combined.z_sum(on, before["whitened"], [before[name] for name in names], weight)


def _reciprocal_rank(names: Sequence[str], on: Material, before: Fitted) -> Scorer:
    return combined.reciprocal_rank(on, [before[name] for name in names])
