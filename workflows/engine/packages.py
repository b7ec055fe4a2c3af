"""Process packages: a folder or a zip with one process's diagram, forms, decision tables and scenarios."""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from lxml import etree

from workflows.engine import taking_effect, xml
from workflows.errors import Invalid

ENTRY_LIMIT = 200
TOTAL_LIMIT_BYTES = 10 * 1024 * 1024
TEXT_LIMIT_BYTES = 256 * 1024
RATIO_LIMIT = 100
MANIFEST = "package.yaml"
KINDS = (".bpmn", ".dmn", ".json", ".yaml", ".md")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3  # the zip header names the packing system: fixed, so that equal packages give equal bytes anywhere
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,  # an encrypted entry
    EOFError,
    ValueError,  # a name that is not the text it claims to be
)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class Package:
    """One process with everything that belongs to it.

    Attributes:
        key: id of its main process.
        name: Chinese name.
        files: path inside the package -> content.
        takes_effect: words of `taking_effect`.
    """

    key: str
    name: str
    description: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    takes_effect: str = "立即"

    @cached_property
    def diagrams(self) -> dict[str, bytes]:
        return self._ending(".bpmn")

    @cached_property
    def decisions(self) -> dict[str, bytes]:
        return self._ending(".dmn")

    @cached_property
    def forms(self) -> dict[str, dict[str, Any]]:
        """Form key (the file's name) -> its JSON object.

        Raises:
            Invalid: a file is not a JSON object.
        """
        return {
            PurePosixPath(path).stem: _json(path, content)
            for path, content in self._ending(".json").items()
            if path.startswith("forms/")
        }

    @cached_property
    def scenarios(self) -> dict[str, Any]:
        return {
            PurePosixPath(path).stem: _yaml(path, content)
            for path, content in self._ending(".yaml").items()
            if path.startswith("scenarios/")
        }

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over names and contents: equal packages, however they were packed, have equal ones."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            content = self.files[path]
            digest.update(f"{path}\n{len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def with_file(self, path: str, content: bytes) -> "Package":
        """The same package with one file replaced or added."""
        return replace(self, files={**self.files, path: content})

    def _ending(self, suffix: str) -> dict[str, bytes]:
        return {path: content for path, content in sorted(self.files.items()) if path.endswith(suffix)}


def read_folder(folder: Path) -> Package:
    """A package from its folder.

    Raises:
        Invalid: there is no manifest, or a file is too large.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and path.suffix in KINDS and not _hidden(name):
            files[name] = _content(path, name)
    if len(files) > ENTRY_LIMIT or sum(map(len, files.values())) > TOTAL_LIMIT_BYTES:
        raise Invalid("流程包“{name}”里的文件太多或太大，最多 {limit} 个。", name=folder.name, limit=ENTRY_LIMIT)
    return _package(files, folder.name)


def read_file(path: Path) -> Package:
    """A package of one stand-alone .bpmn or .dmn file; its key is its first executable process.

    Raises:
        Invalid: the file is malformed or of another kind.
    """
    if path.suffix not in (".bpmn", ".dmn", ".xml"):
        raise Invalid("“{name}”不是 .bpmn 或 .dmn 文件。", name=path.name)
    content = _content(path, path.name)
    root = xml.read(content, path.name)
    namespace = etree.QName(root).namespace or ""
    suffix = ".dmn" if "DMN" in namespace or "/dmn" in namespace else ".bpmn"
    name = path.with_suffix(suffix).name
    processes = root.findall("{http://www.omg.org/spec/BPMN/20100524/MODEL}process")
    runnable = [p for p in processes if p.get("isExecutable") == "true"] or processes
    key = runnable[0].get("id", "") if runnable else path.stem
    return Package(key, path.stem, "", {name: content})


def read_zip(content: bytes) -> Package:
    """A package from a zip file that anybody may have made.

    Raises:
        Invalid: it is no zip, or tries a trick (paths, links, bombs); nothing was written anywhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _package(_unzipped(archive), "流程包")
    except _BROKEN_ZIP as error:
        raise Invalid("这不是完整的流程包（zip）文件，请重新导出后再试。") from error


def write_zip(package: Package) -> bytes:
    """The package as a zip; equal packages give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.files):
            entry = zipfile.ZipInfo(path, _ZIP_DATE)
            entry.create_system = _UNIX
            archive.writestr(entry, package.files[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unzipped(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > ENTRY_LIMIT:
        raise Invalid("流程包里的文件太多，最多 {limit} 个。", limit=ENTRY_LIMIT)
    files: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        _check_path(entry)
        with archive.open(entry) as stream:  # sizes in the header can lie: count what really comes out
            data = stream.read(TOTAL_LIMIT_BYTES - total + 1)
        total += len(data)
        if total > TOTAL_LIMIT_BYTES or len(data) > RATIO_LIMIT * max(entry.compress_size, 100):
            raise Invalid("流程包展开后太大，出于安全不能使用。")
        if entry.filename in files:
            raise Invalid("流程包里有两个同名文件“{name}”。", name=entry.filename)
        files[entry.filename] = data
    return files


def _check_path(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
    if is_link or outside or not path.parts:
        raise Invalid("流程包里的文件名“{name}”不允许，出于安全没有使用。", name=entry.filename[:80])
    if path.suffix not in KINDS or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Invalid("流程包里的“{name}”不是流程文件，请删去后再试。", name=entry.filename[:80])


def _package(files: dict[str, bytes], where: str) -> Package:
    if MANIFEST not in files:
        raise Invalid("“{where}”里没有 package.yaml，不是流程包。", where=where)
    manifest = _yaml(MANIFEST, files[MANIFEST])
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(k), str) for k in ("key", "name")):
        raise Invalid("“{where}”的 package.yaml 里要写明 key 和 name。", where=where)
    if not _KEY.fullmatch(manifest["key"]):
        raise Invalid("“{where}”的 key 只能用英文字母、数字和下划线，并以字母开头。", where=where)
    effect = taking_effect.check(str(manifest.get("takes_effect", "立即")))
    return Package(manifest["key"], manifest["name"], str(manifest.get("description", "")), files, effect)


def _content(path: Path, name: str) -> bytes:
    if path.stat().st_size > xml.SIZE_LIMIT_BYTES:
        raise Invalid("“{name}”超过 1 MB，流程包里的文件不应当这么大。", name=name)
    return path.read_bytes()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _json(path: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(_text(path, content), object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Invalid(
            "“{path}”不是正确的 JSON，第 {line} 行第 {column} 个字附近出错。",
            path=path,
            line=error.lineno,
            column=error.colno,
        ) from error
    except ValueError as error:
        raise Invalid("“{path}”不是正确的 JSON：“{what}”写了两次或不能用。", path=path, what=error) from error
    except RecursionError as error:
        raise Invalid("“{path}”套得太深，不能使用。", path=path) from error
    if not isinstance(value, dict):
        raise Invalid("“{path}”应当是一个 JSON 对象。", path=path)
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key written twice would silently lose its first value."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(key)
        result[key] = value
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


_YAML_DEPTH = 40
_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def _yaml(path: str, content: bytes) -> Any:
    text = _text(path, content)
    try:
        depth = 0
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > _YAML_DEPTH:  # each level makes the next ones slower to read: 256 KB of brackets take minutes
                raise Invalid("“{path}”不是正确的 YAML，请检查缩进和标点。", path=path)
            if isinstance(token, yaml.AliasToken):  # aliases can be nested into a bomb, and no package needs them
                raise Invalid("“{path}”里不能用 YAML 的引用，请把内容写全。", path=path)
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid("“{path}”不是正确的 YAML，第 {line} 行附近出错。", path=path, line=line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid("“{path}”不是正确的 YAML，请检查缩进和标点。", path=path) from error


def _text(path: str, content: bytes) -> str:
    if len(content) > TEXT_LIMIT_BYTES:
        raise Invalid("“{path}”太大，最多 256 KB。", path=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("“{path}”不是 UTF-8 文字，请另存为 UTF-8 后再试。", path=path) from error
