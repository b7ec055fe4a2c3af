"""A browser without scripts: keeps cookies, follows forms, sends the token that a page gave it."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from service import assets
from service.app import create_app
from tests.factories import PASSWORD
from workflows.wiring import Workplace

TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


def application(workplace: Workplace) -> Flask:
    """The web door of a house, drawn without scripts: nothing needs to be built."""
    return create_app(workplace, assets=assets.WITHOUT_SCRIPTS)


@dataclass
class Browser:
    """Somebody at a screen."""

    app: Flask

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def token(self) -> str:
        """The token of our own forms, as the foot of any page holds it."""
        found = TOKEN.search(self.get("/feedback").text)
        assert found
        return found[1]

    def post(self, path: str, values: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(values or {})}, **more)

    def sign_in(self, login: str, password: str = PASSWORD) -> "Browser":
        answer = self.post("/sign-in", {"login": login, "password": password})
        assert answer.status_code == 303, answer.text
        return self
