"""Profiles and events, as the import wizard imports them. The settings name these: `catalog` knows nothing of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.wizard.kinds import Field, ImportKind, nothing_refused
from users.importers.events import save_event_rows
from users.importers.profiles import save_profile_rows
from users.rows import EventRow, ProfileRow
from users.services import refused_events

PEOPLE = "user_id userid user customer_id customer visitor_id member_id 用户编号 用户id 会员编号"

PROFILES = ImportKind(
    row=ProfileRow,
    label=_("Profiles"),
    fields={
        "profile_id": Field(_("Id"), f"id external_id {PEOPLE}"),
        "interests": Field(_("Interests, in their own words"), "interest text about bio description likes 兴趣 爱好"),
        "attributes": Field(_("Attributes"), "properties"),
        "language": Field(_("Language"), "lang locale 语言"),
        "learn": Field(_("May be learned from"), "consent_learn consent"),
        "personalise": Field(_("May be shown personal lists"), "personalize consent_personalise"),
        "is_test": Field(_("Is a test"), "test internal"),
        "muted_categories": Field(_("Muted categories"), "muted blocked_categories"),
    },
    required=(("profile_id",),),
    fixed=("language",),
    save=save_profile_rows,
    check=nothing_refused,
    page="users_profile",
    unique="profile_id",
    attribute_names="city country region segment plan 城市 国家 地区",
)

EVENTS = ImportKind(
    row=EventRow,
    label=_("Events"),
    fields={
        "profile_id": Field(_("Id of the profile"), f"profile {PEOPLE}"),
        "session_id": Field(_("Id of the session"), "session sessionid visit_id"),
        "item_id": Field(_("Id of the item"), "item sku product_id article_id movieid 商品编号 商品id"),
        "kind": Field(_("Kind of event"), "event event_type event_name type action behavior 行为 类型"),
        "value": Field(_("Value"), "rating stars score amount quantity 评分 数量"),
        "occurred_at": Field(_("When it happened"), "time timestamp date datetime created_at event_time 时间 日期"),
        "recommendation_id": Field(_("Id of the answer that showed it")),
        "position": Field(_("Position in that answer"), "rank"),
        "idempotency_key": Field(_("Key of its own"), "event_id eventid key"),
    },
    required=(("profile_id", "session_id"), ("item_id",), ("kind",)),
    fixed=("kind",),
    save=save_event_rows,
    check=refused_events,
    page="users_event",
    steps=2,
)
