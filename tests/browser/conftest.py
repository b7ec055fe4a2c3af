"""Chromium, a small town behind a web door with its built scripts, and windows that may show no fault."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from service import assets
from service.app import create_app
from tests.browser.screen import ARGUMENTS, DESKTOP, Screen, served, window
from tests.factories import Town, small_town
from tests.servers import find_chromium
from workflows.wiring import Workplace

Windows = Callable[..., Screen]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


@pytest.fixture
def address(town: Town) -> Iterator[str]:
    with served(create_app(town.workplace, assets=assets.built())) as address:
        yield address


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    """Opens windows on an address; at the end of the test none of them may have complained."""
    opened: list[Screen] = []

    def open_window(
        address: str, size: tuple[int, int] = DESKTOP, *, scripts: bool = True, touch: bool = False
    ) -> Screen:
        opened.append(window(chromium, address, size, scripts=scripts, touch=touch))
        return opened[-1]

    yield open_window
    for screen in opened:
        screen.context.close()
    assert [fault for screen in opened for fault in screen.faults] == []
