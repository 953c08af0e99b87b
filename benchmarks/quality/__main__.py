"""``python -m benchmarks.quality [FOLDER …]``: the product and its peers on the same questions.

A FOLDER is the path of any folder in the interchange format, or the name of one under RECPLATFORM_DATASETS.
"""

import os

# Before numpy comes: two threads are several times slower than one on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.quality import data, grid, peers, product, report, split
from benchmarks.quality.environment import open_platform
from benchmarks.quality.grid import Chosen
from benchmarks.quality.peers import Scorer
from benchmarks.quality.report import PRODUCT, UNTRAINED, Figures, Lists

FOLDERS = ("amazon-office", "movielens-100k", "goodreads-6k")
QUICK_QUERIES = 200


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    named = f"path or name; default: {' '.join(FOLDERS)}"
    parser.add_argument("folders", nargs="*", default=list(FOLDERS), metavar="FOLDER", help=named)
    parser.add_argument("--seeds", type=int, default=1, help="how many splits (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--quick", action="store_true", help=f"one seed, at most {QUICK_QUERIES} queries per segment")
    parser.add_argument("--peers-only", action="store_true", help="leave the product out")
    parser.add_argument("--product-only", action="store_true", help="leave the peers out")
    parser.add_argument("--no-time-split", action="store_true", help="no split by time beside the seeds")
    parser.add_argument(
        "--ablation", action="store_true", help="instead: what each source and each fusion strategy is worth"
    )
    return parser.parse_args(given)


def splits(dataset: data.Dataset, options: argparse.Namespace) -> Iterator[list[split.Split]]:
    """The splits that make one table: all seeds, then the split by time where the times are a clock's."""
    most = QUICK_QUERIES if options.quick else split.MOST_QUERIES
    yield [split.make(dataset, seed, most) for seed in range(1 if options.quick else options.seeds)]
    if dataset.has_times and not (options.quick or options.no_time_split):
        yield [split.make_by_time(dataset, most)]


def measure(cuts: Sequence[split.Split], options: argparse.Namespace) -> Figures:
    """One table. The peers' settings are chosen on the first split's validation slice."""
    figures = Figures(cuts[0].dataset.name + (" by time" if cuts[0].by_time else ""))
    chosen: dict[str, Chosen] = {}
    for cut in cuts:
        figures.ask(cut)
        if not options.product_only:
            chosen = chosen or _choose(cut, figures)
            _ask_peers(cut, chosen, figures)
        if not options.peers_only:
            _ask_product(cut, figures)
    return figures


def _choose(cut: split.Split, figures: Figures) -> dict[str, Chosen]:
    start = time.perf_counter()
    chosen = grid.choose(cut)
    figures.settings = {peer: one.setting for peer, one in chosen.items() if one.setting}
    named = ", ".join(f"{peer} {setting}" for peer, setting in figures.settings.items())
    say(f"{cut.label}: settings chosen in {time.perf_counter() - start:.0f} s: {named}")
    known = int((~cut.is_new).sum())
    if known > peers.MOST_ITEMS_OF_EASE:
        figures.notes = [f"ease knows the {peers.MOST_ITEMS_OF_EASE:,} most popular of {known:,} items with events."]
    return chosen


def _ask_peers(cut: split.Split, chosen: Mapping[str, Chosen], figures: Figures) -> None:
    material = grid.material(cut)
    fitted: dict[str, Scorer] = {}
    for peer, one in chosen.items():
        start = time.perf_counter()
        fitted[peer] = one.fit(material, fitted)
        figures.seconds.setdefault(f"{peer}: fit", []).append(time.perf_counter() - start)
        rng = np.random.default_rng(cut.seed)
        lists: Lists = {segment: grid.answer(fitted[peer], cut, asked, rng) for segment, asked in cut.questions.items()}
        figures.add(peer, cut, lists)
        say(f"{cut.label}: {peer} in {time.perf_counter() - start:.0f} s")


def _ask_product(cut: split.Split, figures: Figures) -> None:
    answers = product.ask(cut)
    for system, lists, ms in (
        (PRODUCT, answers.lists, answers.answer_ms),
        (UNTRAINED, answers.untrained, answers.untrained_ms),
    ):
        figures.add(system, cut, lists)
        figures.answer_ms.setdefault(system, []).append(ms)
    figures.gates.append(answers.gate)
    for step, taken in answers.seconds.items():
        figures.seconds.setdefault(f"{PRODUCT}: {step}", []).append(taken)
    say(f"{cut.label}: {PRODUCT} " + ", ".join(f"{k} {v:.0f} s" for k, v in answers.seconds.items()))


def show(figures: Figures) -> None:
    """The tables of one folder, on standard output."""
    print(report.table(figures), report.table(figures, "recall"), report.verdicts(figures), sep="\n\n", flush=True)
    print(flush=True)


def facts_of(dataset: data.Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one folder and show it; what the JSON file says of it, the split by time within."""
    tables = []
    for cuts in splits(dataset, options):
        figures = measure(cuts, options)
        show(figures)
        tables.append(report.as_json(figures))
    return tables[0] | ({"time_split": tables[1]} if len(tables) > 1 else {})


def ablation_of(dataset: data.Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """The same for the ablation, on the first seed's training part."""
    from benchmarks.quality import ablation  # needs Django's settings

    cut = split.make(dataset, 0, QUICK_QUERIES)
    product.provide_catalog(cut)
    rows = ablation.run(product.slug_of(cut), ablation.QUICK if options.quick else ablation.QUESTIONS, say)
    print(ablation.table(dataset.name, rows), flush=True)
    return {"dataset": dataset.name, "ablation": [row.facts() for row in rows]}


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    options = arguments(given)
    open_platform()
    told = ablation_of if options.ablation else facts_of
    facts: list[dict[str, Any]] = []
    try:
        for name in options.folders:
            facts.append(told(data.load(name), options))
            if options.json:  # what is done stays, whatever becomes of the rest
                options.json.write_bytes(orjson.dumps(_one_or_all(facts, options), option=orjson.OPT_INDENT_2))
    except (data.DatasetMissingError, data.NothingToAskError) as error:
        say(str(error))
        return 1
    finally:
        if not options.peers_only:
            product.stop()
    return 0


def _one_or_all(facts: list[dict[str, Any]], options: argparse.Namespace) -> dict[str, Any] | list[dict[str, Any]]:
    return facts[0] if len(options.folders) == 1 else facts


if __name__ == "__main__":
    sys.exit(main())
