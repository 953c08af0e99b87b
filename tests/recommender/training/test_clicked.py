"""Recorded answers that were clicked become questions: what was shown teaches, and nothing later is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recommender.models import Recommendation
from recommender.plugins.training import Training
from recommender.selectors.state import state
from recommender.serving.assembly import specifications
from recommender.training import asking
from recommender.training import clicked as module
from recommender.training.clicked import clicked_cut
from recommender.training.cold_starts import CLICKED
from recommender.training.contest import Contender, Contest
from recommender.training.snapshots import Snapshot, read_snapshot
from tests.learning import make_learning_world
from tests.worlds import TOPICS, World
from users.rows import EventRow
from users.services import save_events

pytestmark = pytest.mark.django_db
SHOWN = 10


def click(world: World, people: Sequence[int]) -> None:
    """People ask and like what they see, rather what stands at the top."""
    draw = np.random.default_rng(0)
    words = list(TOPICS.values())
    for number in people:
        person = f"person-{number}"
        answer = world.recommend(profile_id=person, text=words[number % len(words)], limit=SHOWN)
        rows = [
            EventRow(profile_id=person, item_id=item.item_id, kind="like", recommendation_id=answer.recommendation_id)
            for place, item in enumerate(answer.items)
            if draw.random() < 0.9 - 0.06 * place
        ]
        if rows:
            save_events(world.catalog.pk, rows)


def snapshot(world: World) -> Snapshot:
    now = state(world.catalog.pk)
    return read_snapshot(world.catalog, now, [("hashing", now.spaces[0].configuration_id)])


@pytest.fixture
def world() -> World:
    return make_learning_world()


def test_few_clicks_teach_nothing(world: World) -> None:
    click(world, range(5))
    assert clicked_cut(snapshot(world), 0) is None


def test_clicks_become_questions_that_know_nothing_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    click(world, range(80))
    whole = snapshot(world)
    cut = clicked_cut(whole, 0)
    assert cut is not None
    assert 50 <= len(cut.questions) <= 80
    by_person = {}
    for question in cut.questions:
        assert question.segment == CLICKED
        assert question.shown is not None
        assert question.examined is not None
        assert len(question.shown) == len(question.examined) <= SHOWN
        assert set(question.relevant.tolist()) <= set(question.shown.tolist())
        assert not set(question.relevant.tolist()) & set(question.history.tolist())
        by_person[question.person] = question
        own = cut.data.history(question.person)
        assert not set(own.tolist()) & set(question.relevant.tolist())
        assert own[::-1][: len(question.history)].tolist() == question.history.tolist()
    others = [person for person in range(whole.data.people) if person not in by_person]
    assert [len(cut.data.history(one)) for one in others] == [len(whole.data.history(one)) for one in others]
    monkeypatch.setattr(module, "MOST_QUESTIONS", 60)
    newest = clicked_cut(whole, 0)
    assert newest is not None
    assert len(newest.questions) == 60


def test_only_what_was_shown_teaches_and_a_click_weighs_its_inverse_propensity(world: World) -> None:
    click(world, range(80))
    contest = Contest(snapshot(world), Training(), gate_questions=20, inner_questions=20, whole_questions=20)
    (cut,) = contest.clicked
    contender = Contender("default", specifications(state(world.catalog.pk).pipeline_id))
    fitted = contest.fit(contender, cut.data, 500)
    made = asking.examples(contest.world(fitted, cut), fitted.plan, cut.questions, cut.data.kind_names)
    assert made.segment_names[made.segments[0]] == CLICKED
    for place, question in enumerate(cut.questions):
        rows = made.item_rows[made.starts[place] : made.starts[place + 1]]
        assert question.shown is not None
        assert sorted(rows.tolist()) == sorted(question.shown.tolist())
    right = made.positive > 0
    assert made.weights[right].max() > 1.2
    assert set(made.weights[~right].tolist()) == {1.0}


def test_an_answer_that_nobody_clicked_is_no_question(world: World) -> None:
    click(world, range(80))
    before = clicked_cut(snapshot(world), 0)
    for number in range(80, 100):
        world.recommend(profile_id=f"person-{number}", limit=SHOWN)
    after = clicked_cut(snapshot(world), 0)
    assert before is not None
    assert after is not None
    assert len(before.questions) == len(after.questions)
    assert Recommendation.objects.filter(catalog_id=world.catalog.pk).count() == 100
