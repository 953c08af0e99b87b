from django.apps import AppConfig
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("Users")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """When a key was last used is written after the answer, not before it."""
        from users import keys

        request_finished.connect(keys.note_use, dispatch_uid="users.keys.note_use")
