"""What people hand in as evidence is checked by looking into it, cleaned, and kept under a random name."""

import hashlib
import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from workflows.errors import Invalid, NotFound
from workflows.storage import files, pictures

GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112


def photo(size: tuple[int, int] = (640, 480), kind: str = "JPEG", mode: str = "RGB", **settings: Any) -> bytes:
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    ImageDraw.Draw(picture).rectangle((10, 10, size[0] // 2, size[1] // 2), fill=None, outline=None, width=3)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def pdf(body: bytes = b"1 0 obj <<>> endobj") -> bytes:
    return b"%PDF-1.7\n" + body + b"\ntrailer <<>>\n%%EOF\n"


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size without having the pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def stored_bytes(home: Path, stored: files.StoredFile) -> bytes:
    return files.find(home, "luji", stored.id).path.read_bytes()


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize(
    ("data", "media_type", "suffix"),
    [
        (photo(), "image/jpeg", ".jpg"),
        (photo(mode="L"), "image/jpeg", ".jpg"),
        (photo(mode="CMYK"), "image/jpeg", ".jpg"),
        (photo(kind="PNG"), "image/png", ".png"),
        (photo(kind="PNG", mode="RGBA"), "image/png", ".png"),
        (photo(kind="PNG", mode="P"), "image/png", ".png"),
        (photo(kind="WEBP"), "image/webp", ".webp"),
        (pdf(), "application/pdf", ".pdf"),
    ],
)
def test_pictures_and_pdfs_are_kept_as_what_they_are(tmp_path: Path, data: bytes, media_type: str, suffix: str) -> None:
    stored = files.save(tmp_path, "luji", data, "现场.exe")
    content = stored_bytes(tmp_path, stored)
    assert (stored.media_type, stored.name) == (media_type, f"现场{suffix}")
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert files.find(tmp_path, "luji", stored.id) == stored
    assert stored.is_intact


def test_a_photo_loses_its_place_and_device_and_whatever_hides_behind_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[MAKE] = "Telephone of Zhou"
    exif.get_ifd(GPS).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 10.0, 0.0)})
    data = photo(exif=exif, comment=b"secret", icc_profile=b"profile") + b"<script>alert(1)</script>"
    assert b"Telephone" in data

    content = stored_bytes(tmp_path, files.save(tmp_path, "luji", data, "a.jpg"))
    with Image.open(io.BytesIO(content)) as kept:
        assert dict(kept.getexif()) == {}
        assert not {"exif", "comment", "icc_profile"} & set(kept.info)
    assert b"Telephone" not in content
    assert b"<script>" not in content


def test_a_png_loses_its_texts(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[MAKE] = "Telephone of Zhou"
    content = stored_bytes(tmp_path, files.save(tmp_path, "luji", photo(kind="PNG", exif=exif), "a.png"))
    assert b"Telephone" not in content
    assert b"eXIf" not in content


def test_a_photo_taken_upright_stays_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned by 90 degrees
    content = stored_bytes(tmp_path, files.save(tmp_path, "luji", photo((640, 480), exif=exif), "a.jpg"))
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.size == (480, 640)


def test_a_large_photo_is_made_smaller(tmp_path: Path) -> None:
    content = stored_bytes(tmp_path, files.save(tmp_path, "luji", photo((4000, 3000)), "a.jpg"))
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.size == (2560, 1920)


def test_transparency_survives(tmp_path: Path) -> None:
    content = stored_bytes(tmp_path, files.save(tmp_path, "luji", photo(kind="PNG", mode="LA"), "seal.png"))
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的，请换一个文件。"),
        (pdf(b"x" * files.MAX_BYTES), "文件太大，每个文件不能超过 12 MB，请压缩后再上传。"),
        (png_header(40_000, 40_000), "照片的像素太多，请缩小到 2500 万像素以内再上传。"),
        (png_header(10_000, 10_000), "照片的像素太多，请缩小到 2500 万像素以内再上传。"),
        (png_header(5_001, 5_000), "照片的像素太多，请缩小到 2500 万像素以内再上传。"),
        (png_header(4_000, 4_000), "照片已损坏或没有传完整，请重新选择或者换一个文件。"),
        (photo()[:-400], "照片已损坏或没有传完整，请重新选择或者换一个文件。"),
        (photo(kind="PNG")[:-40], "照片已损坏或没有传完整，请重新选择或者换一个文件。"),
        (photo(kind="WEBP")[:200], "照片已损坏或没有传完整，请重新选择或者换一个文件。"),
        (pdf()[:20], "PDF 文件不完整，请重新导出或者换一个文件。"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
            "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。",
        ),
        (b"<!doctype html><script>alert(1)</script>", "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
        (b"MZ\x90\x00" + b"\0" * 200, "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
        (b"PK\x03\x04" + b"\0" * 200, "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
        (photo(kind="GIF", mode="P"), "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
        (photo(kind="BMP"), "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
        (b"junk" + pdf(), "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        files.save(tmp_path, "luji", data, "a.jpg")
    assert str(refusal.value) == sentence
    assert list(tmp_path.rglob("*")) == []


def test_a_photo_in_a_format_only_phones_know_comes_with_advice(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="HEIC"):
        files.save(tmp_path, "luji", b"\0\0\0\x18ftypheic" + b"\0" * 100, "IMG_1.heic")


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\照片\\门前.PDF", "门前.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("", "文件.pdf"),
        ("长" * 300, "长" * 80 + ".pdf"),
    ],
)
def test_a_claimed_name_is_only_for_people(tmp_path: Path, claimed: str, name: str) -> None:
    stored = files.save(tmp_path, "luji", pdf(), claimed)
    assert stored.name == name
    assert stored.path == tmp_path / "files" / "luji" / stored.id[:2] / stored.id
    assert re.fullmatch("[0-9a-f]{32}-pdf", stored.id)


def test_the_same_file_twice_gets_two_names(tmp_path: Path) -> None:
    one, other = files.save(tmp_path, "luji", photo(), "a.jpg"), files.save(tmp_path, "luji", photo(), "a.jpg")
    assert one.id != other.id
    assert one.sha256 == other.sha256


def test_a_photo_used_again_is_recognised_after_scaling(tmp_path: Path) -> None:
    picture = Image.effect_noise((24, 18), 120).resize((800, 600)).convert("RGB")
    original, smaller, mirrored = io.BytesIO(), io.BytesIO(), io.BytesIO()
    picture.save(original, "JPEG", quality=95)
    picture.resize((400, 300)).save(smaller, "PNG")
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored, "JPEG")
    first, again, turned = (
        files.save(tmp_path, "luji", one.getvalue(), "a").print_of_picture for one in (original, smaller, mirrored)
    )
    assert pictures.same(first, again)
    assert not pictures.same(first, turned)
    assert files.save(tmp_path, "luji", pdf(), "a").print_of_picture == ""


@pytest.mark.parametrize("file_id", ["0" * 32 + "-jpg", "../../../etc/passwd", "", "0" * 31 + "/-jpg", "x-exe"])
def test_an_unknown_file_is_not_found(tmp_path: Path, file_id: str) -> None:
    with pytest.raises(NotFound, match="没有这个文件"):
        files.find(tmp_path, "luji", file_id)


@pytest.mark.parametrize("other", ["other", "../luji", "", "luji/../luji"])
def test_a_file_of_another_subdistrict_is_not_found(tmp_path: Path, other: str) -> None:
    stored = files.save(tmp_path, "luji", pdf())
    with pytest.raises(NotFound, match="没有这个文件"):
        files.find(tmp_path, other, stored.id)


@pytest.mark.parametrize("subdistrict", ["", "../luji", "a/b"])
def test_a_file_belongs_to_a_subdistrict(tmp_path: Path, subdistrict: str) -> None:
    with pytest.raises(Invalid, match="没有所属的街道"):
        files.save(tmp_path, subdistrict, pdf())


def test_a_file_changed_on_the_disk_is_noticed(tmp_path: Path) -> None:
    stored = files.save(tmp_path, "luji", pdf(), "a.pdf")
    stored.path.write_bytes(pdf(b"other"))
    assert not stored.is_intact


def test_a_lost_content_is_not_found(tmp_path: Path) -> None:
    stored = files.save(tmp_path, "luji", pdf(), "a.pdf")
    stored.path.unlink()
    with pytest.raises(NotFound):
        files.find(tmp_path, "luji", stored.id)


def test_only_the_office_can_read_the_files(tmp_path: Path) -> None:
    path = files.save(tmp_path, "luji", pdf(), "a.pdf").path
    assert path.stat().st_mode & 0o077 == 0
