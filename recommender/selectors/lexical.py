"""Full-text search: Postgres finds the items that have the telling terms, exact tf-idf puts them in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from catalog.derived import term_id
from recommender.plugins.types import Floats, Ids, Query, Shortlist
from recommender.selectors.eligibility import eligible_items
from recommender.selectors.sql import fetch, id_array
from recommender.selectors.statistics import CatalogStatistics, statistics
from recommender.selectors.vocabulary import TermRows, Vocabulary, lexical_rows, sentence_rows

MATCHES_READ = 1_000
"""Terms are taken rarest first until about this many items can match, so a common word never makes a search slow."""
TERMS_READ = 24


def text_matches(query: Query, terms: Sequence[str], k: int) -> Shortlist:
    """The k eligible items with the largest tf-idf cosine to these terms (repeats count), best first."""
    figures = statistics(query.catalog_id, query.figures_version)
    telling = affordable(figures.rarest_first(terms))
    if not telling:
        return Shortlist()
    where, params = eligible_items(query)
    params |= {"terms": " | ".join(f"'{_escape(term)}'" for term in telling), "most": 2 * MATCHES_READ}
    statement = (
        f"SELECT i.id, i.lexical FROM catalog_item i WHERE i.search @@ %(terms)s::tsquery AND {where} LIMIT %(most)s"
    )
    rows = fetch(statement, params)
    sentence = sentence_row(terms, figures)
    scores = cosines(lexical_rows([row[1] for row in rows], figures), sentence)
    ids: Ids = np.array([row[0] for row in rows], dtype=np.int64)
    best = np.lexsort((ids, -scores))[:k]
    return Shortlist(ids[best], scores[best])


def sentence_row(terms: Sequence[str], figures: CatalogStatistics) -> TermRows:
    """The tf-idf row of a list of terms."""
    ids, counts = np.unique(np.array([term_id(term) for term in terms], dtype=np.uint32), return_counts=True)
    return sentence_rows(ids, counts.astype(np.float32), figures)


def cosines(rows: TermRows, sentence: TermRows) -> Floats:
    """Cosine of every row with the sentence, (n,)."""
    vocabulary = Vocabulary(sentence)
    product = vocabulary.matrix(rows) @ vocabulary.matrix(sentence).toarray()[0]
    return np.asarray(product, dtype=np.float32)


def telling_terms(query: Query, item_ids: Ids, most: int = TERMS_READ) -> list[str]:
    """The terms that tell these items from others: the largest sums of tf·idf over them."""
    if not len(item_ids):
        return []
    statement = "SELECT terms FROM catalog_item WHERE id = ANY(%(ids)s::bigint[])"
    counts = Counter(chain.from_iterable(row[0] for row in fetch(statement, {"ids": id_array(item_ids.tolist())})))
    if not counts:
        return []
    figures = statistics(query.catalog_id, query.figures_version)
    idf = figures.idf(np.array([term_id(term) for term in counts], dtype=np.uint32))
    sums = dict(zip(counts, (idf * np.array(list(counts.values()))).tolist(), strict=True))
    return sorted(sums, key=lambda term: (-sums[term], term))[:most]


def affordable(telling: list[tuple[str, int]]) -> list[str]:
    """Of terms with their frequencies, rarest first: those that a search can afford."""
    chosen: list[str] = []
    matches = 0
    for term, frequency in telling[:TERMS_READ]:
        if chosen and matches + frequency > MATCHES_READ:
            break
        chosen.append(term)
        matches += frequency
    return chosen


def _escape(term: str) -> str:
    return term.replace("\\", "\\\\").replace("'", "''")
