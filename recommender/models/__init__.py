from recommender.models.case import SavedCase
from recommender.models.configuration import Configuration
from recommender.models.daily import DailyCoverage, DailyFigures
from recommender.models.experiment import Arm, Experiment
from recommender.models.learned import Counter, Neighbours, Statistics
from recommender.models.pipeline import Pipeline, Stage
from recommender.models.placement import Override, Placement, PlacementRule
from recommender.models.recommendation import Recommendation
from recommender.models.revision import Revision
from recommender.models.scorecard import Scorecard
from recommender.models.training import LearnedNeighbours, ModelVersion, TrainingRun
from recommender.models.vectors import ItemVector, Space

__all__ = [
    "Arm",
    "Configuration",
    "Counter",
    "DailyCoverage",
    "DailyFigures",
    "Experiment",
    "ItemVector",
    "LearnedNeighbours",
    "ModelVersion",
    "Neighbours",
    "Override",
    "Pipeline",
    "Placement",
    "PlacementRule",
    "Recommendation",
    "Revision",
    "SavedCase",
    "Scorecard",
    "Space",
    "Stage",
    "Statistics",
    "TrainingRun",
]
