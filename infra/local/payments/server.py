"""The stand-in's HTTP: Stripe's API under /v1, its pages, and /_control for tests and curious people."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from infra.local.payments import checkout, customers, disputes, links, passing, routes, schedules  # noqa: F401 - each adds its routes
from infra.local.payments import portal as _portal  # noqa: F401
from infra.local.payments.names import SECRET
from infra.local.payments.pages import Page, answer
from infra.local.payments.parameters import Refused, read
from infra.local.payments.state import State, Thing
from infra.local.payments.webhooks import Webhooks

KEYS_LAST = 24 * 60 * 60


class StandIn:
    """The whole thing on a loopback port, in threads of this process; `with StandIn() as stripe: stripe.url`."""

    def __init__(
        self, *, port: int = 0, path: Path | None = None, webhook_url: str = "", host: str = "", tick: bool = False
    ) -> None:
        self.state = State(path)
        self.webhooks = Webhooks(self.state, SECRET, webhook_url, host)
        self.faults: list[str] = []  # "drop" acts and gives no answer, "refuse" answers 503 and does not act
        handler = type("Handler", (Handler,), {"stand_in": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.url = self.state.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stopping = threading.Event()
        self.tick = tick

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        if self.tick:
            threading.Thread(target=self._tick, daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        self.webhooks.stop()
        self.server.shutdown()
        self.server.server_close()

    def reset(self) -> None:
        """Forget everything, as new."""
        with self.state.lock:
            self.state.objects, self.state.answers, self.state.counters = {}, {}, {}
            self.state.frozen, self.state.offset, self.state.after_retries = None, 0, "unpaid"
            self.faults, self.webhooks.held = [], []

    def advance_to(self, moment: int) -> None:
        """Move the clock and stop it there; what falls due meanwhile happens."""
        with self.state.lock:
            if self.state.frozen is None:
                self.state.frozen = self.state.now()
            passing.advance(self.state, moment)
            self.state.keep()

    def _tick(self) -> None:
        while not self.stopping.wait(2.0):
            with self.state.lock:
                if self.state.frozen is None:
                    passing.advance(self.state, self.state.now())

    def set_card(self, customer: str, behaviour: str) -> None:
        """From now on the customer's card does that ("pays", "card_declined", "asks_always" …)."""
        with self.state.lock:
            method = customers.default_method(self.state, self.state.get("customer", customer))
            if method is None:
                raise Refused("The customer has no card.")
            method["behaviour"] = behaviour
            self.state.keep()

    def complete_checkout(self, session: str, number: str = "4242424242424242") -> str:
        """What a person does on the page, without the page; the answer of checkout.complete."""
        with self.state.lock:
            method = customers.new_card(self.state, number)
            said = checkout.complete(self.state, self.state.get("checkout.session", session), method)
            self.state.keep()
            return said

    def control(self, what: str, given: Mapping[str, Any]) -> Thing:
        """What `/_control/<what>` does."""
        match what:
            case "clock":
                with self.state.lock:
                    to = self.state.now() + int(given.get("advance", 0))
                    frozen = self.state.frozen
                    self.advance_to(int(given.get("to", to)))
                    if frozen is None:
                        self.state.offset += self.state.now() - to + int(given.get("advance", 0))
                        self.state.frozen = None
                return {"now": self.state.now()}
            case "webhooks":
                self.webhooks.manners = replace(self.webhooks.manners, **given)
                if not self.webhooks.manners.hold:
                    self.webhooks.let_go()
                return {"manners": vars(self.webhooks.manners)}
            case "card":
                self.set_card(given["customer"], given["behaviour"])
                return {"behaviour": given["behaviour"]}
            case "dispute":
                with self.state.lock:
                    return disputes.open_dispute(self.state, self.state.get("payment_intent", given["payment_intent"]))
            case "decide":
                with self.state.lock:
                    return disputes.decide(self.state, self.state.get("dispute", given["dispute"]), given["status"])
            case "objects":
                return {"data": self.state.all(given["kind"], **{k: v for k, v in given.items() if k != "kind"})}
        raise Refused("No such control.", status=404)

    def call(self, method: str, path: str, encoded: str, key: str) -> tuple[int, Thing, bool]:
        """Status, body, and whether it is the answer kept for the idempotency key."""
        mark = hashlib.sha256(f"{method} {path} {encoded}".encode()).hexdigest()
        kept = self.state.answers.get(key) if key else None
        if kept and kept["at"] > self.state.now() - KEYS_LAST:
            if kept["mark"] != mark:
                text = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return 400, Refused(text, kind="idempotency_error").body, False
            return kept["status"], kept["body"], True
        try:
            status, body = 200, routes.answer(self.state, method, path, read(encoded))
        except Refused as refusal:
            status, body = refusal.status, refusal.body
        if key and status not in (404, 429):
            body = json.loads(json.dumps(body, default=str))
            self.state.answers[key] = {"mark": mark, "status": status, "body": body, "at": self.state.now()}
        return status, body, False


class Handler(BaseHTTPRequestHandler):
    """One request."""

    stand_in: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def _handle(self, method: str) -> None:
        if self.headers.get("Host", "").split(":")[0] not in ("127.0.0.1", "localhost"):
            return self._json(404, {"error": {"message": "Not found."}})  # a foreign page pointing its name here
        address = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        state = self.stand_in.state
        with state.lock:
            if address.path.startswith("/v1/"):
                self._api(method, address.path, sent or address.query)
            elif address.path.startswith("/_control/"):
                try:
                    body = self.stand_in.control(address.path.rsplit("/", 1)[1], json.loads(sent or "{}"))
                    self._json(200, body)
                except Refused as refusal:
                    self._json(refusal.status, refusal.body)
            else:
                self._page(method, address.path, dict(parse_qsl(sent)))
            if method != "GET":
                state.keep()
        return None

    def _api(self, method: str, path: str, encoded: str) -> None:
        if not (self.headers.get("Authorization") or "").startswith(("Bearer sk_test_", "Bearer rk_test_")):
            return self._json(401, Refused("Invalid API Key provided.").body)
        fault = self.stand_in.faults.pop(0) if self.stand_in.faults and method != "GET" else ""
        if fault == "refuse":
            return self._json(503, Refused("Try again.", kind="api_error").body)
        status, body, kept = self.stand_in.call(method, path, encoded, self.headers.get("Idempotency-Key") or "")
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
            return None
        return self._json(status, body, {"Idempotent-Replayed": "true"} if kept else {})

    def _page(self, method: str, path: str, form: Mapping[str, str]) -> None:
        try:
            page = answer(self.stand_in.state, method, path, form)
        except Refused as refusal:
            page = Page(f"<!doctype html><title>Not found</title>{refusal}", status=refusal.status)
        headers = {"Content-Type": f"{page.kind}; charset=utf-8" if page.kind == "text/html" else page.kind}
        headers |= {"Location": page.to} if page.to else {}
        headers |= {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        self._send(page.status, page.body, headers)

    def _json(self, status: int, body: Thing, more: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body, default=str).encode()
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{self.stand_in.state.next('request')}"}
        self._send(status, content, {**headers, **(more or {})})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            **headers,
            "Content-Length": str(len(content)),
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet."""
