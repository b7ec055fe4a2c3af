"""What a list of units and deputies would change, line by line."""

from datetime import date

import pytest

from workflows.people import roster_rules
from workflows.people.roster_rules import Act, Known, KnownSeat, KnownUnit, Line, Row

TODAY = date(2026, 5, 20)
SEATED = date(2026, 1, 1)
KNOWN = Known(
    [
        KnownUnit("s1", "站", "官庄站", "1", "", SEATED),
        KnownUnit("v1", "村（社区）", "官庄村", "01", "官庄站", SEATED),
        KnownUnit("v2", "村（社区）", "虎山村", "02", "官庄站", SEATED),
    ],
    [
        KnownSeat("m1", "p1", "王建国", "13900000001", "议政代表", "街道", "第一届", "官庄村", "官庄站", SEATED),
        KnownSeat("m2", "p2", "李秀兰", "13900000002", "议政代表", "街道", "第一届", "官庄村", "官庄站", SEATED),
        KnownSeat("m3", "p3", "李秀兰", "13900000003", "议政代表", "街道", "第一届", "虎山村", "官庄站", SEATED),
    ],
    {"王建国": [("p1", "13900000001")], "李秀兰": [("p2", "13900000002"), ("p3", "13900000003")], "旧人": [("p9", "")]},
    TODAY,
)


def deputy(**cells: str) -> Row:
    plain = dict.fromkeys(roster_rules.DEPUTY_COLUMNS, "")
    usual = {"姓名": "王建国", "代表类别": "议政代表", "层级": "街道", "届": "第一届", "所在小组": "官庄村"}
    return plain | usual | cells


def unit(**cells: str) -> Row:
    return dict.fromkeys(roster_rules.UNIT_COLUMNS, "") | {"类别": "村（社区）", "名称": "官庄村"} | cells


def only(*, units: list[Row] | None = None, deputies: list[Row] | None = None) -> Line:
    return planned(units or [], deputies or [])[-1]


def planned(units: list[Row], deputies: list[Row]) -> list[Line]:
    return roster_rules.plan(KNOWN, list(enumerate(units, 3)), list(enumerate(deputies, 3)))


def test_the_list_as_it_came_changes_nothing() -> None:
    rows = [deputy(起始日期="2026-01-01"), deputy(姓名="李秀兰", 手机号="13900000002")]
    assert [line.act for line in planned([unit(编号="01", 所属站="官庄站")], rows)] == [Act.NONE] * 3


def test_a_deputy_moves_from_a_day_on() -> None:
    line = only(deputies=[deputy(所在小组="虎山村", 起始日期="2026年5月16日")])
    assert (line.act, line.target, line.begins) == (Act.MOVE, "m1", date(2026, 5, 16))
    assert line.words == "王建国由官庄村调到虎山村，2026-05-16起；原任职到2026-05-15为止"


def test_a_deputy_leaves_comes_and_comes_back() -> None:
    assert only(deputies=[deputy(结束日期="2026-05-31")]).act is Act.END
    new = only(deputies=[deputy(姓名="新人", 手机号="13911112222")])
    assert (new.act, new.target, new.begins) == (Act.SEAT, "", TODAY)
    assert "新人员" in new.words
    back = only(deputies=[deputy(姓名="旧人")])
    assert (back.act, back.target) == (Act.SEAT, "p9")
    second = only(deputies=[deputy(代表类别="人大代表", 层级="区", 届="第五届")])
    assert (second.act, second.target) == (Act.SEAT, "p1")


def test_a_village_is_added_changed_ended_and_a_deputy_may_join_it_at_once() -> None:
    rows = [unit(名称="新村"), unit(编号="07"), unit(名称="虎山村", 结束日期="2026-12-31")]
    lines = planned(rows, [deputy(姓名="新人", 所在小组="新村")])
    assert [line.act for line in lines] == [Act.ADD_UNIT, Act.CHANGE_UNIT, Act.END_UNIT, Act.SEAT]
    assert lines[1].words == "“官庄村”：编号由“01”改为“07”"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"姓名": ""}, "姓名"),
        ({"手机号": "12345"}, "手机号"),
        ({"姓名": "李秀兰"}, "手机号"),
        ({"代表类别": "党代表"}, "代表类别"),
        ({"层级": "省"}, "层级"),
        ({"所在小组": "外村"}, "所在小组"),
        ({"代表工作站": "外站"}, "代表工作站"),
        ({"起始日期": "五月"}, "起始日期"),
        ({"结束日期": "2026-02-30"}, "结束日期"),
        ({"起始日期": "2026-05-02", "结束日期": "2026-05-01"}, "结束日期"),
        ({"所在小组": "虎山村"}, "起始日期"),
        ({"所在小组": "虎山村", "起始日期": "2026-01-01"}, "起始日期"),
        ({"结束日期": "2025-12-31"}, "结束日期"),
        ({"姓名": "新人", "届": ""}, "届"),
        ({"届": "第二届"}, "届"),
        ({"层级": "区"}, "层级"),
        ({"起始日期": "2026-02-01"}, "起始日期"),
        ({"结束日期": "2026-05-31", "手机号": "13911112222"}, "手机号"),
    ],
)
def test_a_wrong_deputy_is_named_at_the_column(cells: dict[str, str], column: str) -> None:
    assert column in only(deputies=[deputy(**cells)]).faults


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"类别": "镇"}, "类别"),
        ({"名称": ""}, "名称"),
        ({"所属站": "外站"}, "所属站"),
        ({"结束日期": "2025-01-01"}, "结束日期"),
        ({"起始日期": "2026-02-01"}, "起始日期"),
    ],
)
def test_a_wrong_unit_is_named_at_the_column(cells: dict[str, str], column: str) -> None:
    assert column in only(units=[unit(**cells)]).faults


def test_a_line_that_stands_twice_is_named_with_the_other() -> None:
    assert "第3行" in planned([], [deputy(), deputy()])[1].faults["姓名"]
    assert "第3行" in planned([unit(), unit()], [])[1].faults["类别"]
