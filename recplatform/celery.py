"""The Celery application: `celery -A recplatform worker --queues default,encode,train` serves every queue."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")

app = Celery("recplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def start_embedded_services(**_signal: Any) -> None:
    """A worker or beat that starts first brings the embedded services up, as the web process does."""
    from recplatform import embedded

    embedded.start()


celeryd_init.connect(start_embedded_services)
beat_init.connect(start_embedded_services)
