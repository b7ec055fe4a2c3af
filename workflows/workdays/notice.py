"""Read a year's holidays from the State Council's notice, a spreadsheet or a JSON file, and check what was read. Pure.

The wording of the notice has been stable since 2010: one numbered line per festival, with sentences that say 放假,
补休 or 上班. Whatever holds a date and is not understood stops the import: an official compares the preview with the
original text and confirms.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.errors import Invalid
from workflows.workdays.rules import SATURDAY, WEEKDAYS, DayRule, statutory_days

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
MAKE_UP_WITHIN_DAYS = 14
_DATE = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^)]*)\))?")
_HEADING = re.compile(r"(?:^|(?<=[。\n]))\s*[一二三四五六七八]、\s*([^:。]{2,12}):")
_END = re.compile(r"节假日期间|国务院办公厅\s*(?:\d{4}年|$)")


@dataclass(frozen=True)
class Finding:
    """What a check found: either it blocks the import, or it needs a typed reason."""

    blocks: bool
    text: str


@dataclass(frozen=True)
class ReadYear:
    """What was read for one year."""

    year: int
    days: tuple[DayRule, ...]
    title: str = ""
    number: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Spoken:
    """A date as the text gives it, with what is in the brackets behind it."""

    day: date
    note: str


def read_notice(text: str, year: int | None = None) -> ReadYear:
    """Read a pasted notice.

    Args:
        year: the year that was chosen; must agree with the title.

    Raises:
        Invalid: no year can be found, in the title or chosen.
    """
    plain = _normal(text)
    flat = plain.replace("\n", "")  # a title is often broken over two lines
    titled = re.search(r"关于(\d{4})年(?:部分)?节假日安排", flat) or re.search(r"(\d{4})年[^。]{0,20}放假安排", flat)
    found = int(titled[1]) if titled else None
    wanted = year or found
    if wanted is None:
        raise Invalid("没有在通知里找到年份，请粘贴包含标题的全文，或者选择年份。")
    number = re.search(r"国办发明电[〔\[(]\d{4}[〕\])]\d+号", flat)
    source = f"国务院办公厅关于{wanted}年部分节假日安排的通知"
    days, findings = _read_lines(plain, wanted, source)
    if found is not None and found != wanted:
        findings.insert(0, Finding(True, f"标题写的是 {found} 年，与所选的 {wanted} 年不一致。"))
    named = {festival for festival in FESTIVALS if any(festival in heading for heading, _ in _lines(plain))}
    missing = [festival for festival in FESTIVALS if festival not in named]
    if missing:
        findings.append(Finding(True, f"没有找到：{'、'.join(missing)}。请粘贴完整的通知。"))
    if re.search(r"延长|调整", _body(plain)):
        findings.append(Finding(False, "文中有“延长”或“调整”，可能不止一份通知，请核对。"))
    return _checked(wanted, days, findings, source, number[0] if number else "")


def read_rows(rows: Iterable[Sequence[object]], year: int | None = None) -> ReadYear:
    """Read spreadsheet rows 日期, 类型 (放假/上班), 名称; a heading row is skipped.

    Raises:
        Invalid: a row does not fit; every bad row is named.
    """
    found, bad = [], []
    for number, row in enumerate(rows, start=1):
        cells = [*row, "", "", ""][:3]
        if not any(cells) or str(cells[0]).strip() == "日期":
            continue
        day, kind, name = _cell_date(cells[0]), str(cells[1]).strip(), str(cells[2] or "").strip()
        if day is None or kind not in ("放假", "上班"):
            bad.append(f"第 {number} 行应当是：日期、放假或上班、名称")
        else:
            found.append((day, kind == "上班", name or "节假日"))
    if bad:
        raise Invalid("表格有看不懂的行：{rows}。", rows="；".join(bad[:10]))
    return _from_rows(found, year, "表格导入")


def read_json(text: str, year: int | None = None) -> ReadYear:
    """Read a holiday-cn year file.

    Raises:
        Invalid: not such a file, or one without days or papers (a year that was not published yet).
    """
    try:
        content = json.loads(text)
        days = content["days"]
        papers = content["papers"]
        found = [(date.fromisoformat(day["date"]), not day["isOffDay"], str(day["name"])) for day in days]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("这不是放假安排的 JSON 文件，请选择 holiday-cn 格式的年度文件。") from error
    if not days or not papers:
        raise Invalid("这份文件里没有放假安排或者没有通知出处，说明当年的安排还没有公布，不能导入。")
    return _from_rows(found, year or content.get("year"), str(papers[0]))


def check_against(read: ReadYear, before: Sequence[DayRule]) -> list[Finding]:
    """Check 12: a day of an official year that would vanish or flip needs a reason."""
    new = {rule.day: rule.working for rule in read.days}
    lost = [rule for rule in before if rule.day.year == read.year and new.get(rule.day) != rule.working]
    return [Finding(False, f"{len(lost)} 天与已生效的安排不同，首个是 {_short(lost[0].day)}。")] if lost else []


# ------------------------------------------------------------------------------------------ the notice


def _normal(text: str) -> str:
    table = str.maketrans("（）：，；０１２３４５６７８９〔〕", "():,;0123456789()")
    lines = [re.sub(r"[ \t\u3000\xa0]+", "", line) for line in text.translate(table).splitlines()]
    return "\n".join(line for line in lines if line)


def _body(plain: str) -> str:
    first = _HEADING.search(plain)
    if first is None:
        return ""
    rest = plain[first.start() :]
    end = _END.search(rest)
    return rest[: end.start()] if end else rest


def _lines(plain: str) -> list[tuple[str, str]]:
    body = _body(plain)
    headings = list(_HEADING.finditer(body))
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    return [(found[1], body[found.end() : end]) for found, end in zip(headings, ends, strict=True)]


def _read_lines(plain: str, year: int, source: str) -> tuple[list[DayRule], list[Finding]]:
    days: list[DayRule] = []
    findings: list[Finding] = []
    for heading, body in _lines(plain):
        name = "、".join(festival for festival in FESTIVALS if festival in heading) or heading
        for sentence in re.split(r"[。;\n]", body):
            days += _read_sentence(sentence, name, year, source, findings)
    return days, findings


def _read_sentence(sentence: str, name: str, year: int, source: str, findings: list[Finding]) -> list[DayRule]:
    if not _DATE.search(sentence) or "鼓励" in sentence:
        return []
    try:
        if "上班" in sentence:
            return [DayRule(s.day, True, name, source=source) for s in _spoken_all(sentence, year, findings)]
        if "放假" in sentence or "补休" in sentence:
            return [DayRule(day, False, name, source=source) for day in _days_off(sentence, year, findings)]
    except ValueError:
        findings.append(Finding(True, f"日期不存在：“{sentence}”。"))
        return []
    findings.append(Finding(True, f"没有看懂这一句，里面有日期：“{sentence}”。"))
    return []


def _days_off(sentence: str, year: int, findings: list[Finding]) -> list[date]:
    days: list[date] = []
    for clause in re.split(r",", sentence):
        if not _DATE.search(clause):
            continue
        spoken = _spoken_all(clause, year, findings)
        if "至" in clause and len(spoken) == 2:
            first, last = spoken[0].day, spoken[1].day
            days += [first + timedelta(days=n) for n in range((last - first).days + 1)]
            if last < first:
                findings.append(Finding(True, f"“{clause}”的结束日期早于开始日期。"))
        else:
            days += [item.day for item in spoken]
    total = re.search(r"共(\d+)天", sentence)
    if total and int(total[1]) != len(days):
        findings.append(Finding(True, f"“{sentence}”写明共 {total[1]} 天，读到的是 {len(days)} 天。"))
    single = re.search(r"放假(\d)天", sentence)
    if single and not total and int(single[1]) != len(days) and "连休" not in sentence:
        findings.append(Finding(True, f"“{sentence}”写明放假 {single[1]} 天，读到的是 {len(days)} 天。"))
    return days


def _spoken_all(clause: str, year: int, findings: list[Finding]) -> list[_Spoken]:
    """Dates in order; a date may leave out its year or, after another one, its month."""
    found: list[_Spoken] = []
    in_year, month = year, None
    for match in _DATE.finditer(clause):
        in_year = int(match[1]) if match[1] else in_year
        month = int(match[2]) if match[2] else month
        if month is None:
            raise ValueError("a day without a month")
        spoken = _Spoken(date(in_year, month, int(match[3])), match[4] or "")
        weekday = re.search(r"(?:周|星期)([一二三四五六日天])", spoken.note)
        if weekday and WEEKDAYS.index(weekday[1].replace("天", "日")) != spoken.day.weekday():
            actual = WEEKDAYS[spoken.day.weekday()]
            findings.append(Finding(True, f"{_short(spoken.day)}是周{actual}，文中写的是周{weekday[1]}。"))
        found.append(spoken)
    return found


# ------------------------------------------------------------------------------------------ checks


def _checked(year: int, days: list[DayRule], findings: list[Finding], source: str, number: str) -> ReadYear:
    if not days:
        findings.append(Finding(True, "没有读到任何放假或上班的日期。"))
    findings += _check_days(year, days)
    findings += _check_festivals(year, days)
    unique = {(rule.day, rule.working): rule for rule in days}
    ordered = tuple(sorted(unique.values(), key=lambda rule: rule.day))
    return ReadYear(year, ordered, source, number, tuple(dict.fromkeys(findings)))


def _check_days(year: int, days: Sequence[DayRule]) -> list[Finding]:
    findings = []
    off, work = {r.day for r in days if not r.working}, {r.day for r in days if r.working}
    for day in sorted(work):
        if day.weekday() < SATURDAY:
            findings.append(Finding(True, f"{_short(day)}是周{WEEKDAYS[day.weekday()]}，不需要补班，请核对。"))
    for day in sorted(off & work):
        findings.append(Finding(True, f"{_short(day)}既写放假又写上班。"))
    first, last = date(year - 1, 12, 20), date(year, 12, 31)
    for day in sorted(off | work):
        if not first <= day <= last:
            findings.append(Finding(True, f"{day.isoformat()} 不在 {year} 年的范围内。"))
    balance = sum(day.weekday() < SATURDAY for day in off) - len(work)
    expected = 13 if year >= 2025 else 11
    if days and balance != expected:
        findings.append(Finding(False, f"工作日放假天数减去补班天数应当是 {expected}，这里是 {balance}，请核对。"))
    return findings


def _check_festivals(year: int, days: Sequence[DayRule]) -> list[Finding]:
    findings = []
    off = {rule.day for rule in days if not rule.working}
    for day, name in statutory_days(year).items():
        eve_before_2025 = name == "春节" and year < 2025
        second_before_2025 = name == "劳动节" and day.day == 2 and year < 2025
        if off and day not in off and not eve_before_2025 and not second_before_2025:
            findings.append(Finding(False, f"{_short(day)}是{name}法定假日，却没有放假，请核对。"))
    for rule in days:
        if not rule.working:
            continue
        near = [d.day for d in days if not d.working and d.name == rule.name]
        if near and min(abs((rule.day - day).days) for day in near) > MAKE_UP_WITHIN_DAYS:
            findings.append(Finding(False, f"{rule.name}的补班日 {_short(rule.day)} 离假期超过 14 天，请核对。"))
    findings += _check_scattered(days)
    return findings


def _check_scattered(days: Sequence[DayRule]) -> list[Finding]:
    """Days off of one festival that do not hang together (a moved 补休 day) need a look."""
    findings = []
    for name in {rule.name for rule in days}:
        own = sorted({rule.day for rule in days if rule.name == name and not rule.working})
        gaps = [b for a, b in zip(own, own[1:], strict=False) if (b - a).days > 4]
        findings += [Finding(False, f"{name}的放假日 {_short(day)} 与其余假日不相连，请核对。") for day in gaps]
    return findings


def _from_rows(found: Sequence[tuple[date, bool, str]], year: int | None, source: str) -> ReadYear:
    if not found:
        raise Invalid("里面没有任何日期，不能导入。")
    wanted = year or max(day.year for day, _, _ in found)
    days = [DayRule(day, working, name, source=source[:160]) for day, working, name in found]
    findings: list[Finding] = []
    missing = [festival for festival in FESTIVALS if not any(festival in rule.name for rule in days)]
    if missing:
        findings.append(Finding(True, f"没有找到：{'、'.join(missing)}。请补全。"))
    return _checked(wanted, days, findings, f"{wanted}年放假安排（{source[:60]}）", "")


def _cell_date(value: object) -> date | None:
    text = str(value).strip()[:10].replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        return None


def _short(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
