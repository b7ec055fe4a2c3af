"""The one XML reader for diagrams and decision tables, hardened.

Refuses any DOCTYPE before parsing (so no entities at all), loads nothing from outside, keeps libxml2's own
limits on, and drops comments and processing instructions (a comment inside a script breaks SpiffWorkflow's
parser).
"""

import re
from typing import Any

from lxml import etree

from workflows.errors import Invalid

SIZE_LIMIT_BYTES = 1024 * 1024
ELEMENT_LIMIT = 20_000
DEPTH_LIMIT = 100

_NO_DOCTYPE = "“{name}”里有 DOCTYPE 声明，出于安全不能使用，请用流程编辑器重新保存后再试。"


def read(content: bytes, name: str = "文件") -> Any:
    """The root element.

    Raises:
        Invalid: too large, malformed, or not allowed; the sentence names the file.
    """
    if len(content) > SIZE_LIMIT_BYTES:
        raise Invalid("“{name}”超过 1 MB，图不应当这么大，请检查是不是选错了文件。", name=name)
    if _declares_doctype(content):
        raise Invalid(_NO_DOCTYPE, name=name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Invalid(
            "“{name}”不是完整的 XML 文件（第 {line} 行附近出错），请重新导出后再试。",
            name=name,
            line=error.lineno or 1,
        ) from error
    except (ValueError, LookupError) as error:
        raise Invalid("“{name}”的文字编码认不出来，请存成 UTF-8 后再试。", name=name) from error
    if root.getroottree().docinfo.internalDTD is not None:  # the declaration hid in an exotic encoding
        raise Invalid(_NO_DOCTYPE, name=name)
    _check_shape(root, name)
    return root


def _declares_doctype(content: bytes) -> bool:
    """Also in UTF-16 and UTF-32, where every letter is padded with zero bytes."""
    return re.search(rb"<!DOCTYPE|<!ENTITY", content.replace(b"\0", b""), re.IGNORECASE) is not None


def _check_shape(root: Any, name: str) -> None:
    count, level, depth = 0, [root], 0
    while level:
        count += len(level)
        depth += 1
        if count > ELEMENT_LIMIT or depth > DEPTH_LIMIT:
            raise Invalid("“{name}”里的元素太多或者套得太深，不能使用。", name=name)
        level = [child for element in level for child in element]
