"""Somebody in front of a real browser: what they see and press, and everything the browser complains about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.factories import PASSWORD

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESKTOP = (1366, 900)
PHONE = (360, 740)
PATIENCE_MS = 15_000


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """A test says what went wrong; nobody reads a request log."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a loopback port of its own; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # a kept-alive connection must not hold the end of a test
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Screen:
    """One person's browser window.

    Attributes:
        faults: errors of scripts, refusals of the content security policy, files that did not arrive.
    """

    address: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def sign_in(self, login: str) -> "Screen":
        self.go("/")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_selector(".whoami")
        return self

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, name: str) -> None:
        """The button or link of this name, and the page it leads to."""
        control = self.page.get_by_role("button", name=name, exact=True)
        if not control.count():
            control = self.page.get_by_role("link", name=name, exact=True)
        with self.page.expect_navigation():
            control.first.click()

    def choose(self, label: str) -> None:
        """A radio button or check box, by its words."""
        self.page.get_by_label(label, exact=True).first.check()

    def missing(self, url: str, failure: str) -> None:
        """A file that did not arrive; what was still on its way when a page was left is none."""
        if "ERR_ABORTED" not in failure:
            self.faults.append(f"{url} {failure}")

    def settle(self) -> None:
        """Wait until the form has been drawn anew after a choice."""
        self.page.wait_for_load_state("networkidle")

    def text(self) -> str:
        return self.page.inner_text("main")

    def links(self) -> list[str]:
        """The names of the five links that are done, as the tracker shows them."""
        return self.page.locator(".tracker li.done strong").all_inner_texts()

    def explained(self) -> str:
        """The day-by-day reason of the date, opened as a reader opens it."""
        reason = self.page.locator("details", has_text="怎么算的").first
        if reason.get_attribute("open") is None:
            reason.locator("summary").click()
        return reason.inner_text()

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def small_targets(self) -> list[str]:
        """Buttons and links of the page's own controls that a thumb would miss (under 44 pixels high)."""
        return [
            control.inner_text()
            for control in self.page.locator("main button:not(.unseen):visible, main a.button:visible").all()
            if _height(control) < 44
        ]


def _height(control: Locator) -> float:
    box = control.bounding_box()
    return box["height"] if box else 0


def window(
    browser: Browser, address: str, size: tuple[int, int] = DESKTOP, *, scripts: bool = True, touch: bool = False
) -> Screen:
    """A new window with nobody signed in."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=scripts,
        has_touch=touch,
    )
    context.set_default_timeout(PATIENCE_MS)
    screen = Screen(address, context, context.new_page())
    screen.page.on("console", lambda said: screen.faults.append(said.text) if said.type == "error" else None)
    screen.page.on("pageerror", lambda error: screen.faults.append(str(error)))
    screen.page.on("response", lambda r: screen.faults.append(f"{r.status} {r.url}") if r.status == 404 else None)
    screen.page.on("requestfailed", lambda request: screen.missing(request.url, request.failure or ""))
    return screen
