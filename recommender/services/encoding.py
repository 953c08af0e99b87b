"""Where texts become vectors: P = M_W(X) for sentences, F = M_W(D) for items. Encoders are loaded once per process.

`sentence_vectors` is the one way to a sentence's vector, so that a queue can answer it one day.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from threading import Lock
from typing import Any, Protocol, cast

import numpy as np
import orjson
from django.db import DatabaseError

from recommender.models import Space
from recommender.plugins.contracts import Encoder, PluginSettings
from recommender.plugins.exceptions import PluginError, PluginUnavailableError
from recommender.plugins.registry import create
from recommender.plugins.types import Role, Vectors
from recommender.services.sentence_cache import sentence_cache

logger = logging.getLogger(__name__)

AnyEncoder = Encoder[Any]
RETRY_SECONDS = 30.0
"""An encoder that could not be loaded is not tried again at once: each request would wait for it."""

_loaded: dict[str, AnyEncoder] = {}
_failed: dict[str, tuple[float, PluginError]] = {}
_locks: dict[str, Lock] = {}
_guard = Lock()


class EncoderSource(Protocol):
    """What names an encoder: a space (its own snapshot of plugin and settings) or a configuration.

    A space also knows its `dimension` and its `source_hash`; without them they are asked of the plugin.
    """

    @property
    def plugin(self) -> str: ...

    @property
    def settings(self) -> dict[str, Any]: ...


def sentence_vectors(source: EncoderSource, texts: Sequence[str]) -> Vectors:
    """Unit rows (n, d) of a person's words, by the encoder that made the space; an empty text gives a zero row.

    A known sentence comes from the process or from Redis, without loading the encoder. PluginUnavailableError when the
    encoder cannot be used.
    """
    dimension = getattr(source, "dimension", 0) or encoder_of(source).dimension
    made_by = getattr(source, "source_hash", "") or source_hash(source.plugin, source.settings)
    prefix = f"recplatform:sentence:{made_by}:"
    keys = [prefix + hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:40] for text in texts]
    spoken = {key: text.strip() for key, text in zip(keys, texts, strict=True) if text.strip()}
    cache = sentence_cache()
    known = {key: row for key, row in cache.get_many(list(spoken)).items() if len(row) == 4 * dimension}
    missing = [key for key in spoken if key not in known]
    if missing:
        rows = _encode(source, [spoken[key] for key in missing], "query", dimension)
        fresh = {key: row.astype("<f4").tobytes() for key, row in zip(missing, rows, strict=True)}
        cache.set_many(fresh)
        known |= fresh
    nothing = bytes(4 * dimension)
    packed = b"".join(known.get(key, nothing) for key in keys)
    return np.frombuffer(packed, dtype="<f4").reshape(len(texts), dimension).astype(np.float32)


def item_vectors(space: Space, texts: Sequence[str]) -> Vectors:
    """Unit rows (n, d) of items' texts, by the encoder that made the space."""
    return _encode(space, texts, "item", space.dimension)


def _encode(source: EncoderSource, texts: Sequence[str], role: Role, dimension: int) -> Vectors:
    encoder = encoder_of(source)
    try:
        rows = encoder.encode(list(texts), role)
    except PluginError:
        raise
    except Exception as error:  # a stranger's encoder may fail in any way; an answer can be made without it
        raise PluginUnavailableError(f"encoder {source.plugin!r} failed: {type(error).__name__}: {error}") from error
    if rows.shape != (len(texts), dimension) or not np.isfinite(rows).all():
        wrong = "NaN or infinity" if rows.shape == (len(texts), dimension) else f"an array of shape {rows.shape}"
        raise PluginUnavailableError(
            f"encoder {source.plugin!r} gave {wrong} for {len(texts)} texts; each needs {dimension} finite numbers."
        )
    return np.asarray(rows, dtype=np.float32)


def encoder_of(source: EncoderSource) -> AnyEncoder:
    """The loaded encoder of a space (by its own snapshot of plugin and settings) or of a configuration."""
    key = _digest(source.plugin, full_settings(source.plugin, source.settings))
    with _guard:
        lock = _locks.setdefault(key, Lock())
    with lock:  # two threads that want the same encoder load it once
        if key in _loaded:
            return _loaded[key]
        until, error = _failed.get(key, (0.0, PluginError()))
        if time.monotonic() < until:
            raise error
        return _load(key, source.plugin, source.settings)


def _load(key: str, plugin: str, settings: dict[str, Any]) -> AnyEncoder:
    encoder = cast(AnyEncoder, create("encoder", plugin, settings))
    try:
        encoder.load()
    except Exception as error:  # see _encode
        known = error if isinstance(error, PluginError) else None
        known = known or PluginUnavailableError(f"encoder {plugin!r} cannot be loaded: {type(error).__name__}: {error}")
        _failed[key] = (time.monotonic() + RETRY_SECONDS, known)
        raise known from error
    _loaded[key] = encoder
    return encoder


def full_settings(plugin: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with every default written out, so that a later default changes no existing space."""
    return create("encoder", plugin, settings).settings.model_dump(mode="json")  # type: ignore[no-any-return]  # Any


def source_hash(plugin: str, settings: dict[str, Any]) -> str:
    """Of what shapes the vectors: two sources with the same hash give the same vectors.

    Settings marked `json_schema_extra={"shapes_vectors": False}`, such as a batch size, do not count.
    """
    values: PluginSettings = create("encoder", plugin, settings).settings
    fields = type(values).model_fields
    shaping = {name for name in fields if _shapes_vectors(fields[name].json_schema_extra)}
    return _digest(plugin, values.model_dump(mode="json", include=shaping))


def _shapes_vectors(extra: Any) -> bool:
    return not (isinstance(extra, dict) and extra.get("shapes_vectors") is False)


def _digest(plugin: str, settings: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps([plugin, settings], option=orjson.OPT_SORT_KEYS)).hexdigest()


def load_encoders() -> None:
    """Load the encoders of all live spaces now, so that the first sentence does not wait. A failure is logged only."""
    try:
        spaces = list(Space.objects.filter(status=Space.Status.LIVE).defer("whitening"))
    except DatabaseError as error:
        logger.warning("Encoders are loaded with the first sentence, since the database does not answer: %s", error)
        return
    for space in spaces:
        try:
            encoder_of(space).encode(["ready"], "query")  # the first text is the slowest
        except PluginError as error:
            logger.warning("The encoder of %s cannot be loaded: %s", space, error)
