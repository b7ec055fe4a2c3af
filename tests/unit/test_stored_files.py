"""What may be uploaded, and what of it is kept."""

import io
from pathlib import Path

import pytest
from PIL import Image

from workflows.errors import Invalid, NotFound
from workflows.storage import files


def _photo(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, kind, **more)
    return output.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_drawn_anew_and_found_again(tmp_path: Path, kind: str) -> None:
    stored = files.save(tmp_path, "luji", _photo(kind) + b"<script>alert(1)</script>")
    content = files.find(tmp_path, "luji", stored.id).path.read_bytes()
    assert b"script" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == (kind, (40, 20))


def test_where_a_photograph_was_taken_is_removed_and_it_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by the camera
    exif.get_ifd(0x8825)[1] = "N"
    stored = files.save(tmp_path, "luji", _photo(exif=exif))
    with Image.open(stored.path) as image:
        assert image.size == (20, 40)
        assert not image.getexif()


def test_a_huge_photograph_is_made_smaller(tmp_path: Path) -> None:
    stored = files.save(tmp_path, "luji", _photo(size=(4000, 3000)))
    with Image.open(stored.path) as image:
        assert max(image.size) == files.LONGEST_SIDE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\0" * 50,
        b"PK\3\4" + b"\0" * 50,
        b"%PDF-1.7 without an end",
        _photo()[:200],
        b"MZ" + b"\0" * 100,
    ],
)
def test_everything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid, match="换一个"):
        files.save(tmp_path, "luji", content)
    assert list(tmp_path.rglob("*-*")) == []


def test_what_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="12 MB"):
        files.save(tmp_path, "luji", b"\0" * (files.MAX_BYTES + 1))
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(Invalid):
        files.save(tmp_path, "luji", bomb.getvalue())


def test_a_file_of_another_street_or_place_is_not_found(tmp_path: Path) -> None:
    stored = files.save(tmp_path, "luji", b"%PDF-1.7\n...\n%%EOF\n")
    assert files.find(tmp_path, "luji", stored.id).media_type == "application/pdf"
    (tmp_path / "secret-jpg").write_bytes(b"x")
    for street, file_id in (("other", stored.id), ("luji", "../../secret-jpg"), ("luji", "x"), ("luji", "a-b-jpg")):
        with pytest.raises(NotFound):
            files.find(tmp_path, street, file_id)
