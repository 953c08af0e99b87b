"""What the API tells of experiments, and what it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from recommender.schemas import Request

ArmVerdict = Literal["", "better", "harms", "undecided"]
MeasureVerdict = Literal["", "better", "worse", "undecided", "within", "broken"]


class PromoteRequest(Request):
    """Which arm's pipeline the placement shall have from now on."""

    arm: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class ArmInfo(BaseModel):
    """An arm as it is set up."""

    arm: str
    pipeline: str
    share: float = Field(description="Of all people, between 0 and 1.")


class ExperimentInfo(BaseModel):
    """An experiment as it is set up."""

    experiment: str
    title: str
    placement: str
    status: str = Field(description="draft, running or stopped.")
    started_at: datetime | None
    stopped_at: datetime | None
    outcome: str = Field(description="What was decided when it ended, in plain words.")
    arms: list[ArmInfo] = Field(description="The others are compared with the first one.")


class Experiments(BaseModel):
    """All experiments of a catalog, the newest first."""

    experiments: list[ExperimentInfo]


class Range(BaseModel):
    """An interval that holds whenever one looks; a bound that is missing is not known yet."""

    low: float | None
    high: float | None


class MeasureResult(BaseModel):
    """One measure of an arm: the mean over people, and how it differs from the first arm's."""

    measure: str
    mean: float
    difference: Range | None = Field(None, description="This arm minus the first one.")
    relative: Range | None = Field(None, description="The same as a share of the first one: 0.12 is 12 % more.")
    bound: float | None = Field(None, description="Of a guardrail: by how much the mean may be higher.")
    verdict: MeasureVerdict = ""


class ArmResult(ArmInfo):
    """What came of an arm so far."""

    people: int
    answers: int
    verdict: ArmVerdict = Field(description="Empty for the first arm.")
    words: str = Field(description="The verdict in plain words.")
    measures: list[MeasureResult]


class ExperimentResults(ExperimentInfo):
    """An experiment with what came of it so far."""

    arms: list[ArmResult]  # type: ignore[assignment]  # pydantic's fields may be narrowed; mypy wants an invariant list
    counted_at: datetime | None
    warnings: list[str] = Field(description="What makes the figures doubtful.")
