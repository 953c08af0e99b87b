"""The project as an application: its templates, static files and commands."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Before the admin makes its forms, models speak the reader's language."""

    name = "recplatform"

    def ready(self) -> None:
        """Django calls it when all models are known."""
        from recplatform.language import translate_models

        translate_models()
