"""How a trained plugin keeps what it learned: safetensors for arrays, JSON for the rest. Never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recommender.plugins.exceptions import PluginUnavailableError

Arrays = Mapping[str, NDArray[Any]]
TENSORS, FACTS = "weights.safetensors", "facts.json"


def save_artefact(folder: Path, arrays: Arrays, facts: Mapping[str, Any] | None = None) -> None:
    """Write the arrays and the facts (anything JSON can say) into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, folder / TENSORS)
    (folder / FACTS).write_text(json.dumps(dict(facts or {}), ensure_ascii=False, indent=1), encoding="utf-8")


def load_artefact(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """What `save_artefact` wrote, or PluginUnavailableError that says what is wrong with the files."""
    try:
        arrays: dict[str, NDArray[Any]] = load_file(folder / TENSORS)
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise PluginUnavailableError(f"The trained model in {folder.name} cannot be read: {error}") from error
    return arrays, facts
