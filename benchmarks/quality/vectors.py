"""Vectors of items and sentences, kept in ``.data/benchmarks`` for the next run, by encoder and hash of the text.

The encoder is the one that the product takes for such a catalog: all-MiniLM-L6-v2 for English.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.data import ENGLISH
from benchmarks.quality.environment import cache_folder

Floats = NDArray[np.float32]
Role = Literal["query", "item"]
CHUNK = 512
"""Texts between two writes to disk: an interrupted run loses no more than these."""


@lru_cache(maxsize=1)
def _plugin(encoder: str) -> Any:
    from recommender.plugins.registry import create  # needs Django's settings

    plugin = create("encoder", encoder, {}, encoder)
    plugin.load()
    return plugin


def _encode(texts: Sequence[str], encoder: str, role: Role) -> Floats:
    return np.asarray(_plugin(encoder).encode(list(texts), role), dtype=np.float32)


def encode(texts: Sequence[str], name: str, encoder: str = ENGLISH, role: Role = "item") -> Floats:
    """Unit vectors, one row per text; only texts that the file has not seen are encoded.

    Args:
        texts: what to encode.
        name: the cache file's name without ending; texts of one role.
        encoder: the plugin.
        role: whether a person says the texts or items have them.

    Returns:
        Array of shape ``(len(texts), d)``.
    """
    path = cache_folder() / f"{name}-{encoder}.npz"
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = _read(path)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    waiting = sorted(missing, key=lambda key: len(missing[key]))
    for start in range(0, len(waiting), CHUNK):
        part = waiting[start : start + CHUNK]
        known |= dict(zip(part, _encode([missing[key] for key in part], encoder, role), strict=True))
        _write(path, known)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 1), dtype=np.float32)


def _read(path: Path) -> dict[str, Floats]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))


def _write(path: Path, known: dict[str, Floats]) -> None:
    """Whole file at once, so that an interrupted run leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.stem}.{os.getpid()}.npz")
    np.savez(partial, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    partial.replace(path)
