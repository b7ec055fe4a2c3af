"""What a notice says and to whom it goes. No I/O but reading the shipped templates once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workflows.errors import Invalid, NotFound

_TEMPLATES = Path(__file__).parent / "templates"
_FIELD = re.compile(r"{(\w+)}")
TITLE_LENGTH = 80


@dataclass(frozen=True)
class Text:
    """A notice as people read it."""

    title: str
    body: str


@lru_cache(maxsize=64)
def template(name: str) -> str:
    """A shipped template: first line the title, the rest the body.

    Raises:
        NotFound: there is none of that name.
    """
    path = _TEMPLATES / f"{name}.txt"
    if not re.fullmatch(r"[a-z0-9_]+", name) or not path.is_file():
        raise NotFound("没有名为“{name}”的通知模板。", name=name)
    return path.read_text(encoding="utf-8")


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _TEMPLATES.glob("*.txt")))


def fields(name: str) -> frozenset[str]:
    """What a template wants to be given."""
    return frozenset(_FIELD.findall(template(name)))


def fill(name: str, values: Mapping[str, object]) -> Text:
    """Put values into a template. Only ``{field}`` is replaced: a template can not compute anything.

    Raises:
        Invalid: a value is missing.
    """
    missing = fields(name) - set(values)
    if missing:
        raise Invalid("通知“{name}”缺少内容：{missing}。", name=name, missing="、".join(sorted(missing)))
    filled = _FIELD.sub(lambda match: str(values[match[1]]), template(name)).strip()
    title, _, body = filled.partition("\n")
    return Text(title.strip()[:TITLE_LENGTH], body.strip())
