"""The two steps of a configuration: which plugin, then the plugin's own settings."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.plugins.contracts import AnyPlugin, PluginSettings
from recommender.plugins.registry import installed
from recommender.plugins.rule_settings import RuleSettings, TargetSettings
from recommender.plugins.settings_form import clean_settings, settings_fields

PREFIX = "setting-"
SETTINGS, ITEMS, WHEN, WHOM = _("Settings"), _("Which items"), _("When"), _("For whom")


class PluginSelect(UnfoldAdminRadioSelectWidget):
    """Radio buttons in groups, each with the plugin's title and what it does."""

    template_name = "recommender/admin/plugins.html"


def plugin_choices() -> list[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Every usable plugin as “kind:name” with its title and what it does, grouped by kind."""
    groups: dict[str, list[tuple[str, dict[str, str]]]] = {kind.value: [] for kind in PluginKind}
    for (kind, name), entry in installed().items():
        if entry.plugin is not None:
            label = {"title": gettext(entry.plugin.title), "summary": gettext(entry.plugin.summary)}
            groups[kind].append((f"{kind}:{name}", label))
    return [(gettext(PluginKind(kind).label), choices) for kind, choices in groups.items() if choices]


class NewConfigurationForm(forms.ModelForm[Configuration]):
    """Step one: catalog, plugin and title. The name that columns carry is made from the title unless it is given."""

    chosen = forms.ChoiceField(label=_("Plugin"), choices=plugin_choices, widget=PluginSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["slug"].required = False
        said = _("Prefixes the columns it gives, and never changes. Empty: made from the title.")
        self.fields["slug"].help_text = said

    def clean(self) -> dict[str, Any]:
        """The kind and the plugin, and a slug that is still free."""
        values = super().clean() or self.cleaned_data
        if "chosen" not in values or "catalog" not in values or "slug" not in values:
            return values
        kind, _colon, plugin = values["chosen"].partition(":")
        self.instance.kind, self.instance.plugin = kind, plugin
        taken = set(Configuration.objects.filter(catalog=values["catalog"], kind=kind).values_list("slug", flat=True))
        if values["slug"] in taken:
            said = gettext("There is one of this kind (%(kind)s) and name already: choose another.")
            self.add_error("slug", said % {"kind": gettext(PluginKind(kind).label)})
        elif not values["slug"]:
            values["slug"] = _free_slug(slugify(values.get("title", ""))[:90] or plugin, taken)
        return values


def _free_slug(wanted: str, taken: set[str]) -> str:
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


class ConfigurationForm(forms.ModelForm[Configuration]):
    """Step two: title and settings. Made for one plugin by `form_for`."""

    settings_class: ClassVar[type[PluginSettings]] = PluginSettings

    def clean(self) -> dict[str, Any]:
        """The settings as pydantic sees them, its errors at their fields."""
        values = super().clean() or self.cleaned_data
        if any(name.startswith(PREFIX) for name in self.errors):
            return values
        given = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
        try:
            self.instance.settings = clean_settings(self.settings_class, given)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.add_error(None if name == NON_FIELD_ERRORS else PREFIX + name, messages)
        return values


def setting_groups(settings: type[PluginSettings]) -> list[tuple[str | Promise, tuple[str, ...]]]:
    """The fields of a plugin's settings with a heading; of a rule what it does, with which items, when, for whom."""
    groups: dict[str | Promise, list[str]] = {one: [] for one in (SETTINGS, ITEMS, WHEN, WHOM)}
    for name in settings.model_fields:
        groups[_group(settings, name)].append(PREFIX + name)
    return [(title, tuple(names)) for title, names in groups.items() if names]


def _group(settings: type[PluginSettings], name: str) -> str | Promise:
    if issubclass(settings, RuleSettings) and name in RuleSettings.model_fields:
        return WHOM if name.startswith("audience") else WHEN
    if issubclass(settings, TargetSettings) and name in TargetSettings.model_fields:
        return ITEMS
    return SETTINGS


def form_for(configuration: Configuration, plugin: type[AnyPlugin]) -> type[ConfigurationForm]:
    """The form of step two, with a field for each setting of the plugin."""
    fields = settings_fields(plugin.Settings, configuration.settings)
    attributes: dict[str, Any] = {PREFIX + name: field for name, field in fields.items()}
    return type("PluginConfigurationForm", (ConfigurationForm,), {**attributes, "settings_class": plugin.Settings})
