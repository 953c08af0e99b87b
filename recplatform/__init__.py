"""The project: wiring only. Applications read `django.conf.settings`, never these modules."""

from recplatform import env as env  # first: it limits the threads of numpy before numpy is imported
from recplatform.celery import app as celery_app
from recplatform.memory import keep_freed_memory

keep_freed_memory()

__all__ = ["celery_app"]
