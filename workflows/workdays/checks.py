"""What a year must pass before it may become official, whichever way it came in. Pure.

A finding that blocks says that the text was not read rightly; one that does not block needs a typed reason, because
notices have been unusual before (2015, 2020). The sum of check 7 holds for every year from 2008 but those two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workflows.errors import Invalid
from workflows.workdays.rules import GUARDED_FROM, LAST_YEAR, SATURDAY, WEEKDAYS, DayRule, statutory_days

FESTIVALS: Final = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
FIRST_IMPORTABLE: Final = 2008  # the first year of today's festivals
MAKE_UP_WITHIN_DAYS: Final = 14
LARGER_HOLIDAYS: Final = 2025  # New Year's Eve and 2 May became statutory
FINDING_LIMIT: Final = 40


@dataclass(frozen=True)
class Finding:
    """What a check found: either it blocks the import (✗), or it needs a typed reason (!)."""

    blocks: bool
    text: str

    def __str__(self) -> str:
        return f"{'✗' if self.blocks else '!'} {self.text}"


@dataclass(frozen=True)
class ReadYear:
    """What was read for one year, from whichever source, with everything the checks found."""

    year: int
    days: tuple[DayRule, ...]
    title: str = ""
    number: str = ""
    published_on: date | None = None
    url: str = ""
    raw_text: str = ""
    findings: tuple[Finding, ...] = ()


def must_be_importable(year: int) -> None:
    """
    Raises:
        Invalid: no notice of this form can exist for that year.
    """
    if not FIRST_IMPORTABLE <= year <= LAST_YEAR:
        raise Invalid("年份要在 {first} 到 {last} 之间，请核对。", first=FIRST_IMPORTABLE, last=LAST_YEAR)


def checked(read: ReadYear) -> ReadYear:
    """The same with its days in order and the findings about them added."""
    found = [*read.findings]
    if not read.days:
        found.append(Finding(True, "没有读到任何放假或上班的日期。"))
    else:
        for check in (_make_up_days, _contradictions, _range, _statutory, _balance, _distance, _scattered):
            found += check(read)
    unique = {(rule.day, rule.working): rule for rule in read.days}
    days = tuple(sorted(unique.values(), key=lambda rule: rule.day))
    return replace(read, days=days, findings=tuple(dict.fromkeys(found))[:FINDING_LIMIT])


def check_names(names: Iterable[str]) -> list[Finding]:
    """Check 2: all seven festivals are named."""
    text = " ".join(names)
    missing = [festival for festival in FESTIVALS if festival not in text]
    return [Finding(True, f"没有找到：{'、'.join(missing)}。请补全后再导入。")] if missing else []


def check_year(found: int | None, wanted: int) -> list[Finding]:
    """Check 1: the year chosen is the year of the text."""
    if found is None or found == wanted:
        return []
    return [Finding(True, f"原文写的是 {found} 年，与所选的 {wanted} 年不一致。")]


def check_against(read: ReadYear, in_force: Sequence[DayRule]) -> list[Finding]:
    """Check 12: a day of an official year would vanish or flip."""
    new = {rule.day: rule.working for rule in read.days}
    lost = [_short(rule.day) for rule in in_force if new.get(rule.day) != rule.working]
    if not lost:
        return []
    shown = "、".join(lost[:5]) + ("等" if len(lost) > 5 else "")
    return [Finding(False, f"与已生效的安排相比，有 {len(lost)} 天会消失或改变：{shown}。请写明理由。")]


def _make_up_days(read: ReadYear) -> list[Finding]:
    """Check 3: a make-up day is a Saturday or Sunday."""
    wrong = sorted({rule.day for rule in read.days if rule.working and rule.day.weekday() < SATURDAY})
    return [Finding(True, f"{_short(day)}是周{WEEKDAYS[day.weekday()]}，本来就上班，请核对原文。") for day in wrong]


def _contradictions(read: ReadYear) -> list[Finding]:
    """Check 3: no day is both off and worked."""
    return [Finding(True, f"{_short(day)}既写放假又写上班。") for day in sorted(_off(read) & _work(read))]


def _range(read: ReadYear) -> list[Finding]:
    """Check 9: every day lies in the year or in the last days of the December before it."""
    first, last = date(read.year - 1, *GUARDED_FROM), date(read.year, 12, 31)
    outside = sorted({rule.day for rule in read.days if not first <= rule.day <= last})
    return [Finding(True, f"{_short(day)}不在 {read.year} 年的放假安排范围内。") for day in outside]


def _statutory(read: ReadYear) -> list[Finding]:
    """Check 6: every statutory holiday is a day off."""
    off = _off(read)
    return [
        Finding(False, f"{_short(day)}是{name}法定假日，却没有放假，请核对原文。")
        for day, name in sorted(statutory_days(read.year).items())
        if day not in off and not _not_yet_statutory(day, name)
    ]


def _not_yet_statutory(day: date, name: str) -> bool:
    if day.year >= LARGER_HOLIDAYS:
        return False
    spring = [day for day, festival in statutory_days(day.year).items() if festival == "春节"]
    return day == min(spring) or (name == "劳动节" and day.day == 2)


def _balance(read: ReadYear) -> list[Finding]:
    """Check 7: weekdays given off less weekend days worked are the statutory days."""
    balance = sum(day.weekday() < SATURDAY for day in _off(read)) - len(_work(read))
    expected = 13 if read.year >= LARGER_HOLIDAYS else 11
    if balance == expected:
        return []
    return [Finding(False, f"工作日放假天数减去补班天数应当是 {expected}，这里是 {balance}，可能漏读或多读。")]


def _distance(read: ReadYear) -> list[Finding]:
    """Check 8: a make-up day is close to its festival."""
    findings = []
    for rule in read.days:
        near = [other.day for other in read.days if not other.working and other.name == rule.name]
        if rule.working and (not near or min(abs((rule.day - day).days) for day in near) > MAKE_UP_WITHIN_DAYS):
            findings.append(Finding(False, f"{rule.name}的补班日{_short(rule.day)}离假期超过 14 天，请核对。"))
    return findings


def _scattered(read: ReadYear) -> list[Finding]:
    """The days off of one festival hang together, over weekends at most: else a 补休 day was misread."""
    findings = []
    for name in sorted({rule.name for rule in read.days}):
        own = sorted({rule.day for rule in read.days if rule.name == name and not rule.working})
        for before, day in zip(own, own[1:], strict=False):
            between = [before + timedelta(days=n) for n in range(1, (day - before).days)]
            if any(gap.weekday() < SATURDAY for gap in between):
                findings.append(Finding(False, f"{name}的放假日{_short(day)}与前面的假日不相连，请核对。"))
    return findings


def _off(read: ReadYear) -> set[date]:
    return {rule.day for rule in read.days if not rule.working}


def _work(read: ReadYear) -> set[date]:
    return {rule.day for rule in read.days if rule.working}


def _short(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
