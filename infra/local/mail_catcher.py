"""The local mail server: takes every letter, sends none, and shows them on a page.

`python -m infra.local.mail_catcher --smtp 2525 --http 8025 --folder .local/mail`. Loopback only, local runs only.
The page is for people; `/letters.json?to=<address>` is for tests and scripts, newest first.
"""

import argparse
import json
import secrets
import signal
import threading
from email import message_from_bytes, policy
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

KEPT = 500
STYLE = """:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884}
iframe{width:100%;height:32rem;border:1px solid #8884;background:#fff}pre{white-space:pre-wrap}"""


class Letters:
    """The letters in one folder, one `.eml` file each; the name sorts by time of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        names = self.names()
        number = int(names[0].split("-")[0]) + 1 if names else 1
        path = self.folder / f"{number:08}-{secrets.token_hex(4)}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(envelope.original_content)
        unfinished.rename(path)
        for old in names[KEPT - 1 :]:
            (self.folder / f"{old}.eml").unlink(missing_ok=True)
        return "250 OK"

    def names(self) -> list[str]:
        """Newest first."""
        return sorted((path.stem for path in self.folder.glob("*.eml")), reverse=True)

    def read(self, name: str) -> dict[str, str] | None:
        """The parts people look at; None where there is no such letter."""
        if name not in self.names():
            return None
        content = (self.folder / f"{name}.eml").read_bytes()
        letter = message_from_bytes(content, policy=policy.default)
        parts = {kind: letter.get_body((kind,)) for kind in ("plain", "html")}
        bodies = {kind: part.get_content() if part is not None else "" for kind, part in parts.items()}
        headers = {key: str(letter.get(key, "")) for key in ("to", "from", "subject", "date", "reply-to", "message-id")}
        headers["date"] = headers["date"].removesuffix(" -0000")
        return {"id": name, **headers, "text": bodies["plain"], "html": bodies["html"]}


class Page(BaseHTTPRequestHandler):
    """`/`, `/letters/<id>`, `/letters/<id>/html` and `/letters.json`."""

    letters: Letters

    def do_GET(self) -> None:
        if self.headers.get("Host", "").split(":")[0] not in ("127.0.0.1", "localhost"):
            return self.answer(
                404, "text/plain", "Not found."
            )  # a foreign page that points its own name at this machine
        address = urlsplit(self.path)
        match address.path.strip("/").split("/"):
            case [""]:
                return self.answer(200, "text/html", self.index())
            case ["letters.json"]:
                wanted = parse_qs(address.query).get("to", [""])[0]
                found = [letter for letter in self.all() if not wanted or wanted in letter["to"]]
                return self.answer(200, "application/json", json.dumps(found, ensure_ascii=False))
            case ["letters", name, *rest] if (letter := self.letters.read(name)) and rest in ([], ["html"]):
                return self.answer(200, "text/html", letter["html"] if rest else self.one(letter))
        return self.answer(404, "text/plain", "Not found.")

    def all(self) -> list[dict[str, str]]:
        return [letter for name in self.letters.names() if (letter := self.letters.read(name))]

    def index(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(letter['date'])}<td>{escape(letter['to'])}"
            f"<td><a href='/letters/{letter['id']}'>{escape(letter['subject'])}</a>"
            for letter in self.all()
        )
        table = f"<table><tr><th>Date<th>To<th>Subject{rows}</table>" if rows else "<p>No letter has been sent yet.</p>"
        return document("Letters", f"<p>Letters that this portal sent. None of them left this machine.</p>{table}")

    def one(self, letter: dict[str, str]) -> str:
        frame = f"<h2>HTML</h2><iframe sandbox='allow-popups' src='/letters/{letter['id']}/html' title='HTML'></iframe>"
        text = f"<p><a href='/'>All letters</a><p>To {escape(letter['to'])}, {escape(letter['date'])}"
        text += f"<h2>Text</h2><pre>{escape(letter['text'])}</pre>{frame if letter['html'] else ''}"
        return document(letter["subject"], text)

    def answer(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; img-src data:")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet: a page that polls would fill the log."""


def document(title: str, body: str) -> str:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><h1>{escape(title)}</h1>{body}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--http", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    Page.letters = Letters(options.folder)
    smtp = Controller(Page.letters, hostname="127.0.0.1", port=options.smtp)
    smtp.start()
    page = ThreadingHTTPServer(("127.0.0.1", options.http), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    page.shutdown()
    smtp.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # before any thread starts
    main()
