"""The notice as it is pasted: the wording of seventeen years, what is refused, and what damage does."""

import re
from datetime import date, timedelta

import pytest

from tests.unit.workdays_notices import LINES, NEXT_YEAR, transcript
from workflows.errors import Invalid
from workflows.workdays import seed
from workflows.workdays.checks import ReadYear, check_against
from workflows.workdays.notice import read_notice
from workflows.workdays.rules import SATURDAY, DayRule

Facts = set[tuple[date, bool]]


def facts(read: ReadYear) -> Facts:
    return {(rule.day, rule.working) for rule in read.days}


def that_matter(rules: tuple[DayRule, ...]) -> Facts:
    """Weekend days off are off with or without a notice, and some notices do not name them."""
    return {(rule.day, rule.working) for rule in rules if rule.working or rule.day.weekday() < SATURDAY}


def in_force(year: int) -> tuple[DayRule, ...]:
    """The days as the year's first notice gave them, before the changes of 2015, 2019 and 2020."""
    return tuple(rule for rule in seed.national_days()[year] if "部分节假日安排" in rule.source)


def texts(read: ReadYear) -> str:
    return "\n".join(str(finding) for finding in read.findings)


# ------------------------------------------------------------------------------------- what notices say


@pytest.mark.parametrize("year", sorted(set(LINES) - {2019, 2020}))
def test_a_notice_gives_exactly_the_days_and_no_alarm(year: int) -> None:
    read = read_notice(transcript(year), year)
    assert that_matter(read.days) == that_matter(in_force(year))
    assert read.findings == ()


@pytest.mark.parametrize(
    ("year", "later_changed"),
    [
        (2019, set()),
        (2020, {(date(2020, 2, 1), True)}),  # the make-up Saturday that the extension cancelled
    ],
)
def test_the_two_years_that_were_changed_read_as_they_were_first_published(year: int, later_changed: Facts) -> None:
    read = read_notice(transcript(year), year)
    assert that_matter(read.days) - later_changed == that_matter(in_force(year))
    assert read.findings == ()


def test_a_notice_says_what_it_is() -> None:
    read = read_notice(transcript(2026))
    assert (read.year, read.title) == (2026, "国务院办公厅关于2026年部分节假日安排的通知")
    assert (read.number, read.published_on) == ("国办发明电〔2025〕7号", date(2025, 11, 4))
    assert read.raw_text == transcript(2026)
    assert {rule.name for rule in read.days if rule.day.month == 10} == {"国庆节"}


def test_merged_festivals_keep_both_names() -> None:
    assert {rule.name for rule in read_notice(transcript(2023)).days if rule.day.month == 10} == {"中秋节、国庆节"}


def test_leave_that_is_encouraged_is_not_a_day_off() -> None:
    assert date(2024, 2, 9) not in {rule.day for rule in read_notice(transcript(2024)).days}


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param(transcript(2026).replace("\n", ""), id="all on one line"),
        pytest.param(transcript(2026).replace("。", "。\n\n　　"), id="every sentence a paragraph"),
        pytest.param(transcript(2026).replace("部分节假日", "部分\n节假日").replace("至", "\n至"), id="broken lines"),
        pytest.param(
            transcript(2026).translate(str.maketrans("（）：，。", "():,.")).replace(" ", "\xa0"), id="ASCII marks"
        ),
        pytest.param(transcript(2026).translate(str.maketrans("0123456789", "０１２３４５６７８９")), id="wide digits"),
        pytest.param("首页 > 政策 \n" + transcript(2026) + "\n打印 | 关闭\n相关稿件 12", id="a web page around it"),
        pytest.param(transcript(2026).replace("。\n", "\n"), id="no full stops at line ends"),
        pytest.param(transcript(2026).replace("周", "星期"), id="weekdays spelled as before 2025"),
    ],
)
def test_however_it_was_pasted_the_days_are_the_same(pasted: str) -> None:
    read = read_notice(pasted, 2026)
    assert facts(read) == facts(read_notice(transcript(2026)))
    assert not any(finding.blocks for finding in read.findings)


def test_days_off_and_make_up_days_in_one_sentence_are_told_apart() -> None:
    pasted = transcript(2026).replace("共3天。1月4日", "共3天，1月4日")
    assert facts(read_notice(pasted)) == facts(read_notice(transcript(2026)))


def test_the_notice_of_the_next_year_can_be_read() -> None:
    read = read_notice(transcript(2027, NEXT_YEAR), 2027)
    assert read.findings == ()
    assert sum(rule.working for rule in read.days) == 4


# ---------------------------------------------------------------------------------------- the twelve checks


@pytest.mark.parametrize(
    ("year", "before", "after", "finding"),
    [
        pytest.param(2026, "关于2026年", "关于2025年", "✗ 原文写的是 2025 年，与所选的 2026 年不一致", id="1 year"),
        pytest.param(2026, "三、清明节：", "三、寒食节：", "✗ 没有找到：清明节", id="2 festivals"),
        pytest.param(
            2026, "1月4日（周日）上班", "1月5日上班", "✗ 2026年1月5日是周一，本来就上班", id="3 weekday worked"
        ),
        pytest.param(2026, "1月4日（周日）上班", "1月3日（周六）上班", "✗ 2026年1月3日既写放假又写上班", id="3 both"),
        pytest.param(2026, "1月4日（周日）", "1月4日（周六）", "✗ 1月4日是周日，文中写的是周六", id="4 weekday"),
        pytest.param(2026, "共9天", "共8天", "写明 8 天，读到的是 9 天", id="5 number of days"),
        pytest.param(2025, "1日（周三）放假1天", "1日（周三）放假2天", "写明 2 天，读到的是 1 天", id="5 without 共"),
        pytest.param(
            2026,
            "9月25日（周五）至27日（周日）放假，共3天",
            "9月26日（周六）至27日（周日）放假，共2天",
            "! 2026年9月25日是中秋节法定假日，却没有放假",
            id="6 statutory day",
        ),
        pytest.param(2026, "5月9日（周六）上班。", "", "! 工作日放假天数减去补班天数应当是 13，这里是 14", id="7 sum"),
        pytest.param(2020, "共8天。9月27日（星期日）、", "共8天。", "应当是 11，这里是 12", id="7 sum until 2024"),
        pytest.param(
            2026, "5月9日（周六）", "5月30日（周六）", "! 劳动节的补班日2026年5月30日离假期超过 14 天", id="8 far away"
        ),
        pytest.param(
            2019, "2018年12月29日（星期六）", "2018年12月15日（星期六）", "✗ 2018年12月15日不在 2019 年", id="9 range"
        ),
        pytest.param(
            2026, "1月4日（周日）上班", "1月4日（周日）开工", "✗ 没有看懂这一句", id="10 a date not understood"
        ),
        pytest.param(
            2026, "1月4日（周日）上班", "1月4（周日）上班", "✗ 没有看懂这一句", id="10 a number not understood"
        ),
        pytest.param(2026, "6月19日", "6月39日", "✗ 日期不存在或不完整", id="10 no such date"),
        pytest.param(2026, "6月19日（周五）至", "日至", "✗ 日期不存在或不完整", id="10 half a range"),
        pytest.param(2026, "6月19日（周五）至21日", "6月21日（周日）至19日", "✗ 起止日期不对", id="10 backwards"),
        pytest.param(
            2026,
            "国务院办公厅\n",
            "关于延长2026年春节假期的通知\n国务院办公厅\n",
            "! 文中有“延长”或“调整”",
            id="11 a second notice",
        ),
        pytest.param(
            2014,
            "4月7日（星期一）补休",
            "4月14日（星期一）补休",
            "! 清明节的放假日2014年4月14日与前面的假日不相连",
            id="a moved 补休 day",
        ),
    ],
)
def test_what_the_checks_find(year: int, before: str, after: str, finding: str) -> None:
    original = transcript(year)
    assert before in original
    assert finding in texts(read_notice(original.replace(before, after), year))


def test_a_day_of_an_official_year_that_would_vanish_or_flip_needs_a_reason() -> None:
    read = read_notice(transcript(2026))
    assert check_against(read, read.days) == []
    extra = DayRule(date(2026, 3, 9), False, "停工")
    flipped = DayRule(date(2026, 1, 4), False, "元旦")
    (finding,) = check_against(read, [*read.days, extra, flipped])
    assert not finding.blocks
    assert "有 2 天会消失或改变：2026年3月9日、2026年1月4日" in finding.text


def test_a_text_without_any_day_blocks() -> None:
    read = read_notice("国务院办公厅关于2027年部分节假日安排的通知", 2027)
    assert "没有读到任何放假或上班的日期" in texts(read)
    assert any(finding.blocks for finding in read.findings)


def test_a_text_without_a_year_is_refused() -> None:
    with pytest.raises(Invalid, match="没有在通知里找到年份"):
        read_notice("今天天气很好。")


@pytest.mark.parametrize("year", ["0000", "1999", "2061", "9999"])
def test_an_impossible_year_is_refused(year: str) -> None:
    with pytest.raises(Invalid, match="年份要在 2008 到 2060 之间"):
        read_notice(transcript(2026).replace("2026", year))


def test_the_form_of_before_2010_is_refused_rather_than_misread() -> None:
    read = read_notice(
        "国务院办公厅关于2009年部分节假日安排的通知\n一、元旦：1月1日至3日放假，共3天。其中，1月1日（星期四）为法定节假日，"
        "1月3日（星期六）为公休日，1月4日（星期日）公休日调至1月2日（星期五），1月4日（星期日）上班。",
        2009,
    )
    assert any(finding.blocks for finding in read.findings)


# --------------------------------------------------------------------------------------------------- damage


def moved_by_a_week(wrong: Facts) -> bool:
    """The one kind of damage that cannot be told from a notice: a make-up day moved to the next Saturday or Sunday."""
    days = sorted(day for day, working in wrong if working)
    return len(wrong) == len(days) == 2 and days[1] - days[0] == timedelta(days=7)


def damaged(lines: str, position: int, put: str) -> str:
    return lines[:position] + put + lines[position + 1 :]


def unnoticed(year: int, variants: list[str]) -> list[Facts]:
    """What was read wrongly without any finding."""
    right = facts(read_notice(transcript(year), year))
    reads = (read_notice(transcript(year, variant), year) for variant in variants)
    return [facts(read) ^ right for read in reads if not read.findings and facts(read) != right]


@pytest.mark.parametrize("year", sorted(LINES))
def test_a_changed_digit_never_passes_but_as_a_make_up_day_moved_by_a_week(year: int) -> None:
    lines = LINES[year].strip()
    digits = [found.start() for found in re.finditer(r"\d", lines)]
    variants = [damaged(lines, at, put) for at in digits for put in "0123456789" if put != lines[at]]
    passed = unnoticed(year, variants)
    assert all(moved_by_a_week(wrong) for wrong in passed)
    assert len(passed) <= 5


@pytest.mark.parametrize("year", [2010, 2014, 2019, 2024, 2025, 2026])
def test_no_lost_character_passes(year: int) -> None:
    lines = LINES[year].strip()
    assert unnoticed(year, [damaged(lines, at, "") for at in range(len(lines))]) == []


@pytest.mark.parametrize("year", sorted(LINES))
def test_no_lost_line_passes(year: int) -> None:
    lines = LINES[year].strip().splitlines()
    assert unnoticed(year, ["\n".join(lines[:n] + lines[n + 1 :]) for n in range(len(lines))]) == []


@pytest.mark.parametrize("year", [2014, 2025])
def test_no_text_cut_off_passes(year: int) -> None:
    lines = LINES[year].strip()
    assert unnoticed(year, [lines[:end] for end in range(len(lines))]) == []
