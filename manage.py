#!/usr/bin/env python
"""The command line: `python manage.py help` lists the commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")
    from recplatform import embedded, env

    if embedded.needed_by(sys.argv):
        if sys.argv[1] == "runserver":
            env.mark_web_process()
        embedded.start()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
