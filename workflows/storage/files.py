"""Evidence files: photographs and PDF documents, kept in the data folder, one folder per sub-district.

Nothing that was sent is believed: not its name, not its declared type. Photographs are decoded and written again from
their pixels, which drops the place and device that phones put in, and whatever else was hidden behind the picture.
"""

import hashlib
import io
import json
import os
import re
import secrets
import struct
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from workflows.errors import Invalid, NotFound
from workflows.storage import pictures
from workflows.storage.session import after_commit

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 25_000_000
LONGEST_SIDE = 2560  # pixels; a page of text photographed at this size is still readable
THUMBNAIL_SIDE = 320  # pixels
NAME_LIMIT = 80  # characters
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "pdf": "application/pdf"}
_KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
_SAVED_AS: Mapping[str, Mapping[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 85, "optimize": True},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 85},
}
_ID = re.compile(rf"[0-9a-f]{{32}}-({'|'.join(MEDIA_TYPES)})")
_SUBDISTRICT = re.compile(r"[0-9A-Za-z_]{1,64}")
_TAIL = 2048  # a whole PDF says %%EOF within its last bytes
_DAMAGED = (OSError, EOFError, SyntaxError, ValueError, TypeError, IndexError, struct.error)
_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

_decoding = threading.Lock()  # one picture of 25 million pixels takes about 200 MB while it is open


@dataclass(frozen=True)
class StoredFile:
    """A file on disk.

    Attributes:
        id: random and unguessable; ends in its kind: ``3f0a…-jpg``.
        name: for people, when they download it; never part of a path.
        sha256: of the stored bytes when they were stored.
        size: of the stored file, bytes.
        print_of_picture: of a picture, what `pictures.same` compares: it tells the same picture after it was scaled,
            saved again or trimmed at its edges. Empty for other files.
        taken_on: of a photograph, the day its camera noted, ISO; empty when it noted none.
    """

    id: str
    path: Path
    name: str
    sha256: str
    size: int
    print_of_picture: str
    taken_on: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.id.rpartition("-")[2]]

    @property
    def is_intact(self) -> bool:
        """Whether the stored bytes are still the ones that were stored."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest() == self.sha256


def save(home: Path, subdistrict_id: str, content: bytes, claimed_name: str = "") -> StoredFile:
    """Clean a file and keep it. A photograph takes about 0.1 s per megapixel: do it outside a transaction.

    A file is there before the row that mentions it, so a row never points at nothing.

    Raises:
        Invalid: it is too large, damaged, or no JPEG, PNG, WebP or PDF.
    """
    if not _SUBDISTRICT.fullmatch(subdistrict_id):
        raise Invalid("您没有所属的街道，不能上传文件，请换一个账号。")
    if not content:
        raise Invalid("文件是空的，请换一个文件。")
    if len(content) > MAX_BYTES:
        raise Invalid("文件太大，每个文件不能超过 12 MB，请压缩后再上传。")
    print_of_picture = taken_on = ""
    if content.startswith(b"%PDF-"):
        clean, kind = _whole_pdf(content), "pdf"
    else:
        clean, kind, print_of_picture, taken_on = _redrawn(content)
    file_id = f"{secrets.token_hex(16)}-{kind}"
    path = _path(home, subdistrict_id, file_id)
    record = {
        "name": _display_name(claimed_name, kind),
        "sha256": hashlib.sha256(clean).hexdigest(),
        "size": len(clean),
        "print_of_picture": print_of_picture,
        "taken_on": taken_on,
    }
    _write(path, clean)
    _write(_record(path), json.dumps(record, ensure_ascii=False).encode())
    return find(home, subdistrict_id, file_id)


def find(home: Path, subdistrict_id: str, file_id: str) -> StoredFile:
    """A file of this sub-district.

    Raises:
        NotFound: it has no such file.
    """
    if not _ID.fullmatch(file_id) or not _SUBDISTRICT.fullmatch(subdistrict_id):
        raise NotFound("没有这个文件。")
    path = _path(home, subdistrict_id, file_id)
    try:
        record = json.loads(_record(path).read_bytes())
    except FileNotFoundError as error:
        raise NotFound("没有这个文件。") from error
    if not path.is_file():
        raise NotFound("没有这个文件。")
    return StoredFile(
        id=file_id,
        path=path,
        name=record["name"],
        sha256=record["sha256"],
        size=record["size"],
        print_of_picture=record.get("print_of_picture", ""),  # older records have none
        taken_on=record.get("taken_on", ""),
    )


def remove(home: Path, subdistrict_id: str, file_id: str) -> None:
    """Destroy a file; nothing happens when it is gone already."""
    if not _ID.fullmatch(file_id) or not _SUBDISTRICT.fullmatch(subdistrict_id):
        return
    path = _path(home, subdistrict_id, file_id)
    path.unlink(missing_ok=True)
    _record(path).unlink(missing_ok=True)


def remove_once_written(session: Session, home: Path, doomed: Iterable[tuple[str, str]]) -> None:
    """Destroy files when the rows that say so are committed, and never after a rollback.

    Args:
        doomed: sub-district and file id of each.
    """
    listed = list(doomed)

    def destroy() -> None:
        for subdistrict_id, file_id in listed:
            remove(home, subdistrict_id, file_id)

    after_commit(session, destroy)


def thumbnail(stored: StoredFile) -> bytes:
    """A small JPEG of a stored picture.

    Raises:
        NotFound: it is no picture.
    """
    if stored.media_type == MEDIA_TYPES["pdf"]:
        raise NotFound("这个文件没有缩略图。")
    with _decoding, Image.open(stored.path, formats=list(_KINDS)) as picture:
        picture.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # JPEG: decoded at an eighth, a quarter or half
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        output = io.BytesIO()
        _pixels(picture, opaque=True).save(output, **_SAVED_AS["jpg"])
        return output.getvalue()


def _path(home: Path, subdistrict_id: str, file_id: str) -> Path:
    return home / "files" / subdistrict_id / file_id[:2] / file_id


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _whole_pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-_TAIL:]:
        raise Invalid("PDF 文件不完整，请重新导出或者换一个文件。")
    return content


def _redrawn(content: bytes) -> tuple[bytes, str, str, str]:
    """Content, kind, print and day of a picture written again from its pixels."""
    try:
        with _decoding, Image.open(io.BytesIO(content), formats=list(_KINDS)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Invalid("照片的像素太多，请缩小到 2500 万像素以内再上传。")
            kind, taken_on = _KINDS[str(picture.format)], pictures.taken_on(picture)
            fresh = _pixels(picture, opaque=kind == "jpg")
            output = io.BytesIO()
            fresh.save(output, **_SAVED_AS[kind])
            return output.getvalue(), kind, pictures.print_of(fresh), taken_on
    except _TOO_MANY_PIXELS as error:
        raise Invalid("照片的像素太多，请缩小到 2500 万像素以内再上传。") from error
    except UnidentifiedImageError as error:
        raise Invalid(_advice(content)) from error
    except _DAMAGED as error:
        raise Invalid("照片已损坏或没有传完整，请重新选择或者换一个文件。") from error


def _advice(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"hevc"}:
        return "这是 HEIC 格式的照片，请在手机相机设置中选“兼容性最佳”后重拍，或者换一个 JPEG 文件。"
    return "只能上传照片（JPEG、PNG、WebP）或 PDF 文件，请换一个文件。"


def _pixels(picture: Image.Image, *, opaque: bool) -> Image.Image:
    """A new picture with the same pixels the right way up, not too large, and nothing else."""
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    mode = "RGB" if opaque or not upright.has_transparency_data else "RGBA"
    converted = upright.convert(mode)
    fresh = Image.new(mode, converted.size)
    fresh.paste(converted)
    return fresh


def _display_name(claimed: str, kind: str) -> str:
    """The last part of a claimed name, printable, with the suffix of what the file really is."""
    stem = PurePath(claimed.replace("\\", "/")).stem
    stem = "".join(char for char in stem if char.isprintable() and char not in '<>:"|?*').strip(" .")
    return f"{stem[:NAME_LIMIT] or '文件'}.{kind}"


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and on the disk before a row mentions it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
