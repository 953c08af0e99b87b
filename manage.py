#!/usr/bin/env python
"""The command line: `python manage.py help` lists the commands."""

import os
import sys


def main() -> None:
    """Start what the command needs, then run it; a wrong setting is one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from recplatform import embedded, env

    try:
        if embedded.needed_by(sys.argv):
            if sys.argv[1] == "runserver":
                env.mark_web_process()
            embedded.start()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, embedded.EmbeddedServiceError) as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
