"""Chinese is the source; English is complete for every text of a template, a page or a refusal."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.api import operations
from service.language import TRANSLATIONS
from tests.service.browsing import Browser

ROOT = Path(__file__).parents[2]
CATALOGUE = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)0?\d*[sd]|\{\w+\}")
KEYWORDS = dict.fromkeys(("_", "NotFound", "NotAllowed", "Conflict", "Invalid"))
NOT_FOR_READERS_OF_PAGES = {"cli", "supervisor.py", "demo.py", "demo_story.py", "demo_town.py"}
"""What speaks on the command line of a Chinese office, and invented Chinese matters."""
SENTENCES_BY_NAME = "{sentence}"
"""A refusal that is only a frame around another sentence."""
CHINESE = re.compile("[\u4e00-\u9fff]")
SOURCES = [
    path
    for root in ("service", "workflows")
    for path in sorted((ROOT / root).rglob("*"))
    if path.suffix in (".py", ".html")
    and "node_modules" not in path.parts
    and not NOT_FOR_READERS_OF_PAGES & set(path.relative_to(ROOT).parts)
]


def _texts() -> Iterator[tuple[str, str]]:
    """Every text of a template, a page or a refusal, with the sentences at single fields."""
    for path in SOURCES:
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        for _line, text, _comments, _context in extract_from_file(method, path, keywords=KEYWORDS):
            yield path.name, str(text)
        if path.suffix == ".py":
            code = ast.parse(path.read_text(encoding="utf-8"))
            yield from ((path.name, text) for text in (*_at_fields(code), *_by_name(code)))


def _at_fields(code: ast.Module) -> Iterator[str]:
    """``Invalid(…, fields={"name": "…"})``: the sentences shown at the fields of a form."""
    for call in _refusals(code):
        for given in (keyword.value for keyword in call.keywords if keyword.arg == "fields"):
            texts = (part.value for part in ast.walk(given) if isinstance(part, ast.Constant))
            yield from (text for text in texts if isinstance(text, str) and CHINESE.search(text))


def _by_name(code: ast.Module) -> Iterator[str]:
    """``Invalid(_STRANGE_CURSOR)``: a sentence that the same file gives a name."""
    named = {
        target.id: assigned.value.value
        for assigned in ast.walk(code)
        if isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Constant)
        for target in assigned.targets
        if isinstance(target, ast.Name)
    }
    for call in _refusals(code):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Name) and isinstance(named.get(first.id), str):
            yield str(named[first.id])


def _refusals(code: ast.Module) -> Iterator[ast.Call]:
    for call in ast.walk(code):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in set(KEYWORDS) - {"_"}:
            yield call


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


def _translated() -> dict[str, str]:
    with CATALOGUE.open("rb") as source:
        return {str(m.id): str(m.string) for m in read_po(source) if m.id and m.string and not m.fuzzy}


def test_every_text_of_templates_pages_and_refusals_has_english() -> None:
    known, texts = _translated(), list(_texts())
    assert len({text for _, text in texts}) > 500
    assert {path.name for path in SOURCES} > {"show.html", "errors.py", "operations.py", "rules.py", "packages.py"}
    missing = sorted({(name, text) for name, text in texts if text not in known and text != SENTENCES_BY_NAME})
    assert missing == [], "translate these in service/translations/en"


def test_sentences_that_a_program_is_told_about_a_field_have_english() -> None:
    assert {*operations._SENTENCES.values(), operations._ANY_OTHER} - set(_translated()) == set()


def test_the_catalogue_holds_nothing_that_is_not_said_any_more() -> None:
    said = {text for _, text in _texts()}
    for path in SOURCES:
        if path.suffix == ".py":
            parts = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            said |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    assert sorted(set(_translated()) - said) == []


def test_no_translation_is_still_chinese() -> None:
    quoted = re.compile("[\u4e00-\u9fff]+")
    allowed = {"放假", "上班", "元旦", "姓名", "考勤"}  # words of the spreadsheet itself
    for text, english in _translated().items():
        assert set(quoted.findall(english)) <= allowed, text


def test_translations_keep_their_placeholders() -> None:
    with CATALOGUE.open("rb") as source:
        for message in read_po(source):
            names = {re.sub(r"\W|0?\d*[sd]$", "", found) for found in PLACEHOLDER.findall(str(message.id))}
            kept = {re.sub(r"\W|0?\d*[sd]$", "", found) for found in PLACEHOLDER.findall(str(message.string))}
            assert names == kept, message.id


def test_no_chinese_text_of_a_template_goes_around_gettext() -> None:
    comment = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.S)
    chinese = re.compile(r"[\u4e00-\u9fff]+")
    for path in SOURCES:
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
