"""A small town behind a web door."""

import pytest
from flask import Flask

from tests.factories import Town, small_town
from tests.service.browsing import Browser, application
from workflows.wiring import Workplace


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


@pytest.fixture
def web(town: Town) -> Flask:
    return application(town.workplace)


@pytest.fixture
def browser(web: Flask) -> Browser:
    """Somebody who is not signed in."""
    return Browser(web)


@pytest.fixture
def clerk(web: Flask) -> Browser:
    """A clerk of the first station, signed in."""
    return Browser(web).sign_in("station1a")
