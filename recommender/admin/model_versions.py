"""Model versions: read the verdict, make one live, roll back with one click."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin_decorators import display
from catalog.admin_pages import ReadOnlyPage
from recommender.admin.model_version_page import page
from recommender.admin.training_runs import duration
from recommender.models import ModelVersion
from recommender.models.training import ModelVersion as ModelVersionModel
from recommender.training import promotion, verdicts
from users.models import User

Status = ModelVersionModel.Status
COLOURS: dict[str, str] = {Status.LIVE: "success", Status.CANDIDATE: "warning", Status.RETIRED: "info"}


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyPage):
    """What trainings learned. The gate decides; a person may decide otherwise, with a reason."""

    change_form_template = "recommender/admin/model_version.html"
    list_display = ("named", "state", "gate", "ndcg", "data", "seconds", "created_at", "decided")
    list_filter = ("catalog", "status", "pipeline")
    list_select_related = ("catalog", "pipeline", "decided_by")
    search_fields = ("pipeline__title", "pipeline__slug", "data_hash")
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = ()

    @display(description=_("Version"), header=True)
    def named(self, version: ModelVersion) -> tuple[str, str]:
        """Pipeline and number, with the catalog."""
        return str(version), str(version.catalog)

    @display(description=_("Status"), label=COLOURS)
    def state(self, version: ModelVersion) -> tuple[str, str]:
        """The status in its colour."""
        return version.status, gettext(version.status)

    @display(description=_("The gate"), label={"better": "success", "not better": "danger"}, empty_value="—")
    def gate(self, version: ModelVersion) -> tuple[str, str] | None:
        """Its word."""
        if (passed := verdicts.passed(version)) is None:
            return None
        return ("better", gettext("better")) if passed else ("not better", gettext("not better"))

    @display(description=_("NDCG@20"), empty_value="—")
    def ndcg(self, version: ModelVersion) -> str | None:
        """Against what was live."""
        total = version.verdict.get("total")
        told = {"ours": f"{total['ours']:.4f}", "theirs": f"{total['theirs']:.4f}"} if total else None
        return gettext("%(ours)s against %(theirs)s") % told if told else None

    @display(description=_("Data"))
    def data(self, version: ModelVersion) -> str:
        """The start of the hash."""
        return version.data_hash[:10]

    @display(description=_("Took"))
    def seconds(self, version: ModelVersion) -> str:
        """The training."""
        return duration(version.train_seconds)

    @display(description=_("Decided by"), empty_value="—")
    def decided(self, version: ModelVersion) -> str | None:
        """A person; the gate's decisions have none."""
        return str(version.decided_by) if version.decided_by else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        """In a list without what is long."""
        queryset: QuerySet[ModelVersion] = super().get_queryset(request)
        return queryset.defer("metrics", "settings", "tables", "checksums")

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those whose role may change model versions, in the catalog of the version."""
        return self.may(request, "change", obj)

    def get_urls(self) -> list[URLPattern]:
        """With the two that decide."""
        views = (("promote", self.promote_view), ("roll-back", self.roll_back_view))
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"recommender_modelversion_{name}")
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def promote_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the version live. Against the gate's word only with a reason."""
        version, refusal = self._decidable(request, pk)
        if version is None:
            return refusal
        reason = request.POST.get("reason", "").strip()
        if not verdicts.passed(version) and not reason:
            said = gettext("The gate did not say that it is better: write down why it should go live.")
            messages.error(request, said)
        elif version.status == Status.LIVE:
            messages.info(request, gettext("%(version)s is live already.") % {"version": version})
        else:
            self._promote(request, version, reason)
        return HttpResponseRedirect(_address(pk))

    def _promote(self, request: HttpRequest, version: ModelVersion, reason: str) -> None:
        try:
            promotion.promote(version, by=_who(request), reason=reason)
        except ValueError as error:
            messages.error(request, str(error))
            return
        self.log_change(request, version, f"Made live. {reason}".strip())
        said = gettext("%(version)s is live: the next answer comes from it.")
        messages.success(request, said % {"version": version})

    def roll_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo the promotion of this version, if it is the live one."""
        version, refusal = self._decidable(request, pk)
        if version is None:
            return refusal
        if version.status != Status.LIVE:
            said = gettext("%(version)s is not live (any more): open the live version to roll it back.")
            messages.error(request, said % {"version": version})
            return HttpResponseRedirect(_address(pk))
        earlier = promotion.roll_back(version.pipeline, by=_who(request))
        self.log_change(request, version, "Rolled back.")
        messages.success(request, _rolled_back(version, earlier))
        return HttpResponseRedirect(_address(earlier.pk if earlier else pk))

    def _decidable(self, request: HttpRequest, pk: int) -> tuple[ModelVersion | None, HttpResponse]:
        """The version, where whoever asks may decide on it; else the answer that says why not."""
        if request.method != "POST":
            return None, HttpResponseNotAllowed(["POST"])
        related = ModelVersion.objects.select_related("catalog", "pipeline", "took_over_from")
        version = self.reach(request, "view").narrow(related, self.catalog_path).filter(pk=pk).first()
        if version is None:
            return None, self._gone(request, pk)
        if not self.has_decide_permission(request, version):
            raise PermissionDenied
        return version, HttpResponse()

    def _gone(self, request: HttpRequest, pk: int) -> HttpResponse:
        said = gettext("There is no model version %(number)s any more: only the newest few are kept.")
        messages.error(request, said % {"number": pk})
        return HttpResponseRedirect(reverse("admin:recommender_modelversion_changelist"))

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the verdict and what can be decided."""
        version = options["obj"]
        may = self.has_decide_permission(request, version)
        context |= {
            "version": version,
            "page": page(version),
            "may_promote": may and version.status != Status.LIVE and bool(version.checksums),
            "may_roll_back": may and version.status == Status.LIVE,
            "needs_reason": not verdicts.passed(version),
            "promote_url": reverse("admin:recommender_modelversion_promote", args=(version.pk,)),
            "roll_back_url": reverse("admin:recommender_modelversion_roll-back", args=(version.pk,)),
        }
        return super().render_change_form(request, context, *arguments, **options)


def _rolled_back(version: ModelVersion, earlier: ModelVersion | None) -> str:
    """What answers now."""
    if earlier:
        said = gettext("%(version)s was rolled back: %(now)s is live from the next answer on.")
    elif version.took_over_from:
        said = gettext("%(version)s was rolled back: “%(now)s” is what answers from the next answer on.")
    else:
        said = gettext("%(version)s was rolled back: no version is what answers from the next answer on.")
    return said % {"version": version, "now": earlier or version.took_over_from}


def _who(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "the admin lets nobody else in"
    return request.user


def _address(pk: int) -> str:
    return reverse("admin:recommender_modelversion_change", args=(pk,))
