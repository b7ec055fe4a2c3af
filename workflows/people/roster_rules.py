"""The organisation as a spreadsheet: what the rows of an uploaded list would change, line by line. No I/O.

Two sheets, 单位 and 代表. An empty cell leaves things as they are; nothing is ever deleted. A deputy who moves to
another group gets a new seat from that day on and the old one ends the day before, so that points and results of
earlier days stay where they were earned (domain Q42).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from workflows.people.rules import MandateKind, MandateLevel, UnitKind

UNITS, DEPUTIES = "单位", "代表"
UNIT_COLUMNS: Final = ("类别", "名称", "编号", "所属站", "起始日期", "结束日期")
DEPUTY_COLUMNS: Final = (
    "姓名",
    "手机号",
    "代表类别",
    "层级",
    "届",
    "所在小组",
    "代表工作站",
    "依据",
    "起始日期",
    "结束日期",
)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00:00)?")
_PHONE: Final = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")
_NAME_LIMIT: Final = 40

Row = Mapping[str, str]


class Act(StrEnum):
    """What a row asks for."""

    NONE = "没有变化"
    ADD_UNIT = "新增单位"
    CHANGE_UNIT = "修改单位"
    END_UNIT = "单位到期"
    SEAT = "新任代表"
    MOVE = "调整小组"
    END = "结束任职"
    PHONE = "修改手机号"


@dataclass(frozen=True)
class KnownUnit:
    id: str
    kind: str
    name: str
    number: str
    station: str
    """Name of the station that serves it."""
    valid_from: date


@dataclass(frozen=True)
class KnownSeat:
    """A seat that is not over, the last one of its person and kind: of somebody who will move, the one to come."""

    mandate_id: str
    person_id: str
    name: str
    phone: str
    kind: str
    level: str
    term: str
    group: str
    station: str
    valid_from: date
    valid_to: date | None = None


@dataclass
class Line:
    """A row with what it would change and what is wrong with it.

    Attributes:
        number: of the row as a spreadsheet counts.
        words: for people.
        faults: column -> sentence.
        target: id of the unit, person or seat that is changed; empty for a new one.
    """

    sheet: str
    number: int
    row: Row
    act: Act = Act.NONE
    words: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    target: str = ""
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Known:
    """What the books hold today, and the people without a seat (name -> ids and phones)."""

    units: Sequence[KnownUnit]
    seats: Sequence[KnownSeat]
    persons: Mapping[str, Sequence[tuple[str, str]]]
    today: date


def plan(known: Known, units: Sequence[tuple[int, Row]], deputies: Sequence[tuple[int, Row]]) -> list[Line]:
    """What two sheets would change.

    Args:
        units, deputies: line number and row, column -> text.
    """
    lines = [_unit(known, number, row) for number, row in units]
    _mark_doubled(lines, ("类别", "名称"))
    added = {line.row["名称"]: line.row["类别"] for line in lines if line.act is Act.ADD_UNIT}
    names = {unit.name: unit.kind for unit in known.units} | added
    seats = [_deputy(known, names, number, row) for number, row in deputies]
    _mark_doubled(seats, ("姓名", "手机号", "代表类别"))
    return lines + seats


def read_day(text: str) -> date | None:
    """A day as Excel or a person writes it; None when it is none."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def _unit(known: Known, number: int, row: Row) -> Line:
    line = Line(UNITS, number, row)
    kinds = [kind.value for kind in UnitKind]
    if row["类别"] not in kinds:
        line.faults["类别"] = f"请写{'、'.join(kinds)}中的一个。"
    if not row["名称"]:
        line.faults["名称"] = "请填写单位名称。"
    _read_days(line)
    if row["所属站"] and not any(u.kind == UnitKind.STATION and u.name == row["所属站"] for u in known.units):
        line.faults["所属站"] = f"没有名为“{row['所属站']}”的代表工作站。"
    if line.faults:
        return line
    unit = next((each for each in known.units if (each.kind, each.name) == (row["类别"], row["名称"])), None)
    if unit is None:
        line.act, line.words = Act.ADD_UNIT, f"新增{row['类别']}“{row['名称']}”"
        return line
    line.target = unit.id
    if line.ends is not None:
        if line.ends < unit.valid_from:
            line.faults["结束日期"] = f"早于它的起始日期{unit.valid_from}。"
        line.act, line.words = Act.END_UNIT, f"“{unit.name}”到{line.ends}为止"
        return line
    if line.begins is not None and line.begins != unit.valid_from:
        line.faults["起始日期"] = f"登记的是{unit.valid_from}，不能这样改。"
    changes = [
        f"{column}由“{was}”改为“{row[column]}”"
        for column, was in (("编号", unit.number), ("所属站", unit.station))
        if row[column] and row[column] != was
    ]
    if changes:
        line.act, line.words = Act.CHANGE_UNIT, f"“{unit.name}”：{'，'.join(changes)}"
    return line


def _deputy(known: Known, units: Mapping[str, str], number: int, row: Row) -> Line:
    line = Line(DEPUTIES, number, row)
    _check_words(line, units)
    _read_days(line)
    seats = [each for each in known.seats if each.name == row["姓名"] and each.kind == row["代表类别"]]
    if len(seats) > 1:
        seats = [each for each in seats if each.phone == row["手机号"]]
        if len(seats) != 1:
            line.faults["手机号"] = f"有几位“{row['姓名']}”，请填写登记过的手机号。"
    if line.faults:
        return line
    if seats:
        _change(line, seats[0])
    else:
        _seat(line, known, row)
    return line


def _check_words(line: Line, units: Mapping[str, str]) -> None:
    row, faults = line.row, line.faults
    if not row["姓名"] or len(row["姓名"]) > _NAME_LIMIT:
        faults["姓名"] = "请填写姓名，不超过40个字。"
    if row["手机号"] and not _PHONE.fullmatch(row["手机号"]):
        faults["手机号"] = "请填写11位手机号，或者带区号的电话。"
    for column, known in (
        ("代表类别", [kind.value for kind in MandateKind]),
        ("层级", [level.value for level in MandateLevel]),
    ):
        if row[column] not in known:
            faults[column] = f"请写{'或者'.join(known)}。"
    if units.get(row["所在小组"]) != UnitKind.VILLAGE:
        faults["所在小组"] = f"没有名为“{row['所在小组']}”的村（社区）。"
    if row["代表工作站"] and units.get(row["代表工作站"]) != UnitKind.STATION:
        faults["代表工作站"] = f"没有名为“{row['代表工作站']}”的代表工作站。"


def _read_days(line: Line) -> None:
    for column in ("起始日期", "结束日期"):
        if line.row[column] and read_day(line.row[column]) is None:
            line.faults[column] = "请写成2026-03-01这样的日期。"
    line.begins, line.ends = read_day(line.row["起始日期"]), read_day(line.row["结束日期"])
    if line.begins and line.ends and line.ends < line.begins:
        line.faults["结束日期"] = "结束日期早于起始日期。"


def _change(line: Line, seat: KnownSeat) -> None:
    """Somebody who holds such a seat. What can not be done this way is refused, never passed over in silence."""
    row, line.target = line.row, seat.mandate_id
    if row["层级"] != seat.level:
        line.faults["层级"] = f"登记的是“{seat.level}”。层级变了请先结束这个任职，再登记新的。"
    if row["所在小组"] != seat.group or (row["代表工作站"] and row["代表工作站"] != seat.station):
        _move(line, seat)
        return
    if row["届"] and row["届"] != seat.term:
        line.faults["届"] = f"登记的是“{seat.term}”。换届请先结束这个任职，再登记新的。"
    if line.begins is not None and line.begins != seat.valid_from:
        line.faults["起始日期"] = f"登记的是{seat.valid_from}，不能这样改。"
    if line.ends is not None and line.ends != seat.valid_to:
        _end(line, seat, line.ends)
    elif row["手机号"] and row["手机号"] != seat.phone:
        line.act, line.target, line.words = Act.PHONE, seat.person_id, f"{seat.name}的手机号改为{row['手机号']}"


def _move(line: Line, seat: KnownSeat) -> None:
    row = line.row
    if line.begins is None:
        line.faults["起始日期"] = "调整小组要填写从哪一天起。"
        return
    if line.begins <= seat.valid_from:
        line.faults["起始日期"] = f"要晚于现在任职的起始日期{seat.valid_from}。"
    until = line.begins - timedelta(days=1)
    line.act = Act.MOVE
    line.words = f"{seat.name}由{seat.group}调到{row['所在小组']}，{line.begins}起；原任职到{until}为止"
    if row["手机号"] and row["手机号"] != seat.phone:
        line.words += f"；手机号改为{row['手机号']}"


def _end(line: Line, seat: KnownSeat, last_day: date) -> None:
    if seat.valid_to is not None:
        line.faults["结束日期"] = f"已经登记到{seat.valid_to}为止，不能再改。"
    if last_day < seat.valid_from:
        line.faults["结束日期"] = f"早于任职的起始日期{seat.valid_from}。"
    line.act, line.words = Act.END, f"{seat.name}的{seat.kind}任职到{last_day}为止"
    if line.row["手机号"] and line.row["手机号"] != seat.phone:
        line.faults["手机号"] = "结束任职时不能同时改手机号，请分两次导入。"


def _seat(line: Line, known: Known, row: Row) -> None:
    """Somebody who holds no such seat: known by another seat, an earlier one, or new."""
    same = list(known.persons.get(row["姓名"], ()))
    if len(same) > 1:
        same = [each for each in same if each[1] == row["手机号"]]
        if len(same) != 1:
            line.faults["手机号"] = f"有几位“{row['姓名']}”，请填写登记过的手机号。"
            return
    if not row["届"]:
        line.faults["届"] = "请填写届，例如“第一届”。"
    line.target = same[0][0] if same else ""
    line.begins = line.begins or known.today
    who = f"{row['姓名']}（{'已登记的人员' if same else '新人员'}）"
    line.act = Act.SEAT
    line.words = f"{who}任{row['层级']}{row['代表类别']}，{row['所在小组']}，{line.begins}起"


def _mark_doubled(lines: Sequence[Line], columns: Sequence[str]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for line in lines:
        key = tuple(line.row[column] for column in columns)
        if key in seen:
            line.faults.setdefault(columns[0], f"和第{seen[key]}行重复，请去掉一行。")
        seen.setdefault(key, line.number)
