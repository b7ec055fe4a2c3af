"""What the staff add to a case's file: remarks, files, links; its story in one line of time; merges undone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows import audit
from workflows.actor import Actor
from workflows.cases import matching, merging, queries, record, search, timeline
from workflows.cases.tables import Case
from workflows.cases.timeline import Kind
from workflows.clock import MovableClock
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

Working = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


@pytest.fixture
def working(desk: Desk) -> Working:
    return lambda: desk.workplace.unit_of_work(desk.town.subdistrict_id)


def _who(desk: Desk, login: str) -> Actor:
    return desk.town.actor(login)


# ------------------------------------------------------------------------------------------------- remarks


def test_those_who_work_on_a_case_write_remarks_and_nobody_else(desk: Desk, working: Working) -> None:
    case = desk.register()
    desk.refer(case)
    for login in ("station1b", "dept1", "committee1"):
        with working() as session:
            record.comment(session, _who(desk, login), case_id=case, text=f" 我是{login} ", at=desk.clock())
    for login in ("station2", "dept2", "deputy01", "village1", "admin"):
        with pytest.raises(NotFound), working() as session:
            record.comment(session, _who(desk, login), case_id=case, text="我也说", at=desk.clock())
    with working() as session:
        assert [remark.text for remark in record.comments(session, case)] == [
            "我是station1b",
            "我是dept1",
            "我是committee1",
        ]


@pytest.mark.parametrize("text", ["", "  \n", "很" * 501])
def test_a_remark_is_neither_empty_nor_endless(desk: Desk, working: Working, text: str) -> None:
    case = desk.register()
    with pytest.raises(Invalid, match="意见"), working() as session:
        record.comment(session, _who(desk, "station1a"), case_id=case, text=text, at=desk.clock())


def test_only_the_author_takes_a_remark_back_once_and_it_leaves_a_trace(desk: Desk, working: Working) -> None:
    case, author = desk.register(), _who(desk, "station1a")
    with working() as session:
        remark = record.comment(session, author, case_id=case, text="涵管太细", at=desk.clock())
    with working() as session:
        assert [hit.case.id for hit in search.find(session, author, "涵管").rows] == [case]
    for login in ("station1b", "committee1", "director"):
        with pytest.raises(NotAllowed), working() as session:
            record.withdraw_comment(session, _who(desk, login), comment_id=remark.id, at=desk.clock())
    with working() as session:
        record.withdraw_comment(session, author, comment_id=remark.id, at=desk.clock())
    with pytest.raises(Conflict), working() as session:
        record.withdraw_comment(session, author, comment_id=remark.id, at=desk.clock())
    with working() as session:
        assert search.find(session, author, "涵管").rows == []
        lines = timeline.of_case(session, author, session.get_one(Case, case), only=Kind.REMARK)
        assert [(line.what, line.text, line.by) for line in lines] == [("withdrawn", "", author.name)]
        entries = session.query(audit.AuditEntry).filter_by(action=record.REMARK_WITHDRAWN)
        assert [(entry.object_key, entry.actor_id) for entry in entries] == [(f"case:{case}", author.id)]


# --------------------------------------------------------------------------------------------------- files


def test_a_file_is_attached_once_and_only_as_a_known_kind(desk: Desk, working: Working) -> None:
    case, clerk = desk.register(), _who(desk, "station1a")
    with working() as session:
        row = session.get_one(Case, case)
        assert len(record.attach(session, clerk, row, files=["a", "b", "a"], kind="办理前", at=desk.clock())) == 2
        assert record.attach(session, clerk, row, files=["b"], at=desk.clock()) == []
    with pytest.raises(Invalid), working() as session:
        record.attach(session, clerk, session.get_one(Case, case), files=["c"], kind="随便", at=desk.clock())
    with pytest.raises(Invalid, match="最多 30 个"), working() as session:
        many = [f"f{n}" for n in range(29)]
        record.attach(session, clerk, session.get_one(Case, case), files=many, at=desk.clock())
    with working() as session:
        assert [(one.file_id, one.kind) for one in queries.attachments(session, case)] == [
            ("a", "办理前"),
            ("b", "办理前"),
        ]


def test_a_file_of_a_case_is_seen_with_the_case_and_any_other_as_before(desk: Desk, working: Working) -> None:
    case = desk.register(attachments=["paper"])
    with working() as session:
        seen = {login: record.may_see_file(session, _who(desk, login), "paper") for login in desk.town.actors}
        assert {login for login, sees in seen.items() if sees} == {
            "station1a",
            "station1b",
            "committee1",
            "committee2",
            "director",
        }
        assert record.may_see_file(session, _who(desk, "station2"), "of an activity")
    desk.refer(case)
    with working() as session:
        assert record.may_see_file(session, _who(desk, "dept1"), "paper")


# --------------------------------------------------------------------------------------------------- links


def test_a_link_is_read_from_both_sides_and_can_be_taken_away(desk: Desk, working: Working) -> None:
    one, other, clerk = desk.register(), desk.register(title="沟盖坏了"), _who(desk, "station1a")

    def link(case: str, to: str, reason: str = "同一条沟", login: str = "station1a") -> None:
        with working() as session:
            record.link(session, _who(desk, login), case_id=case, other_id=to, reason=reason, at=desk.clock())

    link(one, other)
    with pytest.raises(Conflict):
        link(other, one)
    with pytest.raises(Invalid):
        link(one, one)
    third = desk.register()
    with pytest.raises(Invalid):
        link(one, third, "  ")
    desk.refer(one)
    desk.refer(other)
    with pytest.raises(NotAllowed):
        link(one, other, login="dept1")
    with working() as session:
        for case, to in ((one, other), (other, one)):
            found = record.linked(session, clerk, session.get_one(Case, case))
            assert [(each.case.id, each.reason) for each in found] == [(to, "同一条沟")]
        record.unlink(session, clerk, link_id=found[0].id, at=desk.clock())
    with working() as session:
        assert record.linked(session, clerk, session.get_one(Case, one)) == []
        for case, to in ((one, other), (other, one)):
            lines = timeline.of_case(session, clerk, session.get_one(Case, case), only=Kind.OTHERS)
            assert [(line.what, line.also) for line in lines] == [("unlinked", (desk.case(to).number,))]


# ------------------------------------------------------------------------------------------------ the story


def test_the_story_of_a_case_is_told_in_order_and_kind_by_kind(desk: Desk, working: Working) -> None:
    clerk, case = _who(desk, "station1a"), desk.register(attachments=["paper"])
    desk.pass_time_to(date(2026, 3, 3))
    desk.refer(case)
    with working() as session:
        record.comment(session, clerk, case_id=case, text="已到现场", at=desk.clock())
    desk.pass_time_to(date(2026, 3, 4))
    desk.trigger(case, "department_asks_time", {"days": 3, "reason": "等材料。"})
    desk.do(case, "approve_extension", {"agreed": True})
    desk.pass_time_to(date(2026, 3, 5))
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    with working() as session:
        row = session.get_one(Case, case)
        lines = timeline.of_case(session, clerk, row)
        by_kind = [line for kind in Kind for line in timeline.of_case(session, clerk, row, only=kind)]
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    told = [line.row.milestone for line in lines if line.kind is Kind.STEP and line.what != "referred"]
    assert [word for word in told if word] == ["登记", "反映", "延期", "处理", "结果"]
    whats = [line.what for line in lines]
    for earlier, later in (("材料", "referred"), ("referred", "said"), ("said", "decided"), ("decided", "reached")):
        assert whats.index(earlier) < whats.index(later)
    moved = next(line for line in lines if line.what == "moved")
    assert (moved.row.old, moved.row.new) == (date(2026, 3, 11), date(2026, 3, 16))
    asked = [line for line in by_kind if line.what == "asked"]
    assert [line.text for line in asked] == ["等材料。"]
    assert len(by_kind) == len(lines) + len(asked)


def test_other_cases_are_named_only_to_those_who_may_see_them(desk: Desk, working: Working) -> None:
    leading, follower = desk.register(), desk.register("station2")
    desk.refer(leading)
    desk.do(follower, "refer", {"handler": "并入已有事项", "lead_number": desk.case(leading).number})

    def others(case: str, login: str) -> list[tuple[str, tuple[str, ...]]]:
        with working() as session:
            lines = timeline.of_case(session, _who(desk, login), session.get_one(Case, case), only=Kind.OTHERS)
            return [(line.what, line.also) for line in lines]

    numbers = [(desk.case(each).number,) for each in (leading, follower)]
    assert others(follower, "committee1") == [("merged", numbers[0])]
    assert others(leading, "committee1") == [("joined", numbers[1])]
    assert others(follower, "station2") == [("merged", ())]
    assert others(leading, "dept1") == [("joined", ())]


# ------------------------------------------------------------------------------------------- merged and apart


def test_what_can_not_be_split_says_why(desk: Desk, working: Working) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    desk.do(follower, "refer", {"handler": "并入已有事项", "lead_number": desk.case(leading).number})
    with pytest.raises(Conflict, match="没有并入"), working() as session:
        merging.split(session, _who(desk, "committee1"), session.get_one(Case, leading), at=desk.clock())
    desk.do(leading, "handle", DONE)
    with pytest.raises(Conflict, match="已经有结果"), working() as session:
        merging.split(session, _who(desk, "committee1"), session.get_one(Case, follower), at=desk.clock())


def test_a_merge_that_can_not_end_is_found(desk: Desk, working: Working) -> None:
    leading, follower, third = desk.register(), desk.register(), desk.register()
    desk.refer(leading)
    desk.do(follower, "refer", {"handler": "并入已有事项", "lead_number": desk.case(leading).number})
    assert desk.breaches() == []
    with working() as session:
        session.get_one(Case, leading).merged_into_id = third
    assert desk.breaches() == [(f"case:{follower}", "merged into a case that is merged itself")]
    with working() as session:
        row = session.get_one(Case, leading)
        row.merged_into_id, row.status = None, "已办结"
    assert (f"case:{follower}", "waits for the result of a case that is finished") in desk.breaches()


# -------------------------------------------------------------------------------------- like this one, again


def test_words_topic_and_time_decide_what_is_proposed_first(desk: Desk, clock: MovableClock) -> None:
    clock.set_beijing(date(2025, 6, 3))
    old = desk.register(title="道路积水", place="虎山村", description="积水很深。", topic="积水排水")
    clock.set_beijing(date(2026, 3, 2))
    new = desk.register(title="道路积水", place="虎山村", description="积水很深。", topic="积水排水")
    other = desk.register(title="道路积水", place="虎山村", description="积水很深。", topic="道路破损")
    words = {"title": "道路积水", "place": "虎山村", "description": "积水很深。", "topic": "积水排水"}
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        found = matching.propose(session, _who(desk, "station1a"), today=date(2026, 3, 10), **words).matches
        assert [match.case.id for match in found] == [new, old, other]
        later = matching.propose(session, _who(desk, "station1a"), today=date(2026, 7, 1), **words).matches
        assert [match.case.id for match in later] == [new, other]  # more than a year ago


def test_another_station_is_told_number_and_title_without_any_name(desk: Desk) -> None:
    mine = desk.register("station2", title="王桂兰家门口积水", name="王桂兰")
    with desk.workplace.reading(desk.town.subdistrict_id) as session:

        def told(login: str, **words: str) -> list[tuple[str, str]]:
            found = matching.propose(session, _who(desk, login), today=date(2026, 3, 2), **words)
            return [(each.number, each.title) for each in found.elsewhere]

        words = {"title": "门口积水", "place": "虎山村三组"}
        assert told("station1a", **words) == [(desk.case(mine).number, "王**家门口积水")]
        for login in ("station2", "committee1", "dept1"):
            assert told(login, **words) == []
        assert told("station1a", title="学区") == []


def test_what_was_said_to_be_solved_here_is_shown_when_it_comes_again(desk: Desk, clock: MovableClock) -> None:
    def solve(**changes: str) -> str:
        case = desk.register(**changes)
        desk.refer(case)
        desk.do(case, "handle", DONE)
        desk.do(case, "reply", TOLD)
        desk.do(case, "feedback", {"satisfaction": "满意"})
        return case

    clock.set_beijing(date(2025, 1, 6))
    before = solve()
    clock.set_beijing(date(2025, 9, 1))
    first = solve(place="虎山村三组路口")
    solve(place="虎山村四组")
    solve(topic="道路破损")
    unsolved = desk.register()
    clock.set_beijing(date(2026, 3, 2))
    again = desk.register()
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        clerk, row = _who(desk, "station1a"), session.get_one(Case, again)
        assert [case.id for case in matching.earlier_at_this_place(session, clerk, row)] == [first]  # within a year
        earlier = session.get_one(Case, unsolved)
        assert [case.id for case in matching.earlier_at_this_place(session, clerk, earlier)] == [first, before]
        assert matching.earlier_at_this_place(session, _who(desk, "station2"), row) == []


def test_everything_of_this_is_sound(desk: Desk, working: Working) -> None:
    case = desk.register()
    with working() as session:
        record.comment(session, _who(desk, "station1a"), case_id=case, text="说一句", at=desk.clock())
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert search.breaches(session) == []
