"""Looking for words in every text of a case, as far as a person may see it."""

import pytest

from tests.factories import second_street, small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows.cases import queries, search
from workflows.cases.queries import Filter
from workflows.cases.record_tables import CaseGram
from workflows.cases.tables import Case
from workflows.clock import MovableClock
from workflows.errors import Invalid
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

VISITS = (
    ("station1a", "路灯不亮", "官庄村桥头", "晚上看不见，请修一修。LED 灯。"),
    ("station1a", "桥头积水", "官庄村", "一下雨路上就是水，路灯杆也泡着。"),
    ("station1a", "垃圾没人清", "虎山村", "夏天味道大。"),
    ("station2", "路灯坏了三盏", "东街", "从路口到学校都不亮。"),
)


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


def enter(desk: Desk) -> list[str]:
    return [desk.register(login, title=title, place=place, description=text) for login, title, place, text in VISITS]


def found(desk: Desk, text: str, login: str = "committee1", only: Filter | None = None) -> list[str]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return [hit.case.id for hit in search.find(session, desk.town.actor(login), text, only=only).rows]


@pytest.mark.parametrize(
    "text",
    [
        "路灯",
        "路",
        "亮",
        "灯不",
        "led",
        "官庄村 路灯",
        "2026-000",
        "0002",
        "水，路",
        "不亮 东街",
        "没有这样的话",
        "%",
        "_",
    ],
)
def test_what_is_found_is_what_stands_in_the_texts(desk: Desk, text: str) -> None:
    cases = enter(desk)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        rows = [session.get_one(Case, case) for case in cases]
        expected = {
            case.id
            for case in rows
            if all(
                any(
                    word in part.lower() for part in (case.number, case.title, case.place, case.topic, case.description)
                )
                for word in text.split()
            )
        }
    assert set(found(desk, text)) == expected


def test_a_hit_in_the_title_comes_before_one_in_a_longer_text(desk: Desk) -> None:
    lamp, water, _, street = enter(desk)
    assert found(desk, "路灯") == [street, lamp, water]


def test_the_result_and_the_reply_are_found_and_the_line_is_shown(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", {**DONE, "result": "更换了涵管，已经不积水。"})
    desk.do(case, "reply", {**TOLD, "content": "电话里说了涵管已换，来访人表示感谢。"})
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        hit = search.find(session, desk.town.actor("station1a"), "涵管").rows[0]
        assert (hit.case.id, hit.where, hit.line) == (case, "办理结果", "更换了涵管，已经不积水。")
        assert [piece.text for piece in hit.excerpt if piece.hit] == ["涵管"]
    assert found(desk, "表示感谢") == [case]
    assert found(desk, "表示感谢", "dept1") == [case]


def test_nobody_finds_what_they_may_not_see(desk: Desk) -> None:
    lamp, water, _, street = enter(desk)
    other = second_street(desk.workplace)
    assert found(desk, "路灯", "station1a") == [lamp, water]
    assert found(desk, "路灯", "station2") == [street]
    assert found(desk, "路灯", "dept1") == []
    with desk.workplace.reading(other.subdistrict_id) as session:
        assert search.find(session, other.actor("committee@xq"), "路灯").rows == []
    desk.refer(street)
    assert found(desk, "路灯", "dept1") == [street]


def test_a_filter_narrows_and_pages_follow_each_other(desk: Desk) -> None:
    lamp, water, _, street = enter(desk)
    spot = desk.register(title="路灯问一问", outcome="当场答复", answer="已说明由供电所管。")
    assert found(desk, "路灯", only=Filter(finished=True)) == [spot]
    assert found(desk, "供电所") == [spot]
    seen, after = [], None
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        director = desk.town.actor("director")
        for _ in range(4):
            page = search.find(session, director, "路灯", after=after, limit=1)
            seen += [hit.case.id for hit in page.rows]
            after = page.next
        assert (seen, after) == ([spot, street, lamp, water], None)
        for strange in ("nonsense", "5", f"5.{'0' * 19}", f"٣.{lamp}", f"99999.{lamp}"):
            with pytest.raises(Invalid):
                search.find(session, director, "路灯", after=strange)
        with pytest.raises(Invalid):
            search.find(session, desk.town.actor("station2"), "路灯", after=f"5.{lamp}")


def test_the_index_is_kept_and_can_be_made_again(desk: Desk) -> None:
    enter(desk)
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert search.breaches(session) == []
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        session.query(CaseGram).delete()
        session.get_one(Case, case).result_text = "改成别的说法"
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert len(search.breaches(session)) == 5
    with desk.workplace.database.unit_of_work(EVERYWHERE) as session:
        assert search.index_missing(session, 3) == 3
        assert search.index_missing(session, 3) == 2
        assert search.index_missing(session, 3) == 0
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert search.breaches(session) == []
    assert found(desk, "别的说法") == [case]


def test_what_a_person_may_not_keep_is_not_searched_either(desk: Desk) -> None:
    desk.register(matter_class="检举控告", title="举报某人", outcome="不予受理", guidance="请到纪检监察机关反映。")
    assert found(desk, "举报某人") == []
    assert len(found(desk, "纪检监察")) == 1


def test_cases_are_as_visible_as_in_the_register(desk: Desk) -> None:
    enter(desk)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        for login in ("station1a", "station2", "dept1", "committee1"):
            actor = desk.town.actor(login)
            listed = {case.id for case in queries.listed(session, actor).rows}
            assert {hit.case.id for hit in search.find(session, actor, "").rows} == listed
