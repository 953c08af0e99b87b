"""``python -m benchmarks.quality [DATASET …]``: the product and its peers on the same questions."""

import os

# Before numpy comes: two threads are several times slower than one on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import orjson

from benchmarks.quality import data, grid, product, report, split
from benchmarks.quality.report import PRODUCT, Figures, Lists

DATASETS = ("amazon-office", "movielens-100k", "goodreads-6k")
SEEDS = 5
QUICK_QUERIES = 200


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    named = f"default: {' '.join(DATASETS)}"
    parser.add_argument("datasets", nargs="*", default=list(DATASETS), metavar="DATASET", help=named)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many splits (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--quick", action="store_true", help=f"one seed, at most {QUICK_QUERIES} queries per segment")
    parser.add_argument("--peers-only", action="store_true", help="leave the product out")
    parser.add_argument("--product-only", action="store_true", help="leave the peers out")
    return parser.parse_args(given)


def splits(dataset: data.Dataset, options: argparse.Namespace) -> Iterator[list[split.Split]]:
    """The splits that make one table: all seeds, then the split by time where there are times."""
    most = QUICK_QUERIES if options.quick else split.MOST_QUERIES
    yield [split.make(dataset, seed, most) for seed in range(1 if options.quick else options.seeds)]
    if dataset.name in data.TIMED and not options.quick:
        yield [split.make_by_time(dataset, most)]


def measure(cuts: Sequence[split.Split], options: argparse.Namespace) -> Figures:
    """One table. The peers' settings are chosen on the first split's validation slice."""
    figures = Figures(cuts[0].dataset.name + (" by time" if cuts[0].by_time else ""))
    chosen: dict[str, tuple[str, grid.Maker]] = {}
    for cut in cuts:
        figures.ask(cut)
        if not options.product_only:
            chosen = chosen or _choose(cut, figures)
            _ask_peers(cut, chosen, figures)
        if not options.peers_only:
            _ask_product(cut, figures)
    return figures


def _choose(cut: split.Split, figures: Figures) -> dict[str, tuple[str, grid.Maker]]:
    start = time.perf_counter()
    chosen = grid.choose(cut)
    figures.settings = {peer: [setting] for peer, (setting, _) in chosen.items() if setting}
    named = ", ".join(f"{peer} {setting}" for peer, (setting, _) in chosen.items() if setting)
    say(f"{cut.label}: settings chosen in {time.perf_counter() - start:.0f} s: {named}")
    return chosen


def _ask_peers(cut: split.Split, chosen: dict[str, tuple[str, grid.Maker]], figures: Figures) -> None:
    material = grid.material(cut)
    for peer, (_, maker) in chosen.items():
        start = time.perf_counter()
        scorer = maker(material)
        figures.seconds.setdefault(f"{peer}: fit", []).append(time.perf_counter() - start)
        rng = np.random.default_rng(cut.seed)
        lists: Lists = {segment: grid.answer(scorer, cut, asked, rng) for segment, asked in cut.questions.items()}
        figures.add(peer, cut, lists)
        say(f"{cut.label}: {peer} in {time.perf_counter() - start:.0f} s")


def _ask_product(cut: split.Split, figures: Figures) -> None:
    lists, seconds = product.ask(cut)
    figures.add(PRODUCT, cut, lists)
    for step, taken in seconds.items():
        figures.seconds.setdefault(f"{PRODUCT}: {step}", []).append(taken)
    say(f"{cut.label}: {PRODUCT} " + ", ".join(f"{k} {v:.0f} s" for k, v in seconds.items()))


def show(figures: Figures) -> None:
    """The tables of one data set, on standard output."""
    print(report.table(figures), report.table(figures, "recall"), sep="\n\n")
    if PRODUCT in figures.ndcg and figures.peers:
        print("\n" + report.verdicts(figures))
    print(flush=True)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    options = arguments(given)
    done: list[Figures] = []
    try:
        for name in options.datasets:
            for cuts in splits(data.load(name), options):
                done.append(measure(cuts, options))
                show(done[-1])
    finally:
        if not options.peers_only:
            product.stop()
    if options.json:
        facts = [report.as_json(figures) for figures in done]
        options.json.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
