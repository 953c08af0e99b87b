"""Each peer's settings, chosen on a validation slice: the same cut, made once more inside the training events.

The grids, all of them: item-kNN shrinkage 20, 100, 500; EASE λ 200, 1,000, 5,000; ALS α 1, 10, 40 (64 factors,
regularization .1, 15 iterations); whitening floor .1, 1, 10; z-sum of the whitened text with EASE, or with popularity,
item-kNN, EASE and ALS, at weight .5, 1, 2.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import metrics, peers, split, vectors
from benchmarks.quality.data import Dataset, item_text
from benchmarks.quality.peers import Material, Scorer
from benchmarks.quality.split import Question, Split
from recommender.training.metrics import SEGMENTS, Judged, judge, rows_of

VALIDATION_QUERIES = 300
VALIDATION_SEED = 1000
CHUNK = 250
Z_SUM = "z-sum"
Maker = Callable[[Material], Scorer]
Grid = dict[str, Maker]
SINGLES: dict[str, Grid] = {
    "popularity": {"": peers.popularity},
    "item-knn": {f"shrinkage {value}": partial(peers.item_knn, shrink=value) for value in (20, 100, 500)},
    "ease": {f"λ {value}": partial(peers.ease, ridge=value) for value in (200, 1000, 5000)},
    "als": {f"α {value}": partial(peers.als, regularization=0.1, alpha=value) for value in (1, 10, 40)},
    "content": {"": peers.content},
    "whitened": {f"floor {value}": partial(peers.whitened, floor=value) for value in (0.1, 1.0, 10.0)},
}
COLLABORATIVE: dict[str, tuple[str, ...]] = {"ease": ("ease",), "all": ("popularity", "item-knn", "ease", "als")}
WEIGHTS = (0.5, 1.0, 2.0)
PEERS = (*SINGLES, Z_SUM)


def material(cut: Split) -> Material:
    """The split with the vectors of its items and sentences; encodes what no earlier run has encoded."""
    name = cut.dataset.name
    items = vectors.encode([item_text(item) for item in cut.dataset.items], f"{name}-items")
    asked = [question for question in cut.questions["text0"] if question.text]
    sentences = vectors.encode([question.text for question in asked], f"{name}-sentences")
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
    )
    return split.make(inner, cut.seed + VALIDATION_SEED, VALIDATION_QUERIES)


def answer(scorer: Scorer, cut: Split, questions: Sequence[Question], rng: np.random.Generator) -> list[list[int]]:
    """The 20 best items of each question over the full catalogue (over the new items in ``new_items``)."""
    lists: list[list[int]] = []
    for start in range(0, len(questions), CHUNK):
        part = questions[start : start + CHUNK]
        lists += [metrics.top(row, allowed(cut, q), rng) for q, row in zip(part, scorer(part), strict=True)]
    return lists


def allowed(cut: Split, question: Question) -> NDArray[np.bool_]:
    """Which items may be in the answer."""
    mask = cut.is_new.copy() if question.segment == "new_items" else np.ones(len(cut.dataset.items), dtype=bool)
    mask[list(question.exclude)] = False
    return mask


def mean_ndcg(scorer: Scorer, cut: Split, seed: int) -> float:
    """NDCG@20, each segment weighing the same."""
    rng = np.random.default_rng(seed)
    means = [judged(questions, answer(scorer, cut, questions, rng)).ndcg.mean() for questions in cut.questions.values()]
    return float(np.mean(means))


def judged(questions: Sequence[Question], lists: Sequence[Sequence[int]]) -> Judged:
    """How good the lists are that answer these questions."""
    segment = np.array([SEGMENTS.index(one.segment) for one in questions], dtype=np.int64)
    person = np.array([one.person for one in questions], dtype=np.int64)
    return judge(rows_of(lists), [np.array(one.relevant, dtype=np.int64) for one in questions], segment, person)


def choose(cut: Split) -> dict[str, tuple[str, Maker]]:
    """Per peer the settings with the best validation NDCG@20: their name and how to fit them."""
    inner = material(validation(cut))
    chosen: dict[str, tuple[str, Maker]] = {}
    scorers: dict[str, Scorer] = {}
    for peer, grid in SINGLES.items():
        setting, scorers[peer] = _best(inner, grid)
        chosen[peer] = setting, grid[setting]
    fitted: Grid = {key: partial(_z_sum_of, scorers, names, weight) for key, names, weight in _z_sums()}
    setting, _ = _best(inner, fitted)
    names, weight = next((names, weight) for key, names, weight in _z_sums() if key == setting)
    chosen[Z_SUM] = setting, partial(_fit_z_sum, chosen, names, weight)
    return chosen


def _z_sums() -> list[tuple[str, tuple[str, ...], float]]:
    return [(f"{key} × {weight}", names, weight) for key, names in COLLABORATIVE.items() for weight in WEIGHTS]


def _best(inner: Material, grid: Grid) -> tuple[str, Scorer]:
    fitted = {setting: maker(inner) for setting, maker in grid.items()}
    if len(fitted) == 1:
        return next(iter(fitted.items()))
    return max(fitted.items(), key=lambda pair: mean_ndcg(pair[1], inner.split, inner.split.seed))


def _z_sum_of(scorers: dict[str, Scorer], names: Sequence[str], weight: float, fitted_on: Material) -> Scorer:
    return peers.z_sum(fitted_on, scorers["whitened"], [scorers[name] for name in names], weight)


def _fit_z_sum(chosen: dict[str, tuple[str, Maker]], names: Sequence[str], weight: float, on: Material) -> Scorer:
    scorers = {name: chosen[name][1](on) for name in (*names, "whitened")}
    return _z_sum_of(scorers, names, weight, on)
