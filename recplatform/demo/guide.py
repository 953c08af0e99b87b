"""What the demo prints once it is up: addresses, a key, and three requests to paste into a terminal."""

from __future__ import annotations

import json
import shlex
from typing import Any

from recplatform.demo.sundial import SUNDIAL, SUNDIAL_SENTENCE


def guide(address: str, keys: dict[str, str], passwords: dict[str, str]) -> str:
    """`keys` by catalog, `passwords` by user. Every line that begins with curl works as it stands."""
    shown = {name: password or "the one you have set" for name, password in passwords.items()}
    suit = {"text": "我需要一件高端的商务装", "limit": 3}
    film = {"history": [{"item_id": "50", "kind": "play"}], "limit": 3}
    return "\n".join(
        [
            "",
            f"  The demo          {address}/",
            f"  The admin         {address}/admin/    user admin, password: {shown['admin']}",
            f"  An editor's view  {address}/admin/    user editor, password: {shown['editor']}",
            f"  The API           {address}/api/v1/docs/",
            f"  Key to shop       {keys['shop']}",
            f"  Key to films      {keys['films']}",
            "",
            "A sentence → a list:",
            curl("POST", f"{address}/api/v1/recommendations/", keys["shop"], suit),
            "A film that somebody saw (Star Wars) → more films:",
            curl("POST", f"{address}/api/v1/recommendations/", keys["films"], film),
            f"A new item, which 「{SUNDIAL_SENTENCE}」 finds seconds later:",
            curl("PUT", f"{address}/api/v1/items/my-sundial/", keys["shop"], SUNDIAL),
            "",
        ]
    )


def curl(method: str, address: str, key: str, body: dict[str, Any]) -> str:
    """One line for a shell."""
    parts = ["curl", "-sS", "-X", method, address, "-H", f"Authorization: Bearer {key}"]
    parts += ["-H", "Content-Type: application/json", "-d", json.dumps(body, ensure_ascii=False)]
    return shlex.join(parts)
