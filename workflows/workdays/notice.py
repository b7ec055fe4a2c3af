"""Read a pasted notice of the State Council's General Office on a year's holidays. Pure.

The wording has been stable since the notice for 2010: one numbered line per festival, with sentences that say 放假,
补休 or 上班 of dates. Whatever holds a date or a number and is not understood blocks the import; an official compares
the preview with the original text and confirms. Later changes of a year (2015, 2019, 2020) are free prose and are
entered as days.
"""

import re
from datetime import date, timedelta

from workflows.errors import Invalid
from workflows.workdays.checks import (
    FESTIVALS,
    Finding,
    ReadYear,
    check_names,
    check_year,
    checked,
    must_be_importable,
)
from workflows.workdays.rules import WEEKDAYS, DayRule, notice_title

LONGEST_HOLIDAY_DAYS = 31
_ASCII = str.maketrans("（）：，；．０１２３４５６７８９", "():,;。0123456789")
_DATE = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^)]*)\))?")
_HEADING = re.compile(r"(?:^|(?<=[。:]))[一二三四五六七八]、([^:。]{2,12}):")
_END = re.compile(r"节假日期间|国务院办公厅(?:\d{4}年|$)")
_TITLES = (r"关于(\d{4})年(?:部分)?节假日安排", r"现将(\d{4})年", r"(\d{4})年[^。]{0,20}放假安排")
_COMMA = re.compile(r",(?![^(]*\))")  # not one inside brackets


def read_notice(text: str, year: int | None = None) -> ReadYear:
    """Read a pasted notice.

    Args:
        year: the year that was chosen; must agree with the title.

    Raises:
        Invalid: no year can be found, in the title or chosen.
    """
    plain = _one_line(text)
    titles = [found[1] for pattern in _TITLES if (found := re.search(pattern, plain))]
    titled = int(titles[0]) if titles else None
    wanted = year or titled
    if wanted is None:
        raise Invalid("没有在通知里找到年份，请粘贴包含标题的全文，或者选择年份。")
    must_be_importable(wanted)
    lines = _lines(plain)
    findings = [*check_year(titled, wanted), *check_names(heading for heading, _ in lines)]
    if re.search(r"延长|调整", plain):
        findings.append(Finding(False, "文中有“延长”或“调整”，可能不止一份通知，请核对。"))
    days = [rule for heading, body in lines for rule in _read_line(heading, body, wanted, findings)]
    number = re.search(r"国办发明电[〔\[(](\d{4})[〕\])](\d+)号", plain)
    return checked(
        ReadYear(
            wanted,
            tuple(days),
            title=notice_title(wanted),
            number=f"国办发明电〔{number[1]}〕{number[2]}号" if number else "",
            published_on=_published_on(plain),
            raw_text=text,
            findings=tuple(findings),
        )
    )


def _one_line(text: str) -> str:
    """Without blanks and line breaks (titles, and sentences of a PDF, are broken anywhere), in ASCII punctuation."""
    ended = re.sub(r"\n\s*(?=[一二三四五六七八]、)", "。", text.translate(_ASCII))
    return re.sub(r"(?<=[天班休假])\.", "。", re.sub(r"\s+", "", ended))


def _lines(plain: str) -> list[tuple[str, str]]:
    """Each festival's heading and what is said of it, up to the closing words."""
    headings = list(_HEADING.finditer(plain))
    if not headings:
        return []
    end = _END.search(plain, headings[0].end())
    stop = end.start() if end else len(plain)
    ends = [heading.start() for heading in headings[1:]] + [len(plain)]
    return [
        (heading[1], plain[heading.end() : min(until, stop)])
        for heading, until in zip(headings, ends, strict=True)
        if heading.start() < stop
    ]


def _read_line(heading: str, body: str, year: int, findings: list[Finding]) -> list[DayRule]:
    name = "、".join(festival for festival in FESTIVALS if festival in heading) or heading
    days: list[DayRule] = []
    for sentence in re.split(r"[。;]", body):
        if "鼓励" in sentence and not re.search(r"放假|补休|上班", sentence):
            continue  # 2024: leave on New Year's Eve was encouraged, not ordered
        for part in _parts(sentence):
            days += _read_part(part, name, year, findings)
    return days


def _parts(sentence: str) -> list[str]:
    """Clauses that belong together: a new part begins where a date follows what was already said of others."""
    parts: list[str] = []
    for clause in _COMMA.split(sentence):
        if not parts or (_DATE.search(clause) and re.search(r"放假|补休|上班", parts[-1])):
            parts.append(clause)
        else:
            parts[-1] += "," + clause
    return parts


def _read_part(part: str, name: str, year: int, findings: list[Finding]) -> list[DayRule]:
    if not re.search(r"\d", part):
        return []
    works, rests = "上班" in part, re.search(r"放假|补休", part) is not None
    unread = re.search(r"\d", re.sub(r"(?:共|放假)\d+天", "", _DATE.sub("", part)))
    if works == rests or unread or not _DATE.search(part):
        findings.append(Finding(True, f"没有看懂这一句：“{part}”。"))
        return []
    try:
        days = _dates(part, year, findings) if works else _days_off(part, year, findings)
    except ValueError:
        findings.append(Finding(True, f"日期不存在或不完整：“{part}”。"))
        return []
    source = notice_title(year)
    return [DayRule(day, works, name, source=source) for day in days]


def _days_off(part: str, year: int, findings: list[Finding]) -> list[date]:
    days = _dates(part, year, findings)
    if "至" in part:
        first, last = days  # anything but two dates is a ValueError: not understood
        if not 0 <= (last - first).days < LONGEST_HOLIDAY_DAYS:
            findings.append(Finding(True, f"起止日期不对：“{part}”。"))
            return []
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    total = re.search(r"(?:共|放假)(\d+)天", part)
    if total and int(total[1]) != len(days):
        findings.append(Finding(True, f"“{part}”写明 {total[1]} 天，读到的是 {len(days)} 天。"))
    return days


def _dates(part: str, year: int, findings: list[Finding]) -> list[date]:
    """Dates in order; a date may leave out its year and, after another one, its month.

    Raises:
        ValueError: a date that does not exist, or one without a month.
    """
    found: list[date] = []
    in_year, month = year, 0
    for match in _DATE.finditer(part):
        in_year, month = int(match[1] or in_year), int(match[2] or month)
        day = date(in_year, month, int(match[3]))
        said = re.search(r"(?:周|星期)([一二三四五六日天])", match[4] or "")
        actual = WEEKDAYS[day.weekday()]
        if said and said[1].replace("天", "日") != actual:
            findings.append(Finding(True, f"{day.month}月{day.day}日是周{actual}，文中写的是周{said[1]}。"))
        found.append(day)
    return found


def _published_on(plain: str) -> date | None:
    found = re.search(r"国务院办公厅(\d{4})年(\d{1,2})月(\d{1,2})日", plain)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
