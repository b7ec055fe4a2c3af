"""Chinese is the source; English is complete for the frame that every page shares."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.language import TRANSLATIONS
from tests.service.browsing import Browser

ROOT = Path(__file__).parents[2]
CATALOGUE = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)0?\d*[sd]|\{\w+\}")
KEYWORDS = dict.fromkeys(("_", "NotFound", "NotAllowed", "Conflict", "Invalid"))
SHELL = (
    *(ROOT / "service").glob("*.py"),
    *(ROOT / "service" / "pages" / f"{name}.py" for name in ("inbox", "tasks", "processes", "session", "people")),
    *(ROOT / "workflows" / "people").glob("*.py"),
    *(
        path
        for folder in (".", "macros", "forms", "inbox", "tasks", "processes", "session", "people", "notices")
        for path in (ROOT / "service" / "templates" / folder).glob("*.html")
    ),
)


def _texts() -> Iterator[tuple[str, str]]:
    for path in SHELL:
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        for _line, text, _comments, _context in extract_from_file(method, path, keywords=KEYWORDS):
            yield path.name, str(text)


@pytest.fixture(autouse=True, scope="module")
def compiled() -> Iterator[None]:
    """What set-up does once: the catalogue in the form that is read at run time."""
    target = CATALOGUE.with_suffix(".mo")
    was_there = target.exists()
    with CATALOGUE.open("rb") as source, target.open("wb") as output:
        write_mo(output, read_po(source))
    yield
    if not was_there:
        target.unlink()


def test_every_text_of_the_frame_has_english() -> None:
    with CATALOGUE.open("rb") as source:
        known = {message.id for message in read_po(source) if message.string}
    texts = list(_texts())
    assert len(texts) > 150
    assert [text for text in texts if text[1] not in known] == []


def test_translations_keep_their_placeholders() -> None:
    with CATALOGUE.open("rb") as source:
        for message in read_po(source):
            names = {re.sub(r"\W|0?\d*[sd]$", "", found) for found in PLACEHOLDER.findall(str(message.id))}
            kept = {re.sub(r"\W|0?\d*[sd]$", "", found) for found in PLACEHOLDER.findall(str(message.string))}
            assert names == kept, message.id


def test_no_chinese_text_of_a_template_goes_around_gettext() -> None:
    comment = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.S)
    chinese = re.compile(r"[\u4e00-\u9fff]+")
    for path in SHELL:
        if path.suffix == ".html":
            assert chinese.findall(comment.sub("", path.read_text())) == [], path.name


def test_a_reader_chooses_english_and_goes_back(clerk: Browser) -> None:
    page = clerk.get("/inbox/").text
    assert '<html lang="zh-CN">' in page
    assert "我的待办" in page
    clerk.post("/preferences", {"language": "en"})
    page = clerk.get("/inbox/").text
    assert '<html lang="en">' in page
    assert "Nothing waits for you" in page
    assert "There is no such box" in clerk.get("/inbox/everything").text
    clerk.post("/preferences", {"language": "zh"})
    assert "我的待办" in clerk.get("/inbox/").text


def test_a_language_we_do_not_have_changes_nothing(clerk: Browser) -> None:
    clerk.post("/preferences", {"language": "../../etc"})
    assert '<html lang="zh-CN">' in clerk.get("/inbox/").text


def test_the_preference_buttons_lead_back_to_their_page_and_nowhere_else(clerk: Browser) -> None:
    back = clerk.post("/preferences", {"language": "zh"}, headers={"Referer": "http://localhost/inbox/done?a=1"})
    assert back.location == "/inbox/done?a=1"
    for foreign in ("https://elsewhere.example/x", "http://localhost//elsewhere.example", ""):
        assert clerk.post("/preferences", {"language": "zh"}, headers={"Referer": foreign}).location == "/"
