"""Proofs fail where what they promise does not hold; that they hold in the demo is shown in test_check.py."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from recplatform.demo import proofs
from recplatform.demo.client import Client
from recplatform.demo.exceptions import ProofFailedError
from recplatform.demo.proofs import Clients
from tests.worlds import World, make_world
from users.keys import create_key
from users.models import Profile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    """A shop that another thread, the server, can see; it has no suit of the demo's, and no worker."""
    return make_world()


@pytest.fixture
def clients(live_server: LiveServer, world: World) -> Clients:
    only = Client(live_server.url, create_key(world.catalog)[1])
    return Clients(only, only)


def test_another_item_in_front_is_named(clients: Clients) -> None:
    with pytest.raises(ProofFailedError, match="first, not 一件高端商务装"):
        proofs.chinese_sentence(clients)
    with pytest.raises(ProofFailedError, match="puts 一件高端商务装 at place 11"):
        proofs.english_sentence(clients)


def test_a_film_that_is_not_there_leads_nowhere(clients: Clients) -> None:
    with pytest.raises(ProofFailedError, match="without its sequels"):
        proofs.film_leads_to_its_sequels(clients)


def test_without_a_worker_a_new_item_is_not_found_by_meaning(
    clients: Clients, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "FOUND_WITHIN_SECONDS", 1.0)
    with pytest.raises(ProofFailedError, match="is the worker up"):
        proofs.new_item_is_found(clients)
    assert not world.catalog.items.filter(external_id__startswith="demo-check").exists()


def test_the_made_profile_is_erased_when_the_proof_fails(clients: Clients) -> None:
    with pytest.raises(ProofFailedError):
        proofs.like_moves_the_list(clients)
    assert not Profile.objects.filter(external_id__startswith="demo-check").exists()


def test_a_refused_request_is_a_failed_proof(clients: Clients, live_server: LiveServer) -> None:
    stranger = Client(live_server.url, "rp_unknown_0123456789abcdef0")
    with pytest.raises(ProofFailedError, match=r"recommendations/ answered 401"):
        proofs.chinese_sentence(Clients(stranger, stranger))


def test_explanations_that_do_not_add_up_are_named(clients: Clients) -> None:
    with pytest.raises(ProofFailedError, match=r"the shares of .* make"):
        proofs.explanations_add_up(Clients(_Liar(clients.shop.address, clients.shop.key), clients.films))


class _Liar(Client):
    """The real answers with every score a little higher."""

    def recommend(self, **wanted: object) -> dict[str, object]:
        answer = super().recommend(**wanted)
        for item in answer["items"]:
            item["score"] += 0.01 * max(1.0, abs(item["score"]))
        return answer
