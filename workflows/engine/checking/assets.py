"""Forms and decision tables of a package: each judged by its own module, then looked up by the diagram's checks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from workflows.engine import decisions, forms
from workflows.engine.checking.fault import Fault, Words, nearest
from workflows.engine.decisions import DecisionTable
from workflows.engine.forms import Form
from workflows.engine.packages import Package
from workflows.errors import Invalid


@dataclass
class Assets:
    """What could be read.

    Attributes:
        forms: form key -> form; None when it has faults of its own.
        tables: decision id -> table.
        broken_tables: whether some decision file could not be read, so that a missing id proves nothing.
    """

    forms: dict[str, Form | None] = field(default_factory=dict)
    tables: dict[str, DecisionTable] = field(default_factory=dict)
    table_files: dict[str, str] = field(default_factory=dict)
    broken_tables: bool = False
    faults: list[Fault] = field(default_factory=list)


def read(package: Package, words: Words) -> Assets:
    """Every form and decision file, with its faults."""
    assets = Assets()
    for path, content in sorted(package.files.items()):
        alone = Package(package.key, package.name, "", {path: content})
        if path.endswith(".json"):
            _form(path, alone, assets, words)
        elif path.endswith(".dmn"):
            _decisions(path, content, assets)
        elif path.endswith(".yaml"):
            _scenarios(path, alone, assets)
    return assets


def _form(path: str, alone: Package, assets: Assets, words: Words) -> None:
    if not path.startswith("forms/"):
        message = f"文件“{path}”不在 forms 文件夹里，不会被用到。请移进去或删去。"
        assets.faults.append(Fault(path, "", message))
        return
    key = PurePosixPath(path).stem
    assets.forms[key] = None
    try:
        data = alone.forms[key]
    except Invalid as error:
        assets.faults.append(Fault(path, "", str(error)))
        return
    faults = [*forms.check(data), *_own_key(data, key)]
    if not faults:
        assets.forms[key] = form = forms.load(data)
        faults = list(_sources(form, words))
    assets.faults += [Fault(path, element, message) for element, message in faults]


def _own_key(data: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict) and data.get("key") != key:
        yield "", f"表单里的 key“{data.get('key')}”和文件名“{key}.json”不一致，请改成一样的。"


def _sources(form: Form, words: Words) -> Iterator[tuple[str, str]]:
    for each in [*form.fields, *(inner for outer in form.fields for inner in outer.fields)]:
        if each.panel and each.panel not in words.panels:
            yield each.key, f"字段“{each.label}”用的面板“{each.panel}”不存在，{nearest(each.panel, words.panels)}"
        known = words.choices
        if each.options_from and known is not None and each.options_from not in known:
            yield (
                each.key,
                f"字段“{each.label}”的选项来源“{each.options_from}”不存在，{nearest(each.options_from, known)}",
            )


def _decisions(path: str, content: bytes, assets: Assets) -> None:
    faults = decisions.check(content)
    assets.faults += [Fault(path, element, message) for element, message in faults]
    try:
        tables = decisions.parse(content)
    except Invalid:
        assets.broken_tables = True
        return
    for identity, table in tables.items():
        if identity in assets.tables:
            message = f"决策“{table.name}”（{identity}）在“{assets.table_files[identity]}”里已经有了，请换一个编号。"
            assets.faults.append(Fault(path, identity, message))
        assets.tables[identity], assets.table_files[identity] = table, path


def _scenarios(path: str, alone: Package, assets: Assets) -> None:
    try:
        alone.scenarios  # noqa: B018  (reading it is the test)
    except Invalid as error:
        assets.faults.append(Fault(path, "", str(error)))
