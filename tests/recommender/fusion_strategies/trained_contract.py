"""What holds of every fusion that learns: the contract after a training, chance by seed, keeping, too little data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
import pytest

from recommender.fusion_strategies import listwise
from recommender.plugins.artefacts import FACTS
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.testing.training import examples
from recommender.plugins.testing.values import scored, town
from recommender.plugins.training import FusionExamples, TooLittleDataError, Training, TrainingCancelledError
from tests.recommender.fusion_strategies.planted import fused

COLUMNS = ("popularity.pop", "similarity.cosw", "similarity.cosmax", "lexical-match.tfidf", "co-events.knn")
QUESTIONS: FusionExamples = replace(examples(questions=260, rows=20, columns=len(COLUMNS)), columns=COLUMNS)
"""Questions with the columns of the built-in rankers, so that the contract's town can be fused."""
_trained: dict[tuple[type, int], Any] = {}


class TrainedFusionContract(FusionStrategyContract):
    """Inherit it beside the contract of the untrained plugin."""

    method: ClassVar[str]
    silence_has_a_share: ClassVar[bool] = False
    """Trees compare with what is usual, so that saying nothing may speak against an item."""

    @classmethod
    def fitted(cls, seed: int = 0, questions: FusionExamples = QUESTIONS) -> Any:
        """The plugin after a short training."""
        plugin = cls.made()
        with patch.multiple(listwise, EPOCHS=2, STEPS=1):
            plugin.fit(questions, Training(seed))
        return plugin

    @classmethod
    def loaded(cls) -> Any:
        """Trained once per class."""
        key = (cls, 0)
        if key not in _trained:
            _trained[key] = cls.fitted()
        return _trained[key]

    def test_the_method_is_stated(self) -> None:
        assert fused(self.loaded(), QUESTIONS).method == self.method
        assert "untrained" in fused(self.made(), QUESTIONS).method

    def test_before_training_all_columns_count_alike(self) -> None:
        slate = fused(self.made(), QUESTIONS)
        np.testing.assert_allclose(slate.scores, sum(slate.standardised.values()), atol=1e-4)

    def test_the_same_seed_gives_the_same_ranking_and_another_one_does_not(self) -> None:
        first, again, other = self.loaded(), self.fitted(), self.fitted(seed=1)
        scores = [fused(plugin, QUESTIONS, 3).scores for plugin in (first, again, other)]
        np.testing.assert_array_equal(scores[0], scores[1])
        assert not np.array_equal(scores[0], scores[2])

    def test_what_was_saved_ranks_the_same_in_another_process(self, tmp_path: Path) -> None:
        self.loaded().save(tmp_path)
        assert not [file for file in tmp_path.iterdir() if file.suffix not in {".json", ".safetensors", ".txt"}]
        again = self.made()
        again.load_from(tmp_path)
        for question in (0, 7):
            before, after = fused(self.loaded(), QUESTIONS, question), fused(again, QUESTIONS, question)
            np.testing.assert_array_equal(before.item_ids, after.item_ids)
            np.testing.assert_array_equal(before.scores, after.scores)

    def test_a_column_that_is_missing_counts_as_one_that_cannot_say(self) -> None:
        candidates, anna = town()
        whole = scored(anna, candidates)
        gone = {name: values for name, values in whole.columns.items() if name != COLUMNS[1]}
        silent = {**whole.columns, COLUMNS[1]: np.full(len(whole.features), np.nan, dtype=np.float32)}
        without, nothing = (self.loaded().fuse(anna, replace(whole, columns=columns)) for columns in (gone, silent))
        np.testing.assert_array_equal(without.scores, nothing.scores)
        assert without.contributions[COLUMNS[1]].any() == self.silence_has_a_share

    def test_files_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        self.loaded().save(tmp_path)
        facts = (tmp_path / FACTS).read_text(encoding="utf-8")
        (tmp_path / FACTS).write_text(facts.replace(f'"{COLUMNS[0]}",', ""), encoding="utf-8")
        with pytest.raises(PluginUnavailableError):
            self.made().load_from(tmp_path)
        with pytest.raises(PluginUnavailableError):
            self.made().load_from(tmp_path / "nothing-here")

    def test_untrained_there_is_nothing_to_save(self, tmp_path: Path) -> None:
        with pytest.raises(PluginUnavailableError, match="not been trained"):
            self.made().save(tmp_path)

    def test_too_little_data_says_how_much_is_needed(self) -> None:
        with pytest.raises(TooLittleDataError, match="at least 240"):
            self.made().fit(examples(questions=100), Training())
        wrong = replace(QUESTIONS, labels=np.zeros_like(QUESTIONS.labels))
        with pytest.raises(TooLittleDataError, match="0 of 260"):
            self.made().fit(wrong, Training())

    def test_a_training_can_be_stopped(self) -> None:
        def stop(step: str, done: int, total: int) -> None:
            raise TrainingCancelledError

        plugin = self.made()
        with pytest.raises(TrainingCancelledError):
            plugin.fit(QUESTIONS, Training(tell=stop))
        assert "untrained" in fused(plugin, QUESTIONS).method
