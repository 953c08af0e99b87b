"""What pages of pipelines and placements share: saving keeps a draft, publishing lets it answer, history restores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from catalog.admin_pages import Page
from recommender.admin.case_changes import changes_address
from recommender.admin.revisions import changes_told, history
from recommender.exceptions import NotPublishableError, RevisionStaleError
from recommender.models import Placement, Revision
from recommender.selectors.revisions import Subject, published, unpublished_changes
from recommender.services.publishing import discard_draft, publish_draft, reasons_against, restore_draft
from users.models import User


class DraftPage(Page):
    """A page whose rows are drafts. Its three buttons are forms that are posted."""

    change_form_template = "recommender/admin/draft.html"
    object_history_template = "recommender/admin/revisions.html"

    def get_urls(self) -> list[URLPattern]:
        """With the three that change what answers or what the draft is."""
        views: dict[str, Callable[..., HttpResponse]] = {
            "publish": self.publish_view,
            "discard": self.discard_view,
            "restore": self.restore_view,
        }
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"{self._name}_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the draft answer, unless something speaks against it."""
        subject, refusal = self._draft(request, pk)
        if subject is None:
            return refusal
        self.publish(request, subject)
        return self._back(request, subject)

    def publish(self, request: HttpRequest, subject: Subject) -> bool:
        """Publish and say what came of it."""
        try:
            revision = publish_draft(subject, author(request))
        except NotPublishableError as error:
            messages.error(request, _("Nothing was published:") + " " + " ".join(error.reasons))
            return False
        self.log_change(request, subject, f"Published as version {revision.version}.")
        text = _("Version %(version)s of “%(name)s” answers, from the next request on.")
        messages.success(request, text % {"version": revision.version, "name": subject})
        return True

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the draft what answers."""
        subject, refusal = self._draft(request, pk)
        if subject is None:
            return refusal
        try:
            discard_draft(subject, author(request))
        except RevisionStaleError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The draft is again what answers. What it was stays in the history."))
        return self._back(request, subject)

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the draft what it was after an earlier change; where asked for, publish it."""
        subject, refusal = self._draft(request, pk)
        if subject is None:
            return refusal
        number = request.POST.get("number", "")
        revision = subject.revisions.filter(number=int(number)).first() if number.isdecimal() else None
        if revision is None:
            messages.error(request, _("There is no such change: choose one in the history."))
            return HttpResponseRedirect(self._address("history", subject))
        if self._restored(request, revision) and "publish" in request.POST:
            subject.refresh_from_db()
            self.publish(request, subject)
        return self._back(request, subject)

    def _restored(self, request: HttpRequest, revision: Revision) -> bool:
        try:
            restore_draft(revision, author(request))
        except RevisionStaleError as error:
            messages.error(request, str(error))
            return False
        text = _("The draft is what it was after change %(number)s.")
        messages.success(request, text % {"number": revision.number})
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Every change: who, when, what."""
        subject = self.get_object(request, object_id)
        told = {
            "history": history(request, subject) if subject else None,
            "may_restore": subject is not None and self.may(request, "change", subject),
            "restore_url": subject and self._address("restore", subject),
        }
        return super().history_view(request, object_id, {**told, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """Above the form: how the draft differs from what answers."""
        if options.get("obj") is not None and options.get("change"):
            context |= {"draft": self.draft(request, options["obj"])}
        return super().render_change_form(request, context, *arguments, **options)

    def draft(self, request: HttpRequest, subject: Subject) -> dict[str, Any]:
        """What `draft_notice.html` shows."""
        changes = unpublished_changes(subject)
        is_new = isinstance(subject, Placement) and not subject.version
        pending = bool(changes) or is_new
        return {
            "changes": changes_told(changes),
            "is_new": is_new,
            "reasons": reasons_against(subject) if pending else (),
            "version": subject.version,
            "published": published(subject),
            "may": self.may(request, "change", subject),
            "publish_url": self._address("publish", subject),
            "discard_url": self._address("discard", subject),
            "restore_url": self._address("restore", subject),
            "history_url": self._address("history", subject),
            "cases_url": changes_address(subject),
        }

    def _draft(self, request: HttpRequest, pk: int) -> tuple[Any, HttpResponse]:
        """The row, where whoever asks may change it; else the answer that says why not."""
        if request.method != "POST":
            return None, HttpResponseNotAllowed(["POST"])
        subject = self.get_object(request, str(pk))
        if subject is None:
            messages.error(request, _("It is gone: somebody deleted it."))
            return None, HttpResponseRedirect(reverse(f"admin:{self._name}_changelist"))
        if not self.may(request, "change", subject):
            raise PermissionDenied
        return subject, HttpResponse()

    def _back(self, request: HttpRequest, subject: Subject) -> HttpResponse:
        """To the page on which the button was, else to the row's own."""
        asked = request.POST.get("next", "")
        own = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
        return HttpResponseRedirect(asked if own else self._address("change", subject))

    def _address(self, name: str, subject: Subject) -> str:
        return reverse(f"admin:{self._name}_{name}", args=(subject.pk,))

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"


def author(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User), "the admin lets nobody else in"
    return request.user
