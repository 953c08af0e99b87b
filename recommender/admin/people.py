"""People, seen whole: what is known of them, what they would be shown; all of it exported, all of it erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from recommender.admin.person_page import in_words, number, page
from recommender.selectors.person import exported, stored
from users.admin import ProfileAdmin
from users.models import Profile

admin.site.unregister(Profile)


@admin.register(Profile)
class PersonPage(ProfileAdmin):
    """Above a profile's form the person: interests, events, their list; export and erase."""

    change_form_template = "recommender/admin/person.html"
    delete_confirmation_template = "recommender/admin/erase.html"
    delete_selected_confirmation_template = "recommender/admin/erase_selected.html"

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the panels, unless a mistake in the form below is what must be seen, or a small window is open."""
        profile = options["obj"]
        if profile is not None and request.method == "GET" and not context["is_popup"]:
            context["page"] = page(profile, with_list="list" in request.GET)
            context["export_url"] = reverse("admin:users_profile_export", args=(profile.pk,))
            context["erase_url"] = reverse("admin:users_profile_delete", args=(profile.pk,))
        return super().render_change_form(request, context, *arguments, **options)

    def get_urls(self) -> list[URLPattern]:
        """With the export."""
        view = self.admin_site.admin_view(self.export_view)
        return [path("<int:pk>/export/", view, name="users_profile_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Everything stored of the person, as a file. That it was taken stands in the history."""
        profile = self.get_object(request, str(pk))
        if profile is None:
            messages.error(request, _("There is no such person (any more)."))
            return HttpResponseRedirect(reverse("admin:users_profile_changelist"))
        self.log_change(request, profile, _("Exported."))
        answer = StreamingHttpResponse(exported(profile), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="profile-{pk}.json"'
        return answer

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, Any], set[str], list[str]]:
        """What falls with each: their events and recorded answers."""
        people = list(objs)
        falls = stored([one.pk for one in people])
        names: list[Any] = []
        for one in people:
            names += [str(one), in_words(falls[one.pk])] if len(people) > 1 else [str(one)]
        counts = {str(self.opts.verbose_name_plural): f"{len(people):,}"}
        for place, what in enumerate((_("events"), _("recorded answers"), _("saved cases"))):
            counts[what] = number(sum(fall[place] for fall in falls.values()))
        return names, counts, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Profile]) -> Any:
        """Who erased whom stands in the history by number: an erased person is named nowhere, in older entries too."""
        content_type = ContentType.objects.get_for_model(Profile)
        ids = [str(one.pk) for one in queryset]
        erased = _("an erased person")
        LogEntry.objects.filter(content_type=content_type, object_id__in=ids).update(object_repr=erased)
        entry = {
            "user_id": request.user.pk,
            "content_type": content_type,
            "action_flag": DELETION,
            "object_repr": erased,
        }
        return LogEntry.objects.bulk_create([LogEntry(object_id=one, **entry) for one in ids])
