"""The admin's language: what the browser asks for or the switch was set to. The API's requests name their own."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation import gettext_lazy

OURS = ("catalog", "users", "recommender")


class AdminLanguageMiddleware(LocaleMiddleware):
    """Django's, for pages that people read. What programs read stays in one language, whoever's browser asks."""

    def process_request(self, request: HttpRequest) -> None:
        """A thread keeps the language of its last request: the API's has to be set too."""
        if _is_api(request):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Answers of the API vary by no language."""
        return response if _is_api(request) else super().process_response(request, response)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def translate_models() -> None:
    """Names and help texts of our models in the reader's language.

    Written as plain English in the models, they are found in the catalog of messages here, so that a migration is not
    made of a translation. `messages_of_models` lists them for it.
    """
    for label in OURS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for thing, attribute in _texts(model):
                setattr(thing, attribute, gettext_lazy(getattr(thing, attribute)))
            for field in model._meta.local_fields:
                if field.choices:
                    field.choices = [(value, gettext_lazy(str(label))) for value, label in field.flatchoices]


def messages_of_models() -> set[str]:
    """What `translate_models` translates, in English; choices also as they are stored, which columns show."""
    found: set[str] = set()
    with translation.override(None):
        for label in OURS:
            for model in apps.get_app_config(label).get_models(include_auto_created=True):
                found |= {str(getattr(thing, attribute)) for thing, attribute in _texts(model)}
                for field in model._meta.local_fields:
                    found |= {str(word) for _value, word in field.flatchoices or ()}
                    found |= {str(value) for value, word in field.flatchoices or () if _is_plain(value, str(word))}
    return found


def _is_plain(value: object, word: str) -> bool:
    """Whether a choice was named after its value."""
    return word.lower().replace(" ", "_") == value


def _texts(model: type) -> list[tuple[object, str]]:
    opts = model._meta  # type: ignore[attr-defined]  # of a model
    named = [(opts, "verbose_name"), (opts, "verbose_name_plural")]
    fields = [(field, name) for field in opts.local_fields for name in ("verbose_name", "help_text")]
    many = [(field, name) for field in opts.local_many_to_many for name in ("verbose_name", "help_text")]
    return [(thing, name) for thing, name in (*named, *fields, *many) if getattr(thing, name, "")]
