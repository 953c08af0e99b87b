"""The web process: `gunicorn recplatform.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from recplatform import embedded, env
from recplatform.warm_start import load_encoders_if_wanted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")
env.mark_web_process()
embedded.start()
application = get_wsgi_application()
load_encoders_if_wanted()
