"""Configurations: choose a plugin, set it, test it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from catalog.admin_decorators import action, display
from catalog.admin_pages import Page
from recommender.admin.configuration_forms import NewConfigurationForm, form_for, setting_groups
from recommender.admin.drafts import author
from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.plugins.contracts import AnyPlugin
from recommender.plugins.exceptions import PluginNotFoundError
from recommender.plugins.registry import plugin_class
from recommender.selectors.drafts import waiting
from recommender.selectors.revisions import Subject
from recommender.services.pipelines import save_configuration
from recommender.services.trial import try_configuration

KIND_COLOURS = {
    PluginKind.ENCODER.label: "info",
    PluginKind.RETRIEVER.label: "success",
    PluginKind.RANKER.label: "warning",
    PluginKind.FUSION_STRATEGY.label: "primary",
    PluginKind.RULE.label: "danger",
}


@admin.register(Configuration)
class ConfigurationAdmin(Page):
    """A plugin with its settings, made in two steps: which plugin, then its own fields."""

    list_display = ("named", "kind_label", "plugin", "catalog", "used_in", "updated_at")
    list_filter = ("catalog", "kind")
    list_select_related = ("catalog",)
    search_fields = ("title", "slug", "plugin")
    ordering = ("catalog", "kind", "slug")
    actions_detail = ("try_out",)
    readonly_fields = ("plugin_named", "uses_named", "waiting_named", "settings")
    fixed_once_added = ("catalog", "slug")
    add_fieldsets = (
        (
            _("Step 1 of 2: choose a plugin"),
            {
                "fields": ("catalog", "title", "chosen", "slug"),
                "description": _("The plugin's own settings come in the second step."),
            },
        ),
    )

    @display(description=_("Configuration"), header=True, ordering="title")
    def named(self, configuration: Configuration) -> tuple[str, str]:
        """Title and slug."""
        return str(configuration), configuration.slug

    @display(description=_("Kind"), ordering="kind", label=KIND_COLOURS)
    def kind_label(self, configuration: Configuration) -> tuple[str, str]:
        """The kind in its colour."""
        return kind_label(configuration.kind)

    @display(description=_("Used in"), ordering="use_count")
    def used_in(self, configuration: Configuration) -> str:
        """In how many pipelines and placements it stands."""
        return str(getattr(configuration, "use_count", 0) or "—")

    @display(description=_("Plugin"))
    def plugin_named(self, configuration: Configuration) -> str:
        """Kind, name and what it does."""
        kind = PluginKind(configuration.kind).label
        plugin = _plugin(configuration)
        missing = gettext("It is not installed: install its package, or delete the configuration.")
        summary = gettext(plugin.summary) if plugin else missing
        return f"{gettext(kind)} “{configuration.plugin}”. {summary}"

    @display(description=_("Used in"))
    def uses_named(self, configuration: Configuration) -> str | SafeString:
        """Links to the pipelines and placements it is in."""
        uses: list[Subject] = [*configuration.pipelines.all(), *configuration.placements.all()]
        return _links(uses) or gettext("Nowhere yet: add it to a pipeline as a stage, or a rule to a placement.")

    @display(description=_("Unpublished changes"))
    def waiting_named(self, configuration: Configuration) -> str | SafeString:
        """Links to where a draft waits to be published."""
        links = _links(waiting(configuration))
        if not links:
            return gettext("None. What you save here acts when the pipelines and placements are published.")
        return format_html("{} {}", links, _("do not answer as their drafts stand: open and publish them."))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Configuration]:
        """With the number of pipelines and placements."""
        queryset: QuerySet[Configuration] = super().get_queryset(request)
        stages, rules = Count("stages", distinct=True), Count("placement_rules", distinct=True)
        return queryset.annotate(use_count=stages + rules)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> type[ModelForm[Configuration]]:
        """Step one without a configuration, step two with one."""
        plugin = _plugin(obj) if obj else None
        if obj is None:
            options["form"] = NewConfigurationForm
        elif plugin is not None:
            options["form"] = form_for(obj, plugin)
        form: type[ModelForm[Configuration]] = super().get_form(request, obj, change=change, **options)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Title and place, then the plugin's settings."""
        if obj is None:
            return self.add_fieldsets
        place = (None, {"fields": ("title", "plugin_named", "catalog", "slug", "uses_named", "waiting_named")})
        plugin = _plugin(obj)
        if plugin is None:
            return place, (_("Settings"), {"fields": ("settings",)})
        groups = setting_groups(plugin.Settings)
        if not groups:
            said = gettext("“%(plugin)s” has nothing to set.") % {"plugin": gettext(plugin.title)}
            return (place, (_("Settings"), {"fields": (), "description": said}))
        return place, *((title, {"fields": names}) for title, names in groups)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """Step one has one way on."""
        if options.get("add"):
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *arguments, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Saved by the service: the pipelines and placements it is in keep the change as a draft."""
        save_configuration(obj, author(request), publishing=False)
        if change and (links := _links(waiting(obj))):
            messages.warning(request, format_html("{} {}", _("Waits to be published in:"), links))

    def response_add(
        self, request: HttpRequest, obj: Configuration, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to step two."""
        said = gettext("“%(configuration)s” is made. Step 2 of 2: set it below, save, then test it.")
        messages.success(request, said % {"configuration": obj})
        return HttpResponseRedirect(_address(obj))

    @action(
        description=_("Test this configuration"),
        url_path="test",
        icon="experiment",
        permissions=["change"],
        variant=ActionVariant.PRIMARY,
    )
    def try_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run the saved configuration once and say how it went."""
        configuration = self.get_object(request, object_id)
        if configuration is None:
            messages.error(request, gettext("This configuration is gone: somebody deleted it."))
            return HttpResponseRedirect(reverse("admin:recommender_configuration_changelist"))
        trial = try_configuration(configuration)
        show = messages.success if trial.passed else messages.error
        said = gettext("The test passed.") if trial.passed else gettext("The test failed.")
        show(request, f"{said} {trial.message}")
        return HttpResponseRedirect(_address(configuration))


def kind_label(kind: str) -> tuple[str, str]:
    """The key of its colour, and its name."""
    label = PluginKind(kind).label
    return label, gettext(label)


def _address(configuration: Configuration) -> str:
    return reverse("admin:recommender_configuration_change", args=(configuration.pk,))


def _links(subjects: Iterable[Subject]) -> SafeString:
    """Each with a link to its page."""
    links = [
        (reverse(f"admin:recommender_{one._meta.model_name}_change", args=(one.pk,)), str(one)) for one in subjects
    ]
    return format_html_join(", ", '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', links)


def _plugin(configuration: Configuration) -> type[AnyPlugin] | None:
    """The class, or None for a plugin that is no longer installed."""
    try:
        return plugin_class(configuration.kind, configuration.plugin)
    except PluginNotFoundError:
        return None
