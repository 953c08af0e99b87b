"""`manage.py embedded status|start|stop`: the Postgres and the Redis in the data folder."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recplatform import embedded


class Command(BaseCommand):
    """Show, start or stop the embedded services."""

    help = "Shows, starts or stops the embedded Postgres and Redis (used when DATABASE_URL or REDIS_URL is unset)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("status", "start", "stop"))

    def handle(self, *_arguments: Any, action: str, **_options: Any) -> None:
        try:
            if action == "start":
                embedded.start()
            elif action == "stop":
                stopped = embedded.stop()
                self.stdout.write(f"Stopped: {', '.join(stopped) or 'nothing was running'}.")
                return
        except embedded.EmbeddedServiceError as error:
            raise CommandError(str(error)) from error
        for service in embedded.status():
            self.stdout.write(_line(service))


def _line(service: embedded.ServiceStatus) -> str:
    if not service.used:
        return f"{service.name}: not embedded, its address is set in the environment"
    if service.ready:
        return f"{service.name}: ready, process {service.pid}, data in {service.folder}"
    return f"{service.name}: {'not answering' if service.pid else 'stopped'}, data in {service.folder}"
