"""A case's file through pages: remarks, photographs, links, its story by kinds, merged cases, two side by side."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from tests.factories import Town
from tests.process.casework import DONE, TOLD, Desk
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.errors import NotFound
from workflows.storage import files

MAKE = 271  # the EXIF field that names the camera


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 6, 1))
    desk = Desk(town, clock)
    desk.publish()
    return desk


@pytest.fixture
def clerk(web: Flask) -> Browser:
    return Browser(web).sign_in("station1a")


def photo(size: tuple[int, int] = (900, 600)) -> bytes:
    exif, picture = Image.Exif(), io.BytesIO()
    exif[MAKE] = "Telephone of Zhou"
    Image.new("RGB", size, "grey").save(picture, "JPEG", exif=exif)
    return picture.getvalue()


def section(page: str, name: str) -> str:
    """A card of a page, by its anchor."""
    return page[page.index(f'id="{name}"') : page.index("</section>", page.index(f'id="{name}"'))]


def test_a_remark_is_written_read_by_the_department_and_taken_back(desk: Desk, web: Flask, clerk: Browser) -> None:
    case = desk.register()
    desk.refer(case)
    file = f"/cases/{case}"
    assert clerk.post(f"{file}/comments", {"text": "<b>先清淤</b>，再换管"}).status_code == 303
    department = Browser(web).sign_in("dept1")
    seen = section(department.get(file).text, "remarks")
    assert "&lt;b&gt;先清淤&lt;/b&gt;，再换管" in seen
    assert "/withdraw" not in seen
    own = section(clerk.get(file).text, "remarks")
    back = re.search(r'action="(/cases/[^"]+/withdraw)"', own)
    assert back
    assert department.post(back[1]).status_code == 403
    assert clerk.post(back[1]).status_code == 303
    for person in (clerk, department):
        page = person.get(file).text
        assert "先清淤" not in page
        assert "撤回" in section(page, "remarks")
    assert clerk.post(back[1]).status_code == 409
    empty = clerk.post(f"{file}/comments", {"text": "  "})
    assert empty.status_code == 422
    assert empty.text.count("请写明意见。") == 1


def test_photographs_before_and_after_stand_on_the_file_as_small_pictures(
    desk: Desk, web: Flask, clerk: Browser
) -> None:
    case = desk.register()
    file = f"/cases/{case}"
    for kind, count in (("办理前", 2), ("办理后", 1)):
        sent = {"kind": kind, "files": [(io.BytesIO(photo()), f"{n}.jpg") for n in range(count)]}
        assert clerk.post(f"{file}/files", sent).status_code == 303
    shown = section(clerk.get(file).text, "files")
    assert re.findall(r"<h3>(.+?)</h3>", shown) == ["办理前", "办理后"]
    small = re.findall(r'<img src="(/files/[^"]+/thumbnail)" alt="(.+?)"', shown)
    assert [alt for _src, alt in small] == ["办理前第1张", "办理前第2张", "办理后第1张"]
    with clerk.get(small[0][0]) as answer:
        assert answer.mimetype == "image/jpeg"
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert max(picture.size) == files.THUMBNAIL_SIDE
    with clerk.get(small[0][0].removesuffix("/thumbnail")) as whole:
        assert b"Telephone of Zhou" not in whole.data
    assert Browser(web).sign_in("station2").get(small[0][0]).status_code == 404
    bad = clerk.post(f"{file}/files", {"kind": "办理后", "files": [(io.BytesIO(b"MZ"), "a.exe")]})
    assert bad.status_code == 422
    assert "只能上传照片" in bad.text
    assert clerk.get(file).text.count("/thumbnail") == 3
    assert (
        Browser(web).sign_in("station2").post(f"{file}/files", {"files": [(io.BytesIO(photo()), "b.jpg")]}).status_code
        == 404
    )


def test_a_paper_has_no_small_picture(tmp_path: Path) -> None:
    stored = files.save(tmp_path, "luji", b"%PDF-1.4\n%%EOF")
    with pytest.raises(NotFound):
        files.thumbnail(stored)


def test_two_cases_are_linked_by_number_and_unlinked(desk: Desk, web: Flask, clerk: Browser) -> None:
    case, other, theirs = desk.register(), desk.register(title="沟盖坏了"), desk.register("station2")
    file = f"/cases/{case}"
    linked = {"number": desk.case(other).number, "reason": "同一条沟"}
    assert clerk.post(f"{file}/links", linked).status_code == 303
    assert clerk.post(f"{file}/links", linked).status_code == 409
    assert clerk.post(f"{file}/links", {**linked, "number": desk.case(theirs).number}).status_code == 404
    for one, to in ((case, "沟盖坏了"), (other, "村内道路积水")):
        shown = section(clerk.get(f"/cases/{one}").text, "related")
        assert to in shown
        assert "同一条沟" in shown
    away = re.search(r'action="(/cases/[^"]+/remove)"', section(clerk.get(file).text, "related"))
    assert away
    assert clerk.post(away[1]).status_code == 303
    assert "同一条沟" not in section(clerk.get(file).text, "related")


def test_the_story_is_shown_whole_or_one_kind_of_it(desk: Desk, clerk: Browser) -> None:
    case = desk.register()
    clerk.post(f"/cases/{case}/comments", {"text": "到现场看过"})
    whole = section(clerk.get(f"/cases/{case}").text, "timeline")
    assert whole.index("登记立案") < whole.index("到现场看过")
    assert "答复期限定为" in whole
    remarks = section(clerk.get(f"/cases/{case}?show=意见").text, "timeline")
    assert "到现场看过" in remarks
    assert "登记立案" not in remarks
    assert '<a href="/cases/' in remarks
    assert "没有这一类记录" in section(clerk.get(f"/cases/{case}?show=联系").text, "timeline")
    assert section(clerk.get(f"/cases/{case}?show=没有的").text, "timeline").count("<li") == whole.count("<li")


def test_the_leading_case_shows_whose_visitor_is_untold_and_a_follower_where_it_went(
    desk: Desk, web: Flask, clerk: Browser
) -> None:
    leading, near, far = desk.register(), desk.register(title="路上积水"), desk.register("station2", title="水没过脚")
    desk.refer(leading)
    for follower in (near, far):
        desk.do(follower, "refer", {"handler": "并入已有事项", "lead_number": desk.case(leading).number})
    page = clerk.get(f"/cases/{leading}").text
    assert "路上积水" in page
    assert "来访人还没有答复" in page
    assert "另有 1 件" in page
    assert "水没过脚" not in page
    assert "水没过脚" in Browser(web).sign_in("committee1").get(f"/cases/{leading}").text
    assert f'<a href="/cases/{leading}">' in clerk.get(f"/cases/{near}").text
    there = Browser(web).sign_in("station2").get(f"/cases/{far}").text
    assert f"本件并入 {desk.case(leading).number}（" in there
    assert leading not in there
    desk.do(leading, "handle", DONE)
    desk.pass_time_to(date(2026, 6, 2))
    desk.do(near, "reply", TOLD)
    assert "来访人已答复" in clerk.sign_in("station1a").get(f"/cases/{leading}").text


def test_two_cases_side_by_side_show_what_they_share_before_they_are_merged(
    desk: Desk, web: Flask, clerk: Browser
) -> None:
    one = desk.register(title="三组道路积水", name="张三", phone="19900009003")
    other = desk.register(title="道路积水过不去", name="张三", phone="")
    theirs = desk.register("station2")
    page = clerk.get(f"/cases/{one}").text
    assert f"/cases/{one}/beside/{other}" in page
    beside = clerk.get(f"/cases/{one}/beside/{other}").text
    assert "<mark>三组</mark><mark>道路积水</mark>" in beside
    assert "同一位来访人" in beside
    assert "19900009003" not in beside
    assert clerk.get(f"/cases/{one}/beside/{theirs}").status_code == 404
    committee = Browser(web).sign_in("committee1")
    assert committee.get(f"/cases/{one}/beside/{theirs}").status_code == 200
    assert f"/cases/{one}/beside/{other}" in committee.get(f"/tasks/{desk.waiting(one)[0].id}").text


def test_what_was_called_solved_is_held_against_the_same_trouble(
    desk: Desk, web: Flask, clerk: Browser, clock: MovableClock
) -> None:
    old = desk.register(name="李大爷", phone="")
    desk.refer(old)
    desk.do(old, "handle", DONE)
    desk.do(old, "reply", TOLD)
    desk.do(old, "feedback", {"satisfaction": "满意"})
    clock.set_beijing(date(2026, 9, 1))
    again = desk.register()
    clerk.sign_in("station1a")
    page = clerk.get(f"/cases/{again}").text
    assert "这里以前办过" in page
    assert "已疏通排水沟，积水已退。" in page
    assert "这里以前办过" not in clerk.get(f"/cases/{old}").text
