"""``python -m benchmarks.default_fusion FOLDER… [--out FILE]``: the shipped weights, made again from these folders.

Every folder becomes a catalog of the benchmark's own with all its events; cold starts are simulated in it, seen by the
untrained default pipeline; the model is fitted to all folders together and judged, beside the shipped weights, on
people, items and events that none of its questions came from. The shipped file itself is not touched.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from benchmarks.quality import data, product, split
from benchmarks.quality.environment import cache_folder, open_platform
from recommender.training.metrics import SEGMENTS

WEIGHTS = 50
QUESTIONS = 300


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.default_fusion", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="path, or name under RECPLATFORM_DATASETS")
    parser.add_argument("--out", type=Path, help="default: default_fusion.json among the benchmarks' files")
    parser.add_argument("--weights", type=int, default=WEIGHTS, help="how many weights stay (default %(default)s)")
    parser.add_argument(
        "--questions", type=int, default=QUESTIONS, help="per segment and cut, at most (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Ask, fit, judge, write."""
    options = arguments(given)
    open_platform()
    from benchmarks.default_fusion import examples, fit  # these need Django's settings
    from benchmarks.quality.snapshot import read, told_by
    from recommender.plugins.training import Training

    training = Training(options.seed, told_by(say))
    folders = []
    try:
        for name in options.folders:
            whole = split.everything(data.load(name))
            product.provide_catalog(whole)
            snapshot, stages = read(product.slug_of(whole), training.tell)
            folders.append(examples.of_catalog(whole.dataset.name, snapshot, stages, options.questions, training))
    except (data.DatasetMissingError, data.NothingToAskError) as error:
        say(str(error))
        return 1
    finally:
        product.stop()
    made = fit.fitted(examples.together(folders), options.weights, training)
    new = {one.name: fit.ndcg(made, one.held_out) for one in folders}
    old = {one.name: fit.ndcg(fit.shipped_model(), one.held_out) for one in folders}
    print(table(new, old))
    out = options.out or cache_folder() / "default_fusion.json"
    names = ", ".join(one.name for one in folders)
    note = (
        "Default weights of the fusion strategy “linear”: score = sum over features f of (x_f - mean_f) / scale_f * "
        f"(w_f + sum over contexts c of G_fc * c). Fitted on cold starts made from {names} by `python -m "
        f"benchmarks.default_fusion` and pruned to {made.size} weights; a zero was pruned. mean and scale are those of "
        "the features it was fitted on."
    )
    out.write_bytes(orjson.dumps(fit.as_json(made, note), option=orjson.OPT_INDENT_2))
    say(f"{made.size} weights written to {out}")
    return 0


def table(new: dict[str, dict[str, float]], old: dict[str, dict[str, float]]) -> str:
    """NDCG@20 on the held-out cut of each folder."""
    columns = (*SEGMENTS, "mean")
    lines = ["NDCG@20 on held-out cuts", " " * 24 + "".join(f"{column:>10}" for column in columns)]
    for name in new:
        for title, values in (("shipped", old[name]), ("new", new[name])):
            cells = [f"{values[column]:.4f}" if column in values else "" for column in columns]
            lines.append(f"{name[:15]:<16}{title:<8}" + "".join(f"{cell:>10}" for cell in cells))
    better = [name for name in new if new[name]["mean"] > old[name]["mean"]]
    lines.append(f"The new weights are better on {len(better)} of {len(new)} folders: {', '.join(better) or 'none'}.")
    lines.append("(The shipped ones were fitted on amazon-office, movielens-100k and goodreads-6k with all events.)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
