"""A process package is the same whether it is a folder or a zip, and a zip from anywhere does no harm."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest

from workflows.engine import packages
from workflows.engine.packages import Package
from workflows.errors import Invalid

MANIFEST = "key: visit\nname: 走访\ndescription: 代表走访群众\n".encode()
BPMN = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p1"/>%s</definitions>'
FILES = {
    "package.yaml": MANIFEST,
    "process.bpmn": BPMN % b"",
    "forms/report.json": b'{"key": "report", "title": "t", "fields": []}',
    "decisions/clock.dmn": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
    "scenarios/main.yaml": b"start: {}\nsteps: []\n",
    "README.md": "说明".encode(),
}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        packages.read_zip(content)
    return str(caught.value)


def test_a_folder_is_read_with_its_parts(tmp_path: Path) -> None:
    package = packages.read_folder(written(tmp_path / "visit", FILES))
    assert (package.key, package.name, package.description) == ("visit", "走访", "代表走访群众")
    assert package.files == FILES
    assert list(package.diagrams) == ["process.bpmn"]
    assert list(package.decisions) == ["decisions/clock.dmn"]
    assert package.forms == {"report": {"key": "report", "title": "t", "fields": []}}
    assert package.scenarios == {"main": {"start": {}, "steps": []}}


def test_folder_and_zip_are_the_same_package(tmp_path: Path) -> None:
    folder = packages.read_folder(written(tmp_path, FILES))
    archive = packages.read_zip(zipped(dict(reversed(FILES.items()))))
    assert folder == archive
    assert folder.checksum == archive.checksum
    assert packages.write_zip(folder) == packages.write_zip(archive)
    assert packages.read_zip(packages.write_zip(folder)) == folder


def test_the_checksum_tells_packages_apart() -> None:
    one = Package("k", "n", "", {"a.md": b"1", "b.md": b"2"})
    assert one.checksum != one.with_file("a.md", b"3").checksum
    assert one.checksum != Package("k", "n", "", {"a.md": b"1b.md", "": b"2"}).checksum
    assert one.checksum == Package("k", "n", "", {"b.md": b"2", "a.md": b"1"}).checksum


def test_editor_leftovers_and_links_in_a_folder_are_left_out(tmp_path: Path) -> None:
    written(tmp_path, {**FILES, ".git/x.md": b"", "process.bpmn.bak": b"", "photo.png": b""})
    (tmp_path / "link.md").symlink_to(tmp_path / "README.md")
    assert packages.read_folder(tmp_path).files == FILES


def test_a_large_file_in_a_folder_is_refused(tmp_path: Path) -> None:
    written(tmp_path, {**FILES, "process.bpmn": b" " * (1024 * 1024 + 1)})
    with pytest.raises(Invalid, match=r"“process\.bpmn”超过 1 MB"):
        packages.read_folder(tmp_path)


def test_too_many_files_in_a_folder_are_refused(tmp_path: Path) -> None:
    written(tmp_path, {**FILES, **{f"n{i}.md": b"" for i in range(200)}})
    with pytest.raises(Invalid, match="太多或太大"):
        packages.read_folder(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (b"[]", "要写明 key 和 name"),
        (b"key: a\n", "要写明 key 和 name"),
        (b"key: 1\nname: 2\n", "要写明 key 和 name"),
        ("key: 走访\nname: 走访\n".encode(), "key 只能用英文字母"),
        (b"key: ../a\nname: a\n", "key 只能用英文字母"),
        (b"key: a\n name: b\n  x: [\n", "“package.yaml”不是正确的 YAML，第 2 行附近出错。"),
        (b"a: &a [x]\nb: *a\nkey: k\nname: n\n", "“package.yaml”里不能用 YAML 的引用"),
        (b"key: !!python/object/apply:os.system ['true']\nname: n\n", "“package.yaml”不是正确的 YAML"),
        (b"\xff\xfe\x00", "“package.yaml”不是 UTF-8 文字"),
        (b"[" * 250_000, "“package.yaml”不是正确的 YAML"),
        (b"{a: " * 60_000, "“package.yaml”不是正确的 YAML"),
        (b"- " * 100_000, "“package.yaml”不是正确的 YAML"),
        (b"key: k\nname: n\n#" + b"x" * 256 * 1024, "“package.yaml”太大"),
    ],
)
def test_a_manifest_that_can_not_be_used(manifest: bytes, sentence: str) -> None:
    assert sentence in refusal(zipped({"package.yaml": manifest}, zipfile.ZIP_STORED))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "“forms/a.json”不是正确的 JSON，第 1 行第 2 个字附近出错。"),
        (b"[]", "“forms/a.json”应当是一个 JSON 对象。"),
        (b'{"min": NaN}', "“forms/a.json”不是正确的 JSON：“NaN”"),
        (b'{"a": 1, "a": 2}', "“forms/a.json”不是正确的 JSON：“a”写了两次"),
        (b'{"a":' + b"[" * 100_000, "“forms/a.json”套得太深"),
        (b'{"a": "' + b"x" * 256 * 1024 + b'"}', "“forms/a.json”太大"),
        (b'{"a": "\xff"}', "“forms/a.json”不是 UTF-8 文字"),
    ],
)
def test_a_form_that_can_not_be_read_is_named(content: bytes, sentence: str) -> None:
    package = Package("k", "n", "", {"forms/a.json": content})
    with pytest.raises(Invalid) as caught:
        _ = package.forms
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"../evil.md": b""}, "“../evil.md”不允许"),
        ({"/etc/evil.md": b""}, "不允许"),
        ({"a\\..\\evil.md": b""}, "不允许"),
        ({"C:evil.md": b""}, "不允许"),
        ({"run.exe": b"MZ"}, "“run.exe”不是流程文件"),
        ({"forms/a": b""}, "“forms/a”不是流程文件"),
        ({f"n{i}.md": b"" for i in range(201)}, "文件太多，最多 200 个"),
        ({"bomb.md": b"\0" * 5_000_000}, "展开后太大"),
        ({f"n{i}.md": bytes(range(256)) * 6000 for i in range(8)}, "展开后太大"),
    ],
)
def test_a_zip_with_a_trick_is_refused(extra: dict[str, bytes], sentence: str) -> None:
    method = zipfile.ZIP_STORED if len(extra) == 8 else zipfile.ZIP_DEFLATED
    assert sentence in refusal(zipped({**FILES, **extra}, method))


def test_a_zip_whose_header_lies_about_sizes_is_refused() -> None:
    content = zipped({**FILES, "bomb.md": b"\0" * 30_000_000})
    lying = content.replace((30_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != content
    assert "出于安全" in refusal(lying) or "不是完整的流程包" in refusal(lying)


def test_a_link_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.md")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "“link.md”不允许" in refusal(buffer.getvalue())


def test_two_entries_of_one_name_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr("a.md", "1")
        archive.writestr("a.md", "2")
    assert "两个同名文件“a.md”" in refusal(buffer.getvalue())


@pytest.mark.parametrize("damage", [b"", b"PK", b"no zip", zipped(FILES)[:-30]])
def test_what_is_no_zip_is_refused(damage: bytes) -> None:
    assert refusal(damage) == "这不是完整的流程包（zip）文件，请重新导出后再试。"


def test_a_zip_with_damaged_content_is_refused() -> None:
    content = bytearray(zipped(FILES))
    at = content.index(b"package.yaml") + len("package.yaml") + 2
    content[at : at + 8] = b"\xff" * 8
    assert refusal(bytes(content)) == "这不是完整的流程包（zip）文件，请重新导出后再试。"


def test_a_zip_with_a_password_is_refused() -> None:
    content = bytearray(zipped(FILES))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature)
        content[at + offset] |= 1
    assert refusal(bytes(content)) == "这不是完整的流程包（zip）文件，请重新导出后再试。"


def test_an_exotic_compression_is_refused() -> None:
    assert "不是流程文件" in refusal(zipped(FILES, zipfile.ZIP_LZMA))


def test_without_a_manifest_it_is_no_package() -> None:
    assert "没有 package.yaml" in refusal(zipped({"process.bpmn": FILES["process.bpmn"]}))


def test_a_diagram_alone_is_a_package_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "visit.bpmn"
    path.write_bytes(BPMN % b'<process id="main" isExecutable="true"/>')
    package = packages.read_file(path)
    assert (package.key, list(package.files), list(package.diagrams)) == ("main", ["visit.bpmn"], ["visit.bpmn"])


def test_a_decision_table_alone_is_a_package_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "clock.xml"
    path.write_bytes(FILES["decisions/clock.dmn"])
    package = packages.read_file(path)
    assert (package.key, list(package.decisions), package.diagrams) == ("clock", ["clock.dmn"], {})


def test_a_file_of_another_kind_is_no_package(tmp_path: Path) -> None:
    path = written(tmp_path, {"a.txt": b"x"}) / "a.txt"
    with pytest.raises(Invalid, match=r"“a\.txt”不是 \.bpmn 或 \.dmn 文件"):
        packages.read_file(path)
