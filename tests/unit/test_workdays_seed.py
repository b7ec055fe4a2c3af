"""The bundled days against two libraries, a checksum, and the moon."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from lunardate import LunarDate

from workflows.workdays import seed
from workflows.workdays.lunar import FESTIVALS
from workflows.workdays.rules import LAST_YEAR, SATURDAY, statutory_days

CHINA = seed.bundled()


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", range(2007, 2027))
def test_every_day_is_as_two_libraries_say(year: int) -> None:
    other = holidays.country_holidays("CN", years=[year, year + 1])
    for day in days_of(year):
        assert CHINA.is_working_day(day) == other.is_working_day(day) == chinese_calendar.is_workday(day), day


@pytest.mark.parametrize("year", range(2008, 2027))
def test_weekdays_off_less_days_worked_are_the_statutory_days(year: int) -> None:
    expected = {2015: 12, 2020: 13}.get(year, 13 if year >= 2025 else 11)
    days = seed.national_days()[year]
    off = sum(not rule.working and rule.day.weekday() < SATURDAY for rule in days)
    assert off - sum(rule.working for rule in days) == expected


def test_the_last_days_of_december_belong_to_the_next_notice() -> None:
    assert [rule.day for rule in seed.national_days()[2019]][:3] == [date(2018, 12, n) for n in (29, 30, 31)]
    assert all(rule.day < date(2018, 12, 20) for rule in seed.national_days()[2018])
    assert CHINA.days[date(2011, 12, 31)].source == "国务院办公厅关于2012年部分节假日安排的通知"


def test_every_year_has_a_date_of_publication_in_the_year_before() -> None:
    assert list(seed.national_days()) == list(range(2007, 2027))
    for year in seed.national_days():
        published = seed.published_on(year)
        assert published is not None
        assert published.year == year - 1
    assert seed.published_on(2027) is None


def test_days_of_the_three_later_changes_name_their_own_notice() -> None:
    amended = {day for day, rule in CHINA.days.items() if "部分节假日安排" not in rule.source}
    assert {(day.year, day.month) for day in amended} == {(2015, 9), (2019, 4), (2019, 5), (2020, 1), (2020, 2)}
    assert len(amended) == 11


def test_every_name_is_chinese() -> None:
    names = {rule.name for rule in CHINA.days.values()}
    assert not any(name.isascii() for name in names)


@pytest.mark.parametrize("year", sorted(FESTIVALS))
def test_festivals_of_the_moon_are_where_a_lunar_calendar_puts_them(year: int) -> None:
    spring, _, dragon, moon = (date.fromisoformat(f"{year}-{text}") for text in FESTIVALS[year])
    assert spring == LunarDate(year, 1, 1).to_solar_date()
    assert dragon == LunarDate(year, 5, 5).to_solar_date()
    assert moon == LunarDate(year, 8, 15).to_solar_date()


@pytest.mark.parametrize("year", range(2008, 2061))
def test_tomb_sweeping_day_is_where_another_calendar_puts_it(year: int) -> None:
    other = holidays.country_holidays("CN", years=year, language="zh_CN")
    assert other.get(date.fromisoformat(f"{year}-{FESTIVALS[year][1]}")) == "清明节"


@pytest.mark.parametrize("year", range(2027, 2061))
def test_statutory_days_to_come_are_those_another_calendar_expects(year: int) -> None:
    other = holidays.country_holidays("CN", years=year, language="zh_CN")
    assert set(statutory_days(year)) == {day for day, name in other.items() if "补假" not in name}


@pytest.mark.parametrize("year", range(2008, 2027))
def test_every_statutory_day_was_a_day_off(year: int) -> None:
    spring = [day for day, name in statutory_days(year).items() if name == "春节"]
    later_made_statutory = {date(year, 5, 2), min(spring)} if year < 2025 else set()
    assert not any(CHINA.is_working_day(day) for day in set(statutory_days(year)) - later_made_statutory)


def test_the_moon_is_known_for_decades() -> None:
    assert sorted(FESTIVALS) == list(range(2007, LAST_YEAR + 1))
    assert LAST_YEAR == 2060
