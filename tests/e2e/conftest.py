"""A whole house as `make run` builds it, and a real Chromium in front of it. Started once, shared by all journeys."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from infra.local.chromium import launch

WAIT = 30_000  # milliseconds: a busy machine is slow, not wrong
expect.set_options(timeout=WAIT)

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 900  # seconds; two houses start at once, on a busy machine
SLOW = int(os.environ.get("E2E_SLOW", "0"))  # how many times slower browsers compute, on a slow line, to provoke races
PASSWORD = "long-enough-for-a-test"
Answer = TypeVar("Answer")


def until(ask: Callable[[], Answer | None], what: str, within: float = 60.0) -> Answer:
    """The first answer of `ask` that is not None or False. Raises AssertionError when none came in time (seconds)."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {within} s: {what}")


@dataclass
class House:
    """A running installation: where it is, its logins, its letters, its processes."""

    process: subprocess.Popen[str]
    folder: Path
    output: list[str]
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """What the run wrote down for its processes."""
        pairs = (line.split("=", 1) for line in (self.folder / "env").read_text().splitlines() if "=" in line)
        return {name: value.strip('"') for name, value in pairs}

    @property
    def port(self) -> str:
        return self.env["PORT"]

    @property
    def service(self) -> str:
        return f"http://portal.localhost:{self.port}"

    def portal(self, address: str) -> str:
        """The URL of the portal at `address`."""
        return f"http://{address}.portal.localhost:{self.port}"

    def letters(self, to: str) -> list[dict[str, str]]:
        """Letters to that address, newest first."""
        query = urllib.parse.urlencode({"to": to})
        with urllib.request.urlopen(f"{self.env['MAIL_CATCHER_URL']}/letters.json?{query}", timeout=30) as answer:
            found: list[dict[str, str]] = json.load(answer)
        return found

    def letter(self, to: str, containing: str = "") -> dict[str, str]:
        """The newest letter to that address whose text has `containing`; waits for it."""
        return until(
            lambda: next((letter for letter in self.letters(to) if containing in letter["text"]), None),
            f"a letter to {to}",
        )

    def link(self, to: str, pattern: str) -> str:
        """The first link in a letter to `to` whose address matches `pattern`."""
        letter = until(
            lambda: next((one for one in self.letters(to) if re.search(pattern, one["text"])), None),
            f"a letter to {to} with {pattern}",
        )
        found = re.search(rf"https?://\S*{pattern}\S*", letter["text"])
        assert found, letter["text"]
        return found[0].rstrip(".)>")

    def manage(self, *command: str) -> str:
        """The output of `manage.py …` against this house."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={**clean_environment(), **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def clean_environment() -> dict[str, str]:
    """The caller's environment without the throwaway servers of the other tests: a run makes its own."""
    ours = re.compile(r"(DATABASE|REDIS|EMAIL|MAIL|STORAGE|S3|STRIPE|PORTAL|PUBLIC|LIVE|SECRET|METRICS|DJANGO|PORT$)")
    return {name: value for name, value in os.environ.items() if not ours.match(name)}


@contextmanager
def standing(folder: Path, **environment: str) -> Iterator[House]:
    """`make run` in `folder`, with more of the environment if need be; stopped when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "saas.run"],
        cwd=ROOT,
        env={**clean_environment(), "PORTAL_LOCAL": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output: list[str] = []
    assert process.stdout is not None
    deadline = time.monotonic() + START_WITHIN
    for line in process.stdout:
        output.append(line)
        if "Ready after" in line or time.monotonic() > deadline:
            break
    house = House(process, folder, output)
    if not output or "Ready after" not in output[-1]:
        process.kill()
        raise AssertionError("the house does not stand:\n" + "".join(output))
    for line in output:
        if match := re.match(r"  (\S[^:]*?)\s{2,}(\S.*)$", line):
            house.addresses[match[1]] = match[2]
    try:
        yield house
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`furnished(name)`: a new folder with all that a first `make run` makes, done once for all workers."""
    own = tmp_path_factory.getbasetemp()
    model = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "furnished"
    with model.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not model.with_suffix(".done").exists():
            with standing(model):
                pass
            model.with_suffix(".done").touch()

    def copy(name: str) -> Path:
        subprocess.run(["cp", "-a", str(model), str(own / name)], check=True)
        return own / name

    return copy


@pytest.fixture(scope="session")
def house(furnished: Callable[[str], Path]) -> Iterator[House]:
    """`make run` in a folder of its own, behind a trusted proxy: each browser comes from an address of its own."""
    with standing(furnished("house"), TRUSTED_PROXY_HOPS="1") as house:
        yield house


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


def slow_down(page: Page) -> None:
    """An old phone far from the next mast."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    line = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
    session.send("Network.emulateNetworkConditions", line)


_failed = pytest.StashKey[bool]()
_VISITORS = itertools.count()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
    """`context(phone=True)`: a person's own browser, in English. Of a failed test, `.local/e2e` shows each page."""
    made: list[BrowserContext] = []

    def make(*, phone: bool = False, **options: Any) -> BrowserContext:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        visitor = {"X-Forwarded-For": f"198.51.100.{next(_VISITORS) % 250 + 1}"}
        options = {"viewport": size, "has_touch": phone, "is_mobile": phone, "locale": "en-US", **options}
        options |= {"extra_http_headers": visitor}
        new = browser.new_context(reduced_motion="reduce", **options)
        new.set_default_timeout(WAIT)
        if SLOW:
            new.on("page", slow_down)
        made.append(new)
        return new

    yield make
    pages = [page for one in made for page in one.pages]
    if request.node.stash.get(_failed, False):
        for number, page in enumerate(pages):
            page.screenshot(path=ROOT / ".local" / "e2e" / f"{request.node.name}-{number}.png")
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)`: fails with what axe-core finds against WCAG 2.2 AA on the page as it stands."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def check(page: Page) -> None:
        page.evaluate(source)  # through the debugger, which the page's policy does not bind
        result = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", rules)
        found = [
            f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in result["violations"]
            for node in one["nodes"]
        ]
        assert found == [], f"{page.url}\n" + "\n".join(found)

    return check
