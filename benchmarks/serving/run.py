"""The run itself: who asks, encode their sentences, warm up, measure in turn, compare with exact search."""

from typing import Any

from benchmarks.serving import measuring, report
from benchmarks.serving.loading import SLUG
from benchmarks.serving.settings import Parameters, say
from benchmarks.serving.synthetic import World, sentence
from catalog.models import Catalog
from recommender.models import Space
from recommender.plugins.types import Floats
from recommender.retrievers.vector import VectorRetriever, VectorSettings
from recommender.schemas import RecommendRequest
from recommender.selectors.state import space_info
from recommender.services.answers import make_answer
from recommender.services.encoding import sentence_vectors

COMPARED = 100


def measure(parameters: Parameters, rounds: int, warm_up: int) -> dict[str, Any]:
    """All figures. Each person asks twice: the first time only the sentence's vector is known to this process, the
    second time its anchors (the known items that it names) are too, as for every request after a person's first.
    """
    catalog = Catalog.objects.get(slug=SLUG)
    live = Space.objects.get(catalog=catalog, status=Space.Status.LIVE)
    space = space_info(live, "hashing")
    requests = _requests(parameters)
    sentence_vectors(live, [request.text for request in requests])
    others, asked = requests[:COMPARED], requests[COMPARED:]
    say(f"Comparing {COMPARED} searches of each kind with exact search …")
    recalls = _recalls(catalog.pk, others)
    vectors = [_vector(catalog.pk, request) for request in others]
    measuring.rounds(catalog.pk, space, asked[:warm_up], vectors)
    timed = asked[warm_up:][:rounds]
    say(f"Measuring {len(timed)} rounds, then the same once more …")
    first = measuring.rounds(catalog.pk, space, timed, vectors)
    again = measuring.rounds(catalog.pk, space, timed, vectors)
    stages = measuring.stages(catalog.pk, len(timed))
    return report.figures(parameters, first, again, recalls, stages)


def _requests(parameters: Parameters) -> list[RecommendRequest]:
    """Each asking person with a sentence of their own."""
    tastes = World(parameters).tastes()
    return [RecommendRequest(profile_id=f"p{n}", text=sentence(n, taste)) for n, taste in enumerate(tastes)]


def _recalls(catalog_id: int, requests: list[RecommendRequest]) -> dict[str, float]:
    sentences = [RecommendRequest(text=request.text) for request in requests]
    people = [RecommendRequest(profile_id=request.profile_id) for request in requests]
    return {
        "sentences": measuring.recall(catalog_id, sentences),
        "behaviour": measuring.recall(catalog_id, people),
        "both": measuring.recall(catalog_id, requests),
    }


def _vector(catalog_id: int, request: RecommendRequest) -> Floats:
    """What retrieval searches with for this person."""
    profile = make_answer(catalog_id, request).profile
    person = profile.space()
    vector = None if person is None else VectorRetriever(VectorSettings()).aim(person, profile.sentence_share)
    assert vector is not None, "an asking person has a sentence and a history"
    return vector
