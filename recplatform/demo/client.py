"""A small HTTP client of the demo's own API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from recplatform.demo.exceptions import ProofFailedError

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Client:
    """One key's view of the API. `address` is the server's, without a final slash."""

    address: str
    key: str

    def recommend(self, **wanted: Any) -> dict[str, Any]:
        """A list from `recommendations/`."""
        return self.ask("POST", "recommendations/", wanted)

    def put(self, kind: str, external_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make or replace an item or a profile."""
        return self.ask("PUT", f"{kind}/{quote(external_id, safe='')}/", body)

    def delete(self, kind: str, external_id: str) -> None:
        """Delete an item or a profile."""
        self.ask("DELETE", f"{kind}/{quote(external_id, safe='')}/")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's JSON; ProofFailedError, with the server's words, when the status is not a success."""
        request = urllib.request.Request(  # noqa: S310 - the address is the demo's own
            f"{self.address}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by way of a proxy
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")[:500]
            raise ProofFailedError(f"{method} /api/v1/{path} answered {error.code}: {said}") from error
        except OSError as error:
            raise ProofFailedError(f"{method} /api/v1/{path} got no answer: {error}") from error
        answer: dict[str, Any] = json.loads(content) if content else {}
        return answer
