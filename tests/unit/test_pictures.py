"""The same picture is found again, however it was scaled, saved or trimmed; another one of the same room is not."""

import io
import random
from datetime import date

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from workflows.storage import pictures

ROOM = (640, 480)


def scene(people: int) -> Image.Image:
    """A meeting room, always the same one, with other people in it."""
    width, height = ROOM
    picture = Image.new("RGB", ROOM, (200, 195, 180))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 0.7, width, height), fill=(120, 90, 60))
    draw.rectangle((width * 0.25, height * 0.08, width * 0.75, height * 0.2), fill=(190, 30, 30))
    for window in range(3):
        left = width * (0.05 + 0.32 * window)
        draw.rectangle((left, height * 0.25, left + width * 0.15, height * 0.5), fill=(230, 240, 250))
    chance = random.Random(people)  # noqa: S311
    for _ in range(14):
        x, y, size = chance.randrange(width), chance.randrange(height // 2, height), chance.randrange(26, 60)
        colour = tuple(chance.randrange(20, 200) for _ in range(3))
        draw.ellipse((x - size // 3, y - size, x + size // 3, y - size // 3), fill=(220, 180, 150))
        draw.rectangle((x - size // 2, y - size // 3, x + size // 2, y + size * 2), fill=colour)
    return picture


def saved_again(picture: Image.Image, quality: int = 45) -> Image.Image:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality)
    return Image.open(io.BytesIO(output.getvalue()))


@pytest.fixture(scope="module")
def prints() -> list[str]:
    return [pictures.print_of(scene(people)) for people in range(12)]


def test_pictures_of_one_room_are_different_pictures(prints: list[str]) -> None:
    alike = [(one, other) for one in range(12) for other in range(one) if pictures.same(prints[one], prints[other])]
    assert alike == []


def test_a_picture_is_known_again_after_it_was_scaled_brightened_and_saved(prints: list[str]) -> None:
    for people, known in enumerate(prints):
        smaller = saved_again(scene(people).resize((320, 240)), 35)
        brighter = saved_again(ImageEnhance.Brightness(scene(people)).enhance(1.25))
        assert pictures.same(pictures.print_of(smaller), known)
        assert pictures.same(known, pictures.print_of(brighter))


@pytest.mark.parametrize("share", [0.97, 0.93, 0.9])
def test_a_picture_is_known_again_after_it_was_trimmed_whichever_was_there_first(
    prints: list[str], share: float
) -> None:
    chance = random.Random(7)  # noqa: S311
    for people, known in enumerate(prints):
        width, height = round(ROOM[0] * share), round(ROOM[1] * share)
        left, top = chance.randrange(ROOM[0] - width + 1), chance.randrange(ROOM[1] - height + 1)
        trimmed = pictures.print_of(saved_again(scene(people).crop((left, top, left + width, top + height))))
        assert pictures.same(trimmed, known)
        assert pictures.same(known, trimmed)


def test_walls_and_empty_paper_are_no_evidence_of_anything() -> None:
    grey, white = (pictures.print_of(Image.new("L", (60, 40), level)) for level in (128, 255))
    assert not pictures.same(grey, white)
    assert not pictures.same(grey, grey)
    assert not pictures.same("", grey)


@pytest.mark.parametrize(
    ("noted", "expected"),
    [("2026:03:16 09:12:00", "2026-03-16"), ("2026:02:30 09:12:00", ""), ("gestern", ""), ("", "")],
)
def test_the_day_a_camera_noted_is_read_when_it_is_a_day(noted: str, expected: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = noted
    output = io.BytesIO()
    scene(1).save(output, "JPEG", exif=exif)
    assert pictures.taken_on(Image.open(io.BytesIO(output.getvalue()))) == expected


def test_the_day_of_the_last_change_is_taken_where_a_camera_noted_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0132] = f"{date(2026, 3, 17):%Y:%m:%d} 10:00:00"
    output = io.BytesIO()
    scene(1).save(output, "JPEG", exif=exif)
    assert pictures.taken_on(Image.open(io.BytesIO(output.getvalue()))) == "2026-03-17"
