"""Webhooks: signed as Stripe signs them, and able to come twice, late, in the wrong order, or not at all."""

from __future__ import annotations

import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from stripe import WebhookSignature

from infra.local.payments.state import State, Thing

PAUSES = (1, 2, 5, 10, 30)  # seconds between attempts of one delivery


@dataclass
class Manners:
    """How deliveries misbehave: `copies` of each, `lose` of 100, `delay` seconds, `hold` until `reverse`d or not."""

    copies: int = 1
    lose: int = 0
    delay: float = 0.0
    reverse: bool = False
    hold: bool = False


@dataclass
class Webhooks:
    """Sends each event of `state` to `url`; without one they are only kept for `take`."""

    state: State
    secret: str
    url: str = ""
    host: str = ""  # the name asked for, where it is not that of the url
    manners: Manners = field(default_factory=Manners)

    def __post_init__(self) -> None:
        self.held: list[Thing] = []
        self.line: queue.Queue[Thing | None] = queue.Queue()
        self.state.on_event = self.on_event
        if self.url:
            threading.Thread(target=self._send_all, daemon=True).start()

    def on_event(self, event: Thing) -> None:
        """A change has been made."""
        if random.randrange(100) < self.manners.lose:  # noqa: S311 - which letters are lost is no secret
            return
        if not self.url or self.manners.hold:
            self.held.append(event)
        else:
            for _ in range(self.manners.copies):
                self.line.put(event)

    def let_go(self) -> None:
        """Send what was held."""
        held, self.held = self.held, []
        for event in reversed(held) if self.manners.reverse else held:
            for _ in range(self.manners.copies):
                self.line.put(event)

    def take(self) -> list[Thing]:
        """The events that were held, oldest first; they are not held any more."""
        held, self.held = self.held, []
        return held

    def signed(self, event: Thing, at: int | None = None) -> tuple[bytes, str]:
        """Body and `Stripe-Signature` of the request that tells of `event`."""
        body = json.dumps(event, indent=2)
        return body.encode(), WebhookSignature.generate_signature_header(body, self.secret, at or int(time.time()))

    def _send_all(self) -> None:
        while (event := self.line.get()) is not None:
            time.sleep(self.manners.delay)
            if not self.send(event):
                self._try_later(event, 0)

    def _try_later(self, event: Thing, attempt: int) -> None:
        def again() -> None:
            if not self.send(event) and attempt + 1 < len(PAUSES):
                self._try_later(event, attempt + 1)

        timer = threading.Timer(PAUSES[attempt], again)
        timer.daemon = True
        timer.start()

    def send(self, event: Thing) -> bool:
        """Deliver once; whether the answer was a 2xx."""
        with self.state.lock:
            body, signature = self.signed(event)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        headers |= {"Host": self.host} if self.host else {}
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                pass
        except (urllib.error.URLError, OSError):
            return False
        self.delivered(event)
        return True

    def delivered(self, event: Thing) -> None:
        """The receiver has said that it got it."""
        kept = self.state.objects["event"].get(event["id"])
        if kept:
            kept["pending_webhooks"] = 0

    def stop(self) -> None:
        """No more deliveries."""
        self.line.put(None)
