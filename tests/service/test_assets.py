"""Addresses of scripts and styles, read once from what Vite built."""

import json
from pathlib import Path

import pytest

from service import assets
from service.assets import Assets, MissingAssets
from tests.service.browsing import Browser


def test_an_unbuilt_front_end_is_named_with_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingAssets, match="npm ci --ignore-scripts && npm run build"):
        assets.built(tmp_path / "manifest.json")


def test_an_entry_brings_its_styles_and_shared_chunks_once(tmp_path: Path) -> None:
    manifest = {
        "src/editor.js": {"file": "assets/editor-1a.js", "imports": ["_a.js", "_b.js"], "css": ["assets/e.css"]},
        "_a.js": {"file": "assets/a-2b.js", "imports": ["_b.js"], "css": ["assets/a.css"]},
        "_b.js": {"file": "assets/b-3c.js", "imports": ["_a.js"], "css": ["assets/a.css"]},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    assert str(assets.built(path).tags("src/editor.js")).splitlines() == [
        '<link rel="stylesheet" href="/static/dist/assets/e.css">',
        '<link rel="stylesheet" href="/static/dist/assets/a.css">',
        '<link rel="modulepreload" href="/static/dist/assets/a-2b.js">',
        '<link rel="modulepreload" href="/static/dist/assets/b-3c.js">',
        '<script type="module" src="/static/dist/assets/editor-1a.js"></script>',
    ]


def test_the_address_of_a_file_changes_with_its_content() -> None:
    own, other = Assets().url("ui.css"), Assets().url("icon.svg")
    assert own.startswith("/static/ui.css?v=")
    assert own.partition("=")[2] != other.partition("=")[2]


def test_our_own_style_sheet_is_served_compactly(browser: Browser) -> None:
    answer = browser.get("/static/ui.css")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert len(answer.data) < 40_000
    answer.close()
    assert browser.get("/static/../app.py").status_code == 404
