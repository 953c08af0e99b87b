from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommender.models import Configuration, Pipeline, Placement, PlacementRule
from recommender.selectors.placements import published_placements
from recommender.services.placements import save_placement
from tests.recommender.admin.access import member
from tests.recommender.admin.forms import errors, shown
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def pin(shop: Shop) -> Configuration:
    return shop.configuration("rule", "pin", items=[shop.suit.external_id])


@pytest.fixture
def home(shop: Shop, pin: Configuration) -> Placement:
    Placement.objects.all().delete()
    placement = Placement(catalog=shop.catalog, slug="home", title="Home", pipeline=shop.pipeline)
    return save_placement(placement, [PlacementRule(configuration=pin, position=10)])


def address(name: str, placement: Placement) -> str:
    return reverse(f"admin:recommender_placement_{name}", args=(placement.pk,))


def post(client: Client, placement: Placement, **changes: Any) -> Any:
    values = shown(client, address("change", placement))
    for name, value in list(values.items()):
        if isinstance(value, dict):
            values[name] = "{}"
    answer = client.post(address("change", placement), values | changes, follow=True)
    placement.refresh_from_db()
    return answer


def test_a_placement_is_made_set_and_published(shop: Shop, pin: Configuration, admin_client: Client) -> None:
    Placement.objects.all().delete()
    made = {"catalog": shop.catalog.pk, "title": "Mail", "slug": "mail"}
    answer = admin_client.post(reverse("admin:recommender_placement_add"), made, follow=True)
    mail = Placement.objects.get(slug="mail")
    assert answer.redirect_chain[-1][0] == address("change", mail)
    assert "Not published yet" in answer.content.decode()
    rule = {"rules-0-configuration": pin.pk, "rules-0-enabled": "on"}
    answer = post(admin_client, mail, filter='{"price_maximum": 5}', overrides=["filter"], **rule)
    assert (mail.filter, mail.overrides, mail.rules.get().configuration) == ({"price_maximum": 5}, ["filter"], pin)
    assert published_placements(shop.catalog.pk) == []
    admin_client.post(address("publish", mail))
    assert [(one.placement, one.rules) for one in published_placements(shop.catalog.pk)] == [("mail", ["Pin"])]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"price_max": 5}', "price_max: is not a known field"),
        ('{"languages": "en"}', "languages: must be a list"),
        ("[1]", "Write a JSON object"),
        ("{", "Enter a valid JSON"),
    ],
)
def test_a_filter_that_no_request_could_send_is_refused(
    home: Placement, admin_client: Client, text: str, word: str
) -> None:
    answer = post(admin_client, home, filter=text)
    assert word in errors(answer).replace("&quot;", '"')
    assert home.filter == {}


def test_only_what_belongs_to_the_catalog_is_offered(home: Placement, shop: Shop, admin_client: Client) -> None:
    stranger = Shop()
    answer = post(admin_client, home, pipeline=stranger.pipeline.pk)
    assert "Select a valid choice" in errors(answer)
    page = admin_client.get(address("change", home))
    [rules] = page.context["inline_admin_formsets"]
    offered = {value for form in rules.formset.forms for value, _ in form.fields["configuration"].choices if value}
    assert offered == set(Configuration.objects.filter(catalog=shop.catalog, kind="rule").values_list("pk", flat=True))
    other = stranger.configuration("rule", "pin")
    answer = post(admin_client, home, **{"rules-1-configuration": other.pk})
    assert "Select a valid choice" in errors(answer)


def test_a_saved_placement_is_a_draft(home: Placement, admin_client: Client) -> None:
    post(admin_client, home, minimum_relevance="0.5")
    assert (home.minimum_relevance, home.version) == (0.5, 1)
    page = admin_client.get(address("change", home))
    assert page.context["draft"]["changes"] == [{"what": "minimum relevance", "before": "0.0", "after": "0.5"}]


def test_the_list_says_what_holds_now_and_what_differs(home: Placement, shop: Shop, admin_client: Client) -> None:
    late = shop.configuration("rule", "boost", "late", starts_at="2999-01-01T00:00")
    save_placement(home, [PlacementRule(configuration=late, position=20)])
    text = admin_client.get(reverse("admin:recommender_placement_changelist")).content.decode()
    assert "1 of 2" in text
    assert "differs" not in text
    home.title = "Front"
    save_placement(home, publishing=False)
    text = admin_client.get(reverse("admin:recommender_placement_changelist")).content.decode()
    assert "differs" in text


def test_the_page_says_which_windows_are_open(home: Placement, shop: Shop, admin_client: Client) -> None:
    sale = shop.configuration("rule", "boost", "sale", starts_at="2027-02-03T12:00", ends_at="2027-02-05T00:00")
    save_placement(home, [PlacementRule(configuration=sale, position=20)])
    page = admin_client.get(address("change", home), {"month": "2027-02"})
    text = page.content.decode()
    assert ("open now" in text, "closed now" in text) == (True, True)
    always, window = page.context["calendar"]["rows"]
    assert {cell["state"] for cell in always["cells"]} == {"all"}
    states = [cell["state"] for cell in window["cells"]]
    assert (len(states), states[2:4], set(states[:2] + states[4:])) == (28, ["part", "all"], {"closed"})
    assert window["cells"][2]["words"] == "12:00 to 24:00"
    assert always["told"] == ""
    assert window["told"] == "from 2027-02-03 12:00 · until 2027-02-05 00:00 · UTC"
    for nonsense in ("", "2027", "2027-13", "soon"):
        assert admin_client.get(address("change", home), {"month": nonsense}).status_code == 200


def test_weekdays_and_hours_of_a_window_are_written_out(home: Placement, shop: Shop, admin_client: Client) -> None:
    settings = {"weekdays": ["saturday", "sunday"], "from_time": "22:00", "to_time": "06:00", "time_zone": "Asia/Tokyo"}
    nights = shop.configuration("rule", "boost", "nights", **settings)
    save_placement(home, [PlacementRule(configuration=nights, position=20)])
    rows = admin_client.get(address("change", home)).context["calendar"]["rows"]
    assert rows[1]["told"] == "Sat, Sun · 22:00 to 06:00 · Asia/Tokyo"


def test_the_pages_take_as_many_queries_for_many_rules_as_for_few(
    home: Placement, shop: Shop, admin_client: Client
) -> None:
    pages = (address("change", home), reverse("admin:recommender_placement_changelist"))

    def queries() -> list[int]:
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as counted:
                admin_client.get(page)
            found.append(len(counted))
        return found

    queries()  # once, for what is cached
    before = queries()
    for number in range(5):
        rule = shop.configuration("rule", "boost", f"boost-{number}")
        save_placement(home, [PlacementRule(configuration=rule, position=number)])
        save_placement(Placement(catalog=shop.catalog, slug=f"mail-{number}", title="Mail"))
    assert queries() == before


@pytest.mark.parametrize(("role", "may"), [("analyst", False), ("editor", True)])
def test_editors_change_and_delete_placements_and_analysts_read(
    role: str, may: bool, home: Placement, shop: Shop, client: Client
) -> None:
    client.force_login(member(shop, role))
    rule = shop.configuration("rule", "boost")
    if may:
        post(client, home, title="Front", **{"rules-1-configuration": rule.pk, "rules-1-enabled": "on"})
    else:
        assert client.get(address("change", home)).status_code == 200
        client.post(address("change", home), {"title": "Front"})
    home.refresh_from_db()
    assert (home.title == "Front", home.rules.count()) == ((True, 2) if may else (False, 1))
    client.post(address("delete", home), {"post": "yes"})
    assert Placement.objects.exists() != may


def test_a_placement_is_deleted_and_its_configurations_stay(
    home: Placement, pin: Configuration, admin_client: Client
) -> None:
    admin_client.post(address("delete", home), {"post": "yes"})
    assert not Placement.objects.exists()
    assert Configuration.objects.filter(pk=pin.pk).exists()
    assert Pipeline.objects.exists()


def test_rules_that_contradict_each_other_are_reported_and_not_published(
    home: Placement, shop: Shop, admin_client: Client
) -> None:
    second = shop.configuration("rule", "pin", "second", items=[shop.item("A hat").external_id])
    answer = post(admin_client, home, **{"rules-1-configuration": second.pk, "rules-1-enabled": "on"})
    assert answer.redirect_chain
    reason = "“Pin” and “Second” both pin place 1"
    assert reason in admin_client.get(address("change", home)).content.decode()
    answer = admin_client.post(address("publish", home), follow=True)
    assert reason in str(next(iter(answer.context["messages"])))
    home.refresh_from_db()
    assert home.version == 1


def test_rules_of_the_pipeline_count_too(home: Placement, pin: Configuration, shop: Shop, admin_client: Client) -> None:
    blocks = shop.configuration("rule", "block", items=[shop.suit.external_id])
    shop.stage(blocks)
    home.title = "Front"
    save_placement(home, publishing=False)
    assert "which “Block” blocks" in admin_client.get(address("change", home)).content.decode()


def test_what_cannot_run_is_named(home: Placement, pin: Configuration, admin_client: Client) -> None:
    pin.settings = {"position": 0}
    pin.save()
    assert "“Pin” cannot run" in admin_client.get(address("change", home)).content.decode()
