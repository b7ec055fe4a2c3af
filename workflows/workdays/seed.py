"""The national days that come with the product, read from the `chinesecalendar` package's tables at set-up.

Read once into our own database; no deadline is ever computed by the package.
"""

from datetime import date
from functools import lru_cache

from chinese_calendar import constants

from workflows.workdays.rules import FIRST_YEAR, GUARDED_FROM, DayRule, Layer, WorkingCalendar, notice_title

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}
_PUBLISHED = {
    2007: "2006-12-18",
    2008: "2007-12-18",
    2009: "2008-12-10",
    2010: "2009-12-08",
    2011: "2010-12-10",
    2012: "2011-12-06",
    2013: "2012-12-10",
    2014: "2013-12-11",
    2015: "2014-12-16",
    2016: "2015-12-10",
    2017: "2016-12-01",
    2018: "2017-11-30",
    2019: "2018-12-06",
    2020: "2019-11-21",
    2021: "2020-11-25",
    2022: "2021-10-25",
    2023: "2022-12-08",
    2024: "2023-10-25",
    2025: "2024-11-12",
    2026: "2025-11-04",
}
# Three notices that changed a year already running, and the days they decided about.
_AMENDED = {
    "2015年抗战胜利70周年纪念日调休放假的通知（2015年5月13日）": ("2015-09-03", "2015-09-04", "2015-09-06"),
    "国务院办公厅关于调整2019年劳动节假期安排的通知（2019年3月22日）": (
        "2019-04-28",
        "2019-05-02",
        "2019-05-03",
        "2019-05-04",
        "2019-05-05",
    ),
    "国务院办公厅关于延长2020年春节假期的通知（2020年1月27日）": ("2020-01-31", "2020-02-01", "2020-02-02"),
}
_AMENDED_BY = {date.fromisoformat(day): source for source, days in _AMENDED.items() for day in days}


def published_on(year: int) -> date | None:
    """When a bundled year's notice came out."""
    return date.fromisoformat(_PUBLISHED[year]) if year in _PUBLISHED else None


@lru_cache(maxsize=1)
def national_days() -> dict[int, tuple[DayRule, ...]]:
    """Every day off and every make-up working day of the bundled years, in order, by the year of the notice.

    The last days of December belong to the notice of the year that follows when New Year's Day is their reason.
    """
    by_notice: dict[int, list[DayRule]] = {}
    for table, working in ((constants.holidays, False), (constants.workdays, True)):
        for day, name in table.items():
            if day.year < FIRST_YEAR:
                continue
            year = day.year + ((day.month, day.day) >= GUARDED_FROM)
            source = _AMENDED_BY.get(day, notice_title(year))
            by_notice.setdefault(year, []).append(DayRule(day, working, _chinese(name), Layer.NATIONAL, source))
    return {year: tuple(sorted(days, key=lambda rule: rule.day)) for year, days in sorted(by_notice.items())}


@lru_cache(maxsize=1)
def bundled() -> WorkingCalendar:
    """The bundled calendar without any database, for the calculator on a machine that has none yet."""
    return WorkingCalendar.of((rule for days in national_days().values() for rule in days), national_days())


def _chinese(name: str) -> str:
    return _NAMES.get(name, name)
