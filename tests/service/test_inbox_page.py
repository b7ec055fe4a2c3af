"""From registering to settling, through pages: inbox, task form, process page."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.factories import Town, second_street
from tests.service import small_process
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.engine.tables import ProcessInstance, UserTask

START = f"/processes/{small_process.KEY}/start"


@pytest.fixture
def process(town: Town) -> None:
    small_process.publish(town)


@pytest.fixture
def colleague(web: Flask) -> Browser:
    """The second clerk of the same station."""
    return Browser(web).sign_in("station1b")


@pytest.fixture
def committee(web: Flask) -> Browser:
    return Browser(web).sign_in("committee1")


def _tasks(town: Town) -> list[str]:
    with town.workplace.reading(town.subdistrict_id) as session:
        return list(session.scalars(select(UserTask.id).where(UserTask.status == "open").order_by(UserTask.id)))


def _register(browser: Browser, town: Town, matter: str = "虎山村村内积水") -> str:
    answer = browser.post(START, {"matter": matter, "village": town.villages[1].id, "press": "start"})
    assert answer.status_code == 303, answer.text
    return _tasks(town)[-1]


@pytest.mark.usefixtures("process")
def test_a_matter_goes_from_the_clerk_to_the_committee_through_pages(
    clerk: Browser, committee: Browser, town: Town
) -> None:
    assert START in clerk.get("/inbox/").text  # the clerk can begin it
    assert "虎山村" in clerk.get(START).text  # villages to choose from
    task = _register(clerk, town)

    assert "核实并回复" not in clerk.get("/inbox/mine").text
    waiting = clerk.get("/inbox/").text  # nothing waits for the clerk alone: the group's box comes first
    assert "核实并回复" in waiting
    assert "虎山村村内积水" in waiting
    assert "还剩3天" in waiting
    assert clerk.post(f"/inbox/{task}/claim").location == f"/tasks/{task}"
    assert "虎山村村内积水" in clerk.get("/inbox/").text

    answer = clerk.post(f"/tasks/{task}", {"press": "complete", "spot": "yes", "reply": "已联系村里排水"})
    assert answer.location == "/inbox/"
    page = clerk.get("/inbox/").text
    assert "已提交" in page
    assert "已提交" not in clerk.get("/inbox/").text  # said once
    assert "虎山村村内积水" in clerk.get("/inbox/done").text
    assert "按期办结" in clerk.get("/inbox/done").text

    (approval,) = _tasks(town)
    assert committee.post(f"/tasks/{approval}", {"press": "complete"}).status_code == 303
    with town.workplace.reading(town.subdistrict_id) as session:
        assert session.scalars(select(ProcessInstance.status)).all() == ["completed"]


@pytest.mark.usefixtures("process")
def test_a_wrong_answer_comes_back_with_reasons_at_the_fields_and_all_that_was_typed(
    clerk: Browser, town: Town
) -> None:
    task = _register(clerk, town)
    typed = {
        "press": "complete",
        "spot": "yes",
        "reply": "",
        "kind": "b",
        "ways": ["p", "w"],
        "phone": "12",
        "households": "many",
        "visited_on": "2026-03-01",
        "satisfied": "4",
        "people-0-name": "李大爷",
        "people-0-age": "七十",
    }
    answer = clerk.post(f"/tasks/{task}", typed)
    assert answer.status_code == 422
    page = answer.text
    assert "有 4 处需要修改" in page
    for name in ("reply", "phone", "households", "people-0-age"):
        assert f'href="#{name}"' in page, name
        assert f'id="{name}-error"' in page, name
    assert re.search(r'name="phone" value="12"', page)
    assert re.search(r'name="households" value="many"', page)
    assert '<option value="b" selected>' in page
    assert re.search(r'name="ways" value="p" checked', page)
    assert re.search(r'name="satisfied" value="4" checked', page)
    assert 'value="李大爷"' in page
    assert 'value="2026-03-01"' in page
    assert _tasks(town) == [task]


@pytest.mark.usefixtures("process")
def test_the_server_decides_which_fields_are_asked(clerk: Browser, town: Town) -> None:
    task = _register(clerk, town)
    assert 'name="reply"' not in clerk.get(f"/tasks/{task}").text
    part = clerk.post(f"/tasks/{task}/fields", {"spot": "yes", "phone": "19900000001"}).text
    assert 'name="reply"' in part
    assert 'value="19900000001"' in part
    assert "<html" not in part
    assert 'name="reply"' not in clerk.post(f"/tasks/{task}/fields", {"spot": "no"}).text


@pytest.mark.usefixtures("process")
def test_without_scripts_a_list_grows_by_a_button(clerk: Browser, town: Town) -> None:
    task = _register(clerk, town)
    assert 'name="people-1-name"' not in clerk.get(f"/tasks/{task}").text
    page = clerk.post(f"/tasks/{task}", {"press": "more", "people-0-name": "李大爷"})
    assert page.status_code == 200
    assert 'name="people-1-name"' in page.text
    assert 'value="李大爷"' in page.text


@pytest.mark.usefixtures("process")
def test_a_draft_is_kept_unfinished_and_found_again(clerk: Browser, town: Town) -> None:
    task = _register(clerk, town)
    answer = clerk.post(f"/tasks/{task}", {"press": "draft", "phone": "12", "spot": "yes", "reply": "先记一半"})
    assert answer.location == f"/tasks/{task}"
    page = clerk.get(f"/tasks/{task}").text
    assert "草稿已保存" in page
    assert 'value="12"' in page
    assert "先记一半" in page


@pytest.mark.usefixtures("process")
def test_what_one_clerk_claimed_the_other_sees_taken_and_may_take_when_put_back(
    clerk: Browser, colleague: Browser, town: Town
) -> None:
    task = _register(clerk, town)
    clerk.post(f"/inbox/{task}/claim")
    assert "核实并回复" not in colleague.get("/inbox/groups").text
    refused = colleague.post(f"/inbox/{task}/claim")
    assert refused.status_code == 409
    assert "刚刚被别人领取" in refused.text
    assert "这项任务由官庄村站干事办理" in colleague.get(f"/tasks/{task}").text
    assert clerk.post(f"/inbox/{task}/release").location == "/inbox/groups"
    assert colleague.post(f"/inbox/{task}/claim").status_code == 303


@pytest.mark.usefixtures("process")
def test_completing_twice_tells_the_second_one_what_happened(clerk: Browser, colleague: Browser, town: Town) -> None:
    task = _register(clerk, town)
    answer = {"press": "complete", "spot": "no"}
    assert colleague.post(f"/tasks/{task}", answer).status_code == 303
    second = clerk.post(f"/tasks/{task}", answer)
    assert second.status_code == 409
    assert "已经办理完毕" in second.text
    assert "办结" in clerk.get(f"/tasks/{task}").text


@pytest.mark.usefixtures("process")
def test_strangers_to_a_task_learn_nothing_of_it(clerk: Browser, web: Flask, town: Town) -> None:
    task = _register(clerk, town)
    for login in ("deputy01", "dept1", "office"):
        stranger = Browser(web).sign_in(login)
        for path in (f"/tasks/{task}", "/tasks/no-such-task"):
            answer = stranger.get(path)
            assert answer.status_code == 404, login
            assert "积水" not in answer.text
        assert stranger.post(f"/tasks/{task}", {"press": "complete", "spot": "no"}).status_code == 404
    assert _tasks(town) == [task]


@pytest.mark.usefixtures("process")
def test_the_inbox_is_read_page_by_page_most_urgent_first(clerk: Browser, town: Town, clock: MovableClock) -> None:
    for number in range(55):
        _register(clerk, town, f"第{number:02d}件")
    first = clerk.get("/inbox/groups").text
    matters = re.findall(r"第(\d\d)件</span>", first)
    assert matters == [f"{n:02d}" for n in range(50)]
    following = re.search(r'class="button plain" href="(/inbox/groups\?after=[^"]+)"', first)
    assert following
    second = clerk.get(following[1]).text
    assert re.findall(r"第(\d\d)件</span>", second) == ["50", "51", "52", "53", "54"]
    assert clerk.get("/inbox/groups?after=nonsense").status_code == 422


@pytest.mark.usefixtures("process")
def test_the_inbox_is_filtered_by_process_and_by_what_is_overdue(
    clerk: Browser, town: Town, clock: MovableClock
) -> None:
    _register(clerk, town, "早先的事")
    assert "早先的事" not in clerk.get("/inbox/groups?overdue=1").text
    clock.set_beijing(date(2026, 3, 9))
    clerk.sign_in("station1a")
    _register(clerk, town, "今天的事")
    overdue = clerk.get("/inbox/groups?overdue=1").text
    assert "早先的事" in overdue
    assert "超期4天" in overdue
    assert "今天的事" not in overdue
    assert "今天的事" in clerk.get(f"/inbox/groups?process={small_process.KEY}").text
    assert "今天的事" not in clerk.get("/inbox/groups?process=another").text


@pytest.mark.usefixtures("process")
def test_the_process_page_shows_diagram_history_and_who_has_it(
    clerk: Browser, committee: Browser, web: Flask, town: Town
) -> None:
    task = _register(clerk, town)
    with town.workplace.reading(town.subdistrict_id) as session:
        instance = session.scalars(select(ProcessInstance.id)).one()
    page = committee.get(f"/processes/{instance}").text
    assert re.search(r'data-element-id="verify"', page)
    assert "is-current" in page
    assert "等工作站" in page
    assert "登记" in page
    clerk.post(f"/inbox/{task}/claim")
    assert "官庄村站干事" in committee.get(f"/processes/{instance}").text
    assert clerk.get(f"/processes/{instance}").status_code == 200  # had a part in it
    assert Browser(web).sign_in("deputy01").get(f"/processes/{instance}").status_code == 404
    assert "小事办理" in committee.get("/processes/").text
    assert clerk.get("/processes/").status_code == 403


@pytest.mark.usefixtures("process")
def test_only_the_administrator_stops_a_process_and_says_why(
    clerk: Browser, committee: Browser, web: Flask, town: Town
) -> None:
    _register(clerk, town)
    with town.workplace.reading(town.subdistrict_id) as session:
        instance = session.scalars(select(ProcessInstance.id)).one()
    admin = Browser(web).sign_in("admin")
    assert committee.post(f"/processes/{instance}/cancel", {"reason": "重复"}).status_code == 403
    assert admin.post(f"/processes/{instance}/cancel", {"reason": " "}).status_code == 422
    assert admin.post(f"/processes/{instance}/cancel", {"reason": "与另一件重复"}).status_code == 303
    page = admin.get(f"/processes/{instance}").text
    assert "已终止" in page
    assert "与另一件重复" in page
    assert _tasks(town) == []


@pytest.mark.usefixtures("process")
def test_whoever_is_not_in_the_first_lane_cannot_begin(committee: Browser) -> None:
    assert START not in committee.get("/inbox/").text
    assert committee.post(START, {"matter": "x"}).status_code == 403


@pytest.mark.usefixtures("process")
def test_what_people_type_is_shown_as_text(clerk: Browser, town: Town) -> None:
    task = _register(clerk, town, "<script>alert(1)</script>")
    for path in ("/inbox/groups", f"/tasks/{task}"):
        page = clerk.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def _photo() -> io.BytesIO:
    output = io.BytesIO()
    Image.new("RGB", (30, 30), "green").save(output, "JPEG")
    output.seek(0)
    return output


@pytest.mark.usefixtures("process")
def test_a_photo_is_kept_while_another_field_is_corrected_and_shown_to_verifiers_only(
    clerk: Browser, web: Flask, town: Town
) -> None:
    task = _register(clerk, town)
    first = clerk.post(f"/tasks/{task}", {"press": "complete", "photos": (_photo(), "../../x.php")})
    assert first.status_code == 422  # 能否当场答复 is missing
    kept = re.search(r'name="photos" value="([0-9a-z]+-jpg)" checked', first.text)
    assert kept
    answer = clerk.post(f"/tasks/{task}", {"press": "complete", "spot": "no", "photos": kept[1]})
    assert answer.status_code == 303
    shown = clerk.get(f"/files/{kept[1]}")
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    shown.close()
    assert Browser(web).sign_in("deputy01").get(f"/files/{kept[1]}").status_code == 403
    second_street(town.workplace)
    assert Browser(web).sign_in("station@xq").get(f"/files/{kept[1]}").status_code == 404


@pytest.mark.usefixtures("process")
def test_what_is_no_photo_is_refused_at_its_field(clerk: Browser, town: Town) -> None:
    task = _register(clerk, town)
    answer = clerk.post(
        f"/tasks/{task}", {"press": "complete", "spot": "no", "photos": (io.BytesIO(b"<html>"), "photo.jpg")}
    )
    assert answer.status_code == 422
    assert 'id="photos-error"' in answer.text
    assert _tasks(town) == [task]


def test_empty_boxes_say_what_will_be_there(clerk: Browser) -> None:
    for box, sentence in (("", "没有等您办理的任务"), ("groups", "没有待领的任务"), ("done", "还没有办过的任务")):
        assert sentence in clerk.get(f"/inbox/{box}").text
    assert clerk.get("/inbox/everything").status_code == 404
