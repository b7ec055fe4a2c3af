"""Evidence files: photographs and PDF documents, kept in the data folder, one folder per sub-district.

What is stored is not what was sent. A photograph is decoded and drawn anew from its pixels: that proves that it is
one, removes where it was taken (EXIF with GPS) and cuts off whatever was hidden behind it. The name and the type
that the browser claims are never used.
"""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from workflows.errors import Invalid, NotFound
from workflows.storage.types import new_id

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 25_000_000
LONGEST_SIDE = 2560  # enough to read a page that was photographed
_QUALITY = 88
_IMAGE_TYPES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "pdf": "application/pdf"}


@dataclass(frozen=True)
class StoredFile:
    """A file on disk. Its id ends in its kind: ``06h0k…-jpg``."""

    id: str
    path: Path

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.id.rpartition("-")[2]]


def save(home: Path, subdistrict_id: str, content: bytes) -> StoredFile:
    """Clean a file and keep it. A photograph takes about 0.1 s per megapixel of time: do it outside a transaction.

    Raises:
        Invalid: too large, too many pixels, or neither a JPEG, PNG or WebP image nor a PDF document.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("文件太大，每个文件不能超过 12 MB。")
    clean, kind = (content, "pdf") if _is_pdf(content) else _redrawn(content)
    stored = _at(home, subdistrict_id, f"{new_id()}-{kind}")
    stored.path.parent.mkdir(parents=True, exist_ok=True)
    partial = stored.path.with_suffix(".partial")
    partial.write_bytes(clean)
    partial.rename(stored.path)  # a crash leaves a partial file, never half a photograph under a good name
    return stored


def find(home: Path, subdistrict_id: str, file_id: str) -> StoredFile:
    """
    Raises:
        NotFound: this sub-district has no such file.
    """
    if not file_id.replace("-", "").isalnum() or file_id.rpartition("-")[2] not in MEDIA_TYPES:
        raise NotFound("没有这个文件。")
    stored = _at(home, subdistrict_id, file_id)
    if not stored.path.is_file():
        raise NotFound("没有这个文件。")
    return stored


def _at(home: Path, subdistrict_id: str, file_id: str) -> StoredFile:
    return StoredFile(file_id, home / "files" / subdistrict_id / file_id)


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def _redrawn(content: bytes) -> tuple[bytes, str]:
    try:
        with Image.open(io.BytesIO(content), formats=list(_IMAGE_TYPES)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid("照片的像素太多，请缩小到 2500 万像素以内再上传。")
            kind = str(image.format)
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            pixels = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise Invalid("这个文件不是照片（JPEG、PNG、WebP）也不是 PDF，或者已经损坏，请换一个。") from error
    fresh = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    output = io.BytesIO()
    fresh.save(output, kind, quality=_QUALITY)
    return output.getvalue(), _IMAGE_TYPES[kind]
