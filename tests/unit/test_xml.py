"""The one XML reader takes diagrams and decision tables, and none of the tricks XML can do."""

from pathlib import Path

import pytest

from workflows.engine import xml
from workflows.errors import Invalid


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        xml.read(content, "流程.bpmn")
    return str(caught.value)


def test_comments_and_processing_instructions_are_dropped() -> None:
    root = xml.read(b"<?xml version='1.0'?><a><!-- x --><?php y ?><b>1<!-- z -->2</b></a>")
    assert [child.tag for child in root] == ["b"]
    assert root[0].text == "12"


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b"<!doctype a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a +AFsAXQA+-<a/>',
    ],
)
def test_any_doctype_is_refused_however_it_is_written(content: bytes) -> None:
    assert refusal(content) == "“流程.bpmn”里有 DOCTYPE 声明，出于安全不能使用，请用流程编辑器重新保存后再试。"


def test_an_outside_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    include = f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{secret}" parse="text"/></a>'
    assert "secret" not in "".join(xml.read(include.encode()).itertext())
    assert "DOCTYPE" in refusal(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]><a>&x;</a>'.encode())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "不是完整的 XML 文件（第 1 行附近出错）"),
        (b"not xml", "不是完整的 XML 文件（第 1 行附近出错）"),
        (b"<a>\n<b>\n</a>", "不是完整的 XML 文件（第 3 行附近出错）"),
        (b"<a>&x;</a>", "不是完整的 XML 文件"),
        (b"<a x='1' x='2'/>", "不是完整的 XML 文件"),
        (b"<a>" + b"x" * xml.SIZE_LIMIT_BYTES + b"</a>", "超过 1 MB"),
        (b"<a>" + b"<b/>" * xml.ELEMENT_LIMIT + b"</a>", "元素太多或者套得太深"),
        (b"<a>" * 101 + b"</a>" * 101, "元素太多或者套得太深"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "“流程.bpmn”"),
    ],
)
def test_what_is_malformed_or_too_large_is_refused(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content)


def test_what_is_just_small_enough_is_read() -> None:
    assert len(xml.read(b"<a>" + b"<b/>" * (xml.ELEMENT_LIMIT - 1) + b"</a>")) == xml.ELEMENT_LIMIT - 1
    assert xml.read(b"<a>" * 100 + b"</a>" * 100).tag == "a"


def test_chinese_in_its_own_encoding_is_read() -> None:
    assert xml.read('<?xml version="1.0" encoding="GB18030"?><a>承办单位</a>'.encode("gb18030")).text == "承办单位"
