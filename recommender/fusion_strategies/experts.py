"""A network of experts that several tasks share: multi-gate mixture (MMoE) and progressive layered extraction (PLE).

One forward pass serves training (torch) and requests (numpy); for a request there also is the way back, from the
tasks' log-odds to what they respond to, which explanations need. The first layer is one product, `first` = x·W + b: all
first layers of the experts of level one, then its gates, then a straight line from x to each task. MMoE is the case of
one level without experts of a task's own (Ma et al., KDD 2018; with one expert a shared bottom), PLE that of several
levels with experts of each task beside shared ones (Tang et al., RecSys 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any
"""A numpy array or a torch tensor: the forward pass is written in what both understand."""
Parameters = Mapping[str, Array]
Weights = Mapping[str, NDArray[np.float32]]
NEVER = -1e9


@dataclass(frozen=True)
class Shape:
    """Sizes: `inputs` a row, `kinds` tasks, `levels` of `shared` experts and `specific` ones for each task."""

    inputs: int
    kinds: int
    shared: int
    specific: int = 0
    levels: int = 1
    hidden: int = 64
    out: int = 32
    tower: int = 16

    @property
    def experts(self) -> int:
        """Experts in a level."""
        return self.shared + self.kinds * self.specific

    def gates(self, level: int) -> int:
        """One for each task, and one for the shared experts of the next level where there is one."""
        return self.kinds + (level + 1 < self.levels)

    @property
    def first(self) -> int:
        """Width of the first product."""
        return self.experts * self.hidden + self.gates(0) * self.experts + self.kinds

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Whose each expert is: a task, or `kinds` for shared ones, (experts,)."""
        own = np.repeat(np.arange(self.kinds), self.specific)
        return np.concatenate([np.full(self.shared, self.kinds), own]).astype(np.int64)

    @cached_property
    def closed(self) -> NDArray[np.float32]:
        """Added to a gate's logits (gates, experts): a task does not see the experts of another one."""
        tasks = np.arange(self.kinds)[:, None]
        foreign = (self.owner[None] != tasks) & (self.owner[None] != self.kinds)
        return np.where(np.concatenate([foreign, np.zeros((1, self.experts), bool)]), NEVER, 0).astype(np.float32)

    def sizes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter; those whose name ends in b start at zero."""
        E = self.experts
        sizes: dict[str, tuple[int, ...]] = {"first.w": (self.inputs, self.first), "first.b": (self.first,)}
        for level in range(self.levels):
            if level:
                sizes[f"{level}.in.w"], sizes[f"{level}.in.b"] = (E, self.out, self.hidden), (E, 1, self.hidden)
                sizes[f"{level}.gate.w"] = (self.gates(level), self.out, E)
            sizes[f"{level}.out.w"], sizes[f"{level}.out.b"] = (E, self.hidden, self.out), (E, 1, self.out)
        return sizes | {
            "tower.w": (self.kinds, self.out, self.tower),
            "tower.b": (self.kinds, 1, self.tower),
            "task.w": (self.kinds, self.tower, 1),
            "task.b": (self.kinds,),
        }


def initial(shape: Shape, draw: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Random parameters in the manner of He et al. (2015); biases, gates and straight lines start at zero."""
    found = {}
    for name, size in shape.sizes().items():
        deviation = 0.0 if name.endswith("b") else np.sqrt(2.0 / size[-2])
        found[name] = (draw.normal(size=size) * deviation).astype(np.float32)
    found["first.w"][:, shape.experts * shape.hidden :] = 0.0
    return found


def beginning(shape: Shape, parameters: Parameters, x: Array) -> Array:
    """The first product (n, first) of rows (n, inputs)."""
    return x @ parameters["first.w"] + parameters["first.b"]


def continued(xp: Any, shape: Shape, parameters: Parameters, first: Array) -> tuple[Array, list[Any]]:
    """Log-odds of every task (n, kinds) from the first product, and what the way back needs. `xp`: numpy or torch."""
    n, E, hidden = len(first), shape.experts, shape.hidden
    gates, straight = _parts(shape)
    closed = xp.asarray(shape.closed)
    inner = first[:, :gates].reshape(n, E, hidden).swapaxes(0, 1)
    logits = first[:, gates:straight].reshape(n, shape.gates(0), E).swapaxes(0, 1)
    tape, mixed = [], inner
    for level in range(shape.levels):
        open_gates = shape.gates(level)
        if level:
            inner = mixed[shape.owner] @ parameters[f"{level}.in.w"] + parameters[f"{level}.in.b"]
            logits = mixed[:open_gates] @ parameters[f"{level}.gate.w"]
        lively = inner.clip(0)
        said = (lively @ parameters[f"{level}.out.w"] + parameters[f"{level}.out.b"]).clip(0)
        trust = _softmax(xp, logits + closed[:open_gates, None, :])
        mixed = (trust.swapaxes(0, 1) @ said.swapaxes(0, 1)).swapaxes(0, 1)
        tape.append((lively, said, trust))
    tall = (mixed[: shape.kinds] @ parameters["tower.w"] + parameters["tower.b"]).clip(0)
    top = (tall @ parameters["task.w"])[..., 0].T
    return top + parameters["task.b"] + first[:, straight:], [*tape, tall]


def response(shape: Shape, weights: Weights, tape: list[Any], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """What Σ_k wanted_k · log-odds_k responds to in the first product: its gradient there, (n, first)."""
    back = [_task_response(shape, weights, tape[-1], wanted)]
    for level in reversed(range(shape.levels)):
        lively, said, trust = tape[level]
        to_said = (trust.transpose(1, 2, 0) @ back[-1].swapaxes(0, 1)).swapaxes(0, 1) * (said > 0)
        to_trust = (back[-1].swapaxes(0, 1) @ said.transpose(1, 2, 0)).swapaxes(0, 1)
        to_logits = trust * (to_trust - (trust * to_trust).sum(axis=-1, keepdims=True))
        to_inner = (to_said @ weights[f"{level}.out.w"].swapaxes(1, 2)) * (lively > 0)
        if level:
            below = np.zeros((shape.gates(level - 1), *back[-1].shape[1:]), dtype=np.float32)
            below[: shape.gates(level)] += to_logits @ weights[f"{level}.gate.w"].swapaxes(1, 2)
            for owner, one in zip(shape.owner, to_inner @ weights[f"{level}.in.w"].swapaxes(1, 2), strict=True):
                below[owner] += one
            back.append(below)
    parts = [_side_by_side(to_inner), _side_by_side(to_logits), wanted]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _side_by_side(stacked: Array) -> Array:
    """(k, n, m) → (n, k·m)."""
    return stacked.swapaxes(0, 1).reshape(stacked.shape[1], stacked.shape[0] * stacked.shape[2])


def _task_response(shape: Shape, weights: Weights, tall: Array, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """The gradient at what each task's gate mixed, (gates of the last level = kinds, n, out)."""
    to_tall = wanted.T[..., None] * weights["task.w"].swapaxes(1, 2) * (tall > 0)
    return np.asarray(to_tall @ weights["tower.w"].swapaxes(1, 2), dtype=np.float32)


def _parts(shape: Shape) -> tuple[int, int]:
    """Where in the first product the gates begin, and where the straight lines."""
    gates = shape.experts * shape.hidden
    return gates, gates + shape.gates(0) * shape.experts


def _softmax(xp: Any, logits: Array) -> Array:
    lifted = xp.exp(logits - xp.amax(logits, axis=-1, keepdims=True))
    return lifted / lifted.sum(axis=-1, keepdims=True)
