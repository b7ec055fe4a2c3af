"""Every route says who may use it, and the web door keeps to its walls."""

import re
from pathlib import Path

from service import auth
from tests.service.browsing import application
from workflows.wiring import PANELS, Workplace

SERVICE = Path(__file__).parents[2] / "service"
CODE = [path for path in SERVICE.rglob("*.py") if "node_modules" not in path.parts]


def test_every_view_has_a_policy(workplace: Workplace) -> None:
    app = application(workplace)
    assert len(app.view_functions) > 10
    assert [name for name, view in app.view_functions.items() if auth.policy_of(view) is None] == []


def test_only_the_api_is_open_to_tokens_and_only_a_few_pages_to_everybody(workplace: Workplace) -> None:
    app = application(workplace)
    public = set()
    for rule in app.url_map.iter_rules():
        policy = auth.policy_of(app.view_functions[rule.endpoint])
        assert policy is not None
        assert (policy.scope is not None) <= rule.rule.startswith("/api/"), rule
        if policy.public:
            public.add(rule.rule)
    assert public <= {
        "/healthz", "/sign-in", "/preferences", "/feedback", "/api/v1/openapi.json",
        "/progress", "/progress/<code>", "/deadline", "/reception-days",
    }  # fmt: skip


def test_only_context_reads_the_globals_of_flask() -> None:
    pattern = re.compile(r"^from flask import .*\b(g|session|current_app)\b|flask\.(g|session|current_app)\b", re.M)
    readers = [path.name for path in CODE if pattern.search(path.read_text())]
    assert readers == ["context.py"]


def test_every_panel_a_form_may_name_is_drawn_by_somebody(workplace: Workplace) -> None:
    assert set(application(workplace).config["PANELS"]) == PANELS


def test_templates_never_switch_escaping_off() -> None:
    unsafe = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(f|hx-on:|hx-vals=.js:")
    sources = [*(SERVICE / "templates").rglob("*.html"), *CODE]
    assert [path.name for path in sources if unsafe.search(path.read_text())] == []
