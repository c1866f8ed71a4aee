"""Records made over the API by the person that a page is signed in as: what a scene needs to be there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SEND = """async ([method, path, body]) => {
  const csrf = document.querySelector('[name=csrfmiddlewaretoken]').value;
  const answer = await fetch(path, {
    method, body: body === null ? undefined : JSON.stringify(body),
    headers: {'Content-Type': 'application/json', 'X-CSRFToken': csrf, 'If-Match': '*'},
  });
  return [answer.status, await answer.text()];
}"""
_READ = "async path => await (await fetch(path)).json()"


def send(page: Page, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> dict[str, Any]:
    """Send `body` to /api/v1/`path`; answers what came back. Raises LookupError when the API refused; what is too
    fast for the plan is sent again."""
    status, text = page.evaluate(_SEND, [method, f"/api/v1/{path}", body])
    while status == 429:
        page.wait_for_timeout(1_000)
        status, text = page.evaluate(_SEND, [method, f"/api/v1/{path}", body])
    if status >= 400:
        raise LookupError(f"{path} answered {status}: {text[:300]}")
    answer: dict[str, Any] = json.loads(text or "{}")
    return answer


def make(page: Page, what: str, body: dict[str, Any]) -> int:
    """Make one of `what`; answers its id. Raises LookupError."""
    return int(send(page, what, body)["id"])


def newest(page: Page, what: str, count: int = 1) -> list[dict[str, Any]]:
    """The newest records of `what`."""
    found: list[dict[str, Any]] = page.evaluate(_READ, f"/api/v1/{what}?limit={count}")["results"]
    return found
