"""The language of a page. Chinese is the source; a reader may choose English at the foot of any page."""

from pathlib import Path

from flask import Flask
from flask_babel import Babel, get_locale, gettext

from service import security

LANGUAGES = {"zh": "中文", "en": "English"}
TRANSLATIONS = Path(__file__).parent / "translations"
_HTML_LANG = {"zh": "zh-CN", "en": "en"}


def register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=_chosen)


def translate(text: str, **values: object) -> str:
    """A Chinese text in the reader's language, with ``%(name)s`` filled in. Imported as ``_``."""
    return str(gettext(text, **values))


def html_lang() -> str:
    """``zh-CN`` matters: without the region some systems draw Japanese forms of the characters."""
    return _HTML_LANG.get(str(get_locale()), "zh-CN")


def _chosen() -> str:
    # Not Accept-Language: office machines with an English system would greet a Chinese clerk in English.
    chosen = security.preference("language")
    return chosen if chosen in LANGUAGES else "zh"
